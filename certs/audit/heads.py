"""Signing and checking tree heads: the log's own signature, and the witnesses'."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from certs.audit.keys import KeyUse, PrivateKey, PublicKey
from certs.errors import KeyMaterialError
from ror.audit.errors import AuditFormError
from ror.audit.note import NoteSignature, SignedNote
from ror.audit.tree_head import TreeHead

_TIME_BYTES = 8
_SIGNATURE_BYTES = 64


def sign_head(head: TreeHead, key: PrivateKey) -> SignedNote:
    """The head under the log's signature. A log signs heads in its own name only."""
    if key.public.use is not KeyUse.LOG or key.public.name != head.origin:
        raise KeyMaterialError(f"the key {key.public.name} may not sign a head of {head.origin}")
    signature = NoteSignature(head.origin, key.public.key_id, key.sign(head.text.encode()))
    return SignedNote(head.text, (signature,))


def authentic_head(note: SignedNote, key: PublicKey) -> TreeHead | None:
    """The head that ``note`` carries, if the log's ``key`` signed it."""
    value = _signature_of(note, key, KeyUse.LOG)
    if value is None or not key.verifies(note.text.encode(), value):
        return None
    try:
        head = TreeHead.read(note.text)
    except AuditFormError:
        return None
    return head if head.origin == key.name else None


def cosign(note: SignedNote, key: PrivateKey, at: datetime) -> NoteSignature:
    """A witness' signature: that it saw this head at ``at`` and no head that contradicts it."""
    if key.public.use is not KeyUse.WITNESS:
        raise KeyMaterialError(f"the key {key.public.name} is no witness' key")
    seconds = int(at.timestamp())
    value = seconds.to_bytes(_TIME_BYTES) + key.sign(_cosigned(note, seconds))
    return NoteSignature(key.public.name, key.public.key_id, value)


def witnessed_at(note: SignedNote, key: PublicKey) -> datetime | None:
    """When the witness of ``key`` co-signed the note; ``None`` if it did not."""
    value = _signature_of(note, key, KeyUse.WITNESS)
    if value is None or len(value) != _TIME_BYTES + _SIGNATURE_BYTES:
        return None
    seconds = int.from_bytes(value[:_TIME_BYTES])
    if seconds > 2**40 or not key.verifies(_cosigned(note, seconds), value[_TIME_BYTES:]):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many of which witnesses must have co-signed a head for it to count as witnessed."""

    witnesses: tuple[PublicKey, ...]
    least: int

    def witnessed(self, note: SignedNote) -> bool:
        """Whether enough of them co-signed."""
        return sum(witnessed_at(note, key) is not None for key in self.witnesses) >= self.least


def witnessed_up_to(notes: Iterable[SignedNote], log: PublicKey, quorum: Quorum) -> int:
    """The largest number of records that an authentic head with enough witnesses covers; 0 where there is none."""
    heads = (authentic_head(note, log) for note in notes if quorum.witnessed(note))
    return max((head.size for head in heads if head is not None), default=0)


def _signature_of(note: SignedNote, key: PublicKey, use: KeyUse) -> bytes | None:
    if key.use is not use:
        return None
    found = (one.value for one in note.signatures if one.name == key.name and one.key_id == key.key_id)
    return next(found, None)


def _cosigned(note: SignedNote, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{note.text}".encode()
