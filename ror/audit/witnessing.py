"""Witnesses: others who co-sign a log's heads, so that it cannot show different pasts to different people.

A witness keeps the last head it co-signed of each log. It signs a newer one only with a proof that the newer log
begins with the older one, and remembers the newer head on disk before its signature leaves. So two heads that
contradict each other never carry the same honest witness. The request is the body of C2SP tlog-witness'
``add-checkpoint``.
"""

import base64
import re
from dataclasses import dataclass
from enum import StrEnum

from ror.audit.errors import AuditFormError
from ror.audit.merkle import HASH_BYTES
from ror.audit.note import SignedNote, read_base64
from ror.audit.proofs import proves_consistency
from ror.audit.tree_head import TreeHead

PATH = "/passerelle/tete"
"""Where a witness listens."""
KEY_HEADER = "Ror-Journal"
"""HTTP header in which a log tells its public key: what a witness pins when it first sees the log."""
SIZE_TYPE = "text/x.tlog.size"
"""Media type of an answer that tells how many records the witness has seen (C2SP tlog-witness)."""
MAX_PROOF_HASHES = 63
MAX_REQUEST_BYTES = 24_576
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})", re.ASCII)


class WitnessFlaw(StrEnum):
    """Why a witness does not sign."""

    UNREADABLE = "unreadable"
    UNKNOWN_LOG = "unknown-log"
    NOT_AUTHENTIC = "not-authentic"
    STALE = "stale"
    ROLLED_BACK = "rolled-back"
    FORKED = "forked"


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRequest:
    """A new head, and the proof that it goes on from the log of ``old_size`` records."""

    old_size: int
    proof: tuple[bytes, ...]
    note: SignedNote

    @property
    def body(self) -> str:
        """The request as it travels."""
        steps = "".join(f"{base64.b64encode(step).decode('ascii')}\n" for step in self.proof)
        return f"old {self.old_size}\n{steps}\n{self.note.document}"

    @classmethod
    def read(cls, body: str) -> "WitnessRequest":
        """Read a request. Raises ``AuditFormError``."""
        start, blank, document = body.partition("\n\n")
        first, *steps = start.split("\n")
        old = _OLD.fullmatch(first)
        if not blank or old is None or len(steps) > MAX_PROOF_HASHES:
            raise AuditFormError("not a request to a witness")
        proof = tuple(read_base64(step) for step in steps)
        if any(len(step) != HASH_BYTES for step in proof):
            raise AuditFormError("a proof's step is not a SHA-256 digest")
        return cls(old_size=int(old[1]), proof=proof, note=SignedNote.read(document))


def flaw_of(seen: TreeHead | None, head: TreeHead, request: WitnessRequest) -> WitnessFlaw | None:
    """What forbids to co-sign ``head``, the authentic head of the request, after ``seen``; ``None`` if nothing does.

    ``STALE`` is no accusation: the log does not know what the witness saw last, and may ask again from there.
    """
    if seen is None:
        return WitnessFlaw.STALE if request.old_size else None
    if seen.origin != head.origin:
        return WitnessFlaw.UNKNOWN_LOG
    if head.size < seen.size:
        return WitnessFlaw.ROLLED_BACK
    if request.old_size != seen.size:
        return WitnessFlaw.STALE
    holds = proves_consistency(
        old_size=seen.size, old_root=seen.root, size=head.size, root=head.root, proof=request.proof
    )
    return None if holds else WitnessFlaw.FORKED
