"""What a node says to a head: pin the log, judge, remember on disk, and only then hand out a signature.

The first log that a listed gateway shows is pinned to it; a further one is pinned too, loudly, for a gateway that put
its log aside begins another, and several processes of one gateway keep a log each. A log under another key than the
pinned one, or another gateway's, is never co-signed. Where the operator has written ``witness-logs.txt``, that file
alone says which logs there are.
"""

import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from certs.audit.keys import KeyUse, PrivateKey, PublicKey
from certs.audit.witness import Cosigned, NotCosigned, consider
from certs.errors import KeyMaterialError
from regional_nodes.errors import WitnessError
from regional_nodes.witness.memory import MAX_CONTRADICTIONS, Witnessed, WitnessMemory
from ror.audit.note import SignedNote
from ror.audit.witnessing import WitnessFlaw, WitnessRequest

MOST_LOGS = 16
"""Logs of one gateway; a further one is not co-signed."""
_MAX_LIST_BYTES = 65_536
_EVIDENCE = frozenset({WitnessFlaw.FORKED, WitnessFlaw.ROLLED_BACK})

_log = structlog.get_logger(__name__)


class NodeWitness:
    """One node's judgement. ``judge`` blocks for a write to disk; calls from several threads wait for each other."""

    def __init__(self, ror: str, key: PrivateKey, memory: WitnessMemory, listed: Path) -> None:
        self._ror = ror
        self._key = key
        self._memory = memory
        self._listed = listed
        self._lock = threading.Lock()

    @property
    def key(self) -> PublicKey:
        """The key that this witness' signatures are checked against."""
        return self._key.public

    def judge(self, gateway: str, told_key: str, request: WitnessRequest, at: datetime) -> Cosigned | NotCosigned:
        """Decide on a head that ``gateway`` (a partner's id) shows of the log whose key it tells.

        Raises ``WitnessError`` where what was seen cannot be kept: then there is no signature.
        """
        with self._lock:
            log = self._log_of(gateway, told_key)
            if log is None:
                return NotCosigned(WitnessFlaw.UNKNOWN_LOG)
            known = self._memory.of(log.name)
            decided = consider(request, seen=known.head if known else None, log=log, key=self._key, at=at)
            if isinstance(decided, Cosigned):
                self._remember(gateway, log, known, request.note.with_signatures([decided.signature]))
            elif known is not None and decided.flaw in _EVIDENCE:
                self._accuse(known, request.note, decided.flaw)
            return decided

    def _log_of(self, gateway: str, told_key: str) -> PublicKey | None:
        try:
            log = PublicKey.read(told_key)
        except KeyMaterialError:
            return None
        if log.use is not KeyUse.LOG or not self._is_listed(gateway, log):
            return None
        known = self._memory.of(log.name)
        if known is not None and (known.log != log or known.gateway != gateway):
            _log.error("witness.log_changed", ror=self._ror, gateway=gateway, log=log.name)
            return None
        if known is None and len(self._memory.of_gateway(gateway)) >= MOST_LOGS:
            _log.error("witness.too_many_logs", ror=self._ror, gateway=gateway, log=log.name)
            return None
        return log

    def _is_listed(self, gateway: str, log: PublicKey) -> bool:
        try:
            with self._listed.open("rb") as file:
                lines = file.read(_MAX_LIST_BYTES).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return True
        except OSError as error:
            raise WitnessError(f"{self._listed} cannot be read: {error.strerror}") from error
        listed = [gateway, log.text] in [line.split() for line in lines]
        if not listed:
            _log.error("witness.log_not_listed", ror=self._ror, gateway=gateway, log=log.name)
        return listed

    def _remember(self, gateway: str, log: PublicKey, known: Witnessed | None, note: SignedNote) -> None:
        others = len(self._memory.of_gateway(gateway))
        mine = self._bare(note, log)
        fresh = replace(known, note=mine) if known else Witnessed(gateway=gateway, log=log, note=mine)
        self._keep(fresh)
        if known is None and others:
            _log.error("witness.log_added", ror=self._ror, gateway=gateway, log=log.text, logs=others + 1)
        elif known is None:
            _log.warning("witness.log_pinned", ror=self._ror, gateway=gateway, log=log.text)

    def _bare(self, note: SignedNote, log: PublicKey) -> SignedNote:
        """The note with the log's signature and ours: what else a gateway hangs on it must not fill the memory."""
        needed = {(key.name, key.key_id) for key in (log, self._key.public)}
        return SignedNote(note.text, tuple(one for one in note.signatures if (one.name, one.key_id) in needed))

    def _accuse(self, known: Witnessed, note: SignedNote, flaw: WitnessFlaw) -> None:
        _log.error(
            "witness.contradiction",
            ror=self._ror,
            gateway=known.gateway,
            log=known.log.name,
            flaw=flaw.value,
            seen_size=known.head.size,
        )
        told = {one.text for one in known.contradictions}
        if note.text not in told and len(told) < MAX_CONTRADICTIONS:
            self._keep(replace(known, contradictions=(*known.contradictions, self._bare(note, known.log))))

    def _keep(self, witnessed: Witnessed) -> None:
        try:
            self._memory.keep(witnessed)
        except OSError as error:
            raise WitnessError(f"what was seen cannot be kept: {error.strerror or error}") from error
