"""One round of asking the witnesses to co-sign the newest head."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from certs.audit.heads import authentic_head, witnessed_at
from certs.audit.witness import Cosigned, NotCosigned, Witness
from gateway.audit.errors import UnreadableLogError
from gateway.audit.log import AuditLog
from gateway.audit.proving import consistency_proof, step_towards
from gateway.audit.stored import stored_log
from ror.audit.note import NoteSignature, SignedNote
from ror.audit.tree_head import TreeHead
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
        self._troubles: dict[bytes, str] = {}

    async def gather(self) -> int:
        """Ask all who have not co-signed the newest head, at once; how many have now. Never raises for a witness."""
        note = self._log.head
        head = authentic_head(note, self._log.key)
        if head is None:
            return 0
        signed = {(one.name, one.key_id) for one in note.signatures}
        missing = [one for one in self._witnesses if (one.key.name, one.key.key_id) not in signed]
        steps = _Steps(self._log.folder, note, head)
        answers = await asyncio.gather(*(self._ask(witness, steps) for witness in missing))
        signatures = [signature for signature in answers if signature is not None]
        if signatures:
            self._log.add_signatures(note.with_signatures(signatures))
        return len(self._witnesses) - len(missing) + len(signatures)

    async def _ask(self, witness: Witness, steps: "_Steps") -> NoteSignature | None:
        try:
            async with asyncio.timeout(self._within_s):
                signature = await self._persist(witness, steps)
        except (TimeoutError, OSError) as error:
            self._troubled(witness, f"unreachable {type(error).__name__} {error}")
            return None
        except UnreadableLogError as error:
            self._troubled(witness, f"behind {error}")
            return None
        if signature is not None and self._troubles.pop(witness.key.key_id, None) is not None:
            _log.info("witness.back", witness=witness.key.name)
        return signature

    async def _persist(self, witness: Witness, steps: "_Steps") -> NoteSignature | None:
        for _ in range(_ASKS):
            old = min(self._seen.get(witness.key.key_id, 0), steps.head.size)
            step = await steps.from_size(old)
            answer = await witness.cosign(step.request)
            if isinstance(answer, Cosigned):
                return self._accepted(witness, step, answer.signature, is_newest=step.size == steps.head.size)
            self._seen[witness.key.key_id] = answer.seen_size
            if answer.flaw is not WitnessFlaw.STALE or answer.seen_size > steps.head.size:
                self._declined(witness, answer)
                return None
        return None

    def _accepted(
        self, witness: Witness, step: "_Step", signature: NoteSignature, *, is_newest: bool
    ) -> NoteSignature | None:
        if witnessed_at(SignedNote(step.request.note.text, (signature,)), witness.key) is None:
            self._troubled(witness, "signature-invalid")
            return None
        self._seen[witness.key.key_id] = step.size
        return signature if is_newest else None

    def _declined(self, witness: Witness, answer: NotCosigned) -> None:
        self._troubled(witness, f"refused {answer.flaw.value} {answer.seen_size}")

    def _troubled(self, witness: Witness, trouble: str) -> None:
        """Log a trouble that lasts once, not at every round."""
        if self._troubles.get(witness.key.key_id) == trouble:
            return
        self._troubles[witness.key.key_id] = trouble
        kind, _, detail = trouble.partition(" ")
        name = witness.key.name
        if kind == "unreachable":
            _log.warning("witness.unreachable", witness=name, cause=detail)
        elif kind == "behind":
            _log.error("witness.behind", witness=name, cause=detail)
        elif kind == "signature-invalid":
            _log.error("witness.signature-invalid", witness=name)
        else:
            _log.error("witness.refused", witness=name, cause=detail)


@dataclass(frozen=True, slots=True)
class _Step:
    """A head of ``size`` records, and the request that shows it."""

    size: int
    request: WitnessRequest


class _Steps:
    """The requests of one round, one for all witnesses that stand at the same place; each reads a bounded part of
    the log, so that a witness far behind follows in several rounds.
    """

    def __init__(self, folder: Path, note: SignedNote, head: TreeHead) -> None:
        self._folder = folder
        self._note = note
        self.head = head
        self._lock = asyncio.Lock()
        self._known: dict[int, _Step] = {}

    async def from_size(self, old: int) -> _Step:
        """What to show to a witness that saw ``old`` records. Raises ``UnreadableLogError``."""
        async with self._lock:
            if old not in self._known:
                self._known[old] = await asyncio.to_thread(self._made, old)
            return self._known[old]

    def _made(self, old: int) -> _Step:
        if old == 0:
            return _Step(self.head.size, WitnessRequest(old_size=0, proof=(), note=self._note))
        with stored_log(self._folder) as log:
            size, note = step_towards(log, old, self.head.size) or (self.head.size, self._note)
            return _Step(size, WitnessRequest(old_size=old, proof=consistency_proof(log, old, size), note=note))
