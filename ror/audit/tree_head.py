"""A tree head: the name of a log, how many records it has, and the root over all of them at one moment.

Written as a checkpoint (C2SP tlog-checkpoint) with one line of extension, the time; signed, it is a ``SignedNote``.
"""

import base64
from dataclasses import dataclass
from datetime import datetime

from ror.audit.errors import AuditFormError
from ror.audit.merkle import HASH_BYTES
from ror.audit.moments import moment_text, read_moment
from ror.audit.note import check_name, read_base64
from ror.audit.record import MAX_SEQUENCE

_TIME = "time "


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """What a log says of itself at ``at``."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size <= MAX_SEQUENCE or len(self.root) != HASH_BYTES:
            raise AuditFormError("a tree head of an impossible size or root")

    @property
    def text(self) -> str:
        """The text to sign."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\n{_TIME}{moment_text(self.at)}\n"

    @classmethod
    def read(cls, text: str) -> "TreeHead":
        """Read such a text and no other. Raises ``AuditFormError``."""
        lines = text.split("\n")
        if len(lines) != 5 or not (lines[1].isascii() and lines[1].isdigit() and len(lines[1]) <= 16):
            raise AuditFormError("not a tree head")
        head = cls(
            origin=lines[0],
            size=int(lines[1]),
            root=read_base64(lines[2]),
            at=read_moment(lines[3].removeprefix(_TIME)),
        )
        if head.text != text:
            raise AuditFormError("a tree head that is not in its one spelling")
        return head
