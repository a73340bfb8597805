"""One round of asking the witnesses to co-sign the newest head."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from certs.audit.heads import authentic_head, witnessed_at
from certs.audit.witness import Cosigned, NotCosigned, Witness
from gateway.audit.log import AuditLog
from gateway.audit.proving import consistency_proof
from gateway.audit.stored import stored_log
from ror.audit.note import NoteSignature, SignedNote
from ror.audit.witnessing import WitnessFlaw, WitnessRequest

_log = structlog.get_logger(__name__)
_ASKS = 2
"""A witness that knows another size than we think says so, and is asked once more from there."""


class WitnessRound:
    """Remembers what each witness saw last; ask it again whenever the log has a newer head."""

    def __init__(self, log: AuditLog, witnesses: Sequence[Witness], *, within_s: float = 5.0) -> None:
        self._log = log
        self._witnesses = witnesses
        self._within_s = within_s
        self._seen: dict[bytes, int] = {}

    async def gather(self) -> int:
        """Ask all witnesses at once for the newest head; how many co-signed it. Never raises for a witness."""
        note = self._log.head
        head = authentic_head(note, self._log.key)
        if head is None:
            return 0
        answers = await asyncio.gather(*(self._ask(witness, note, head.size) for witness in self._witnesses))
        signatures = [signature for signature in answers if signature is not None]
        if signatures:
            self._log.add_signatures(note.with_signatures(signatures))
        return len(signatures)

    async def _ask(self, witness: Witness, note: SignedNote, size: int) -> NoteSignature | None:
        try:
            async with asyncio.timeout(self._within_s):
                return await self._persist(witness, note, size)
        except (TimeoutError, OSError) as error:
            _log.warning("witness.unreachable", witness=witness.key.name, cause=type(error).__name__)
            return None

    async def _persist(self, witness: Witness, note: SignedNote, size: int) -> NoteSignature | None:
        for _ in range(_ASKS):
            old = min(self._seen.get(witness.key.key_id, 0), size)
            proof = await asyncio.to_thread(_proof, self._log.folder, old, size)
            answer = await witness.cosign(WitnessRequest(old_size=old, proof=proof, note=note))
            if isinstance(answer, Cosigned):
                return self._accepted(witness, note, size, answer.signature)
            self._seen[witness.key.key_id] = answer.seen_size
            if answer.flaw is not WitnessFlaw.STALE or answer.seen_size > size:
                self._told(witness, answer)
                return None
        return None

    def _accepted(
        self, witness: Witness, note: SignedNote, size: int, signature: NoteSignature
    ) -> NoteSignature | None:
        if witnessed_at(SignedNote(note.text, (signature,)), witness.key) is None:
            _log.error("witness.signature-invalid", witness=witness.key.name)
            return None
        self._seen[witness.key.key_id] = size
        return signature

    def _told(self, witness: Witness, answer: NotCosigned) -> None:
        _log.error("witness.refused", witness=witness.key.name, flaw=answer.flaw.value, seen_size=answer.seen_size)


def _proof(folder: Path, old: int, new: int) -> tuple[bytes, ...]:
    with stored_log(folder) as log:
        return consistency_proof(log, old, new)
