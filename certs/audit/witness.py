"""A witness' decision: co-sign a head, or say why not. Whoever runs one keeps what it saw, on disk, before it
answers.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from certs.audit.heads import authentic_head, cosign
from certs.audit.keys import PrivateKey, PublicKey
from ror.audit.note import NoteSignature
from ror.audit.tree_head import TreeHead
from ror.audit.witnessing import WitnessFlaw, WitnessRequest, flaw_of


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness signs. ``head`` must be kept durably as the last seen before ``signature`` is handed out."""

    signature: NoteSignature
    head: TreeHead


@dataclass(frozen=True, slots=True)
class NotCosigned:
    """The witness does not sign; ``seen_size`` tells a stale asker where to go on from."""

    flaw: WitnessFlaw
    seen_size: int = 0


class Witness(Protocol):
    """Somebody who co-signs heads: a regional node behind its transport. An answer that never comes is a
    ``NotCosigned`` of the transport's making or an ``OSError``; both only mean that this witness is missing this
    time.
    """

    @property
    def key(self) -> PublicKey:
        """The key that its signatures are checked against; pinned, never taken from an answer."""

    async def cosign(self, request: WitnessRequest) -> Cosigned | NotCosigned:
        """Ask for a signature."""


def consider(
    request: WitnessRequest, *, seen: TreeHead | None, log: PublicKey, key: PrivateKey, at: datetime
) -> Cosigned | NotCosigned:
    """Decide on a request about the log of ``log``, ``seen`` being the last head of it that was co-signed."""
    seen_size = seen.size if seen else 0
    head = authentic_head(request.note, log)
    if head is None:
        return NotCosigned(WitnessFlaw.NOT_AUTHENTIC, seen_size)
    flaw = flaw_of(seen, head, request)
    if flaw is not None:
        return NotCosigned(flaw, seen_size)
    return Cosigned(cosign(request.note, key, at), head)
