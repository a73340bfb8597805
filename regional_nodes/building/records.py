"""Every datum says when it was written, last changed and in which directory (RG_EXP_020)."""

from dataclasses import dataclass
from datetime import datetime

from ror.model import Record

STATUS = "Ok"
"""What real directories write as a record's status (domain §1.0)."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes the records of one directory; ``source`` is its address."""

    source: str

    def record(self, created: datetime, updated: datetime | None = None, *, comments: str | None = None) -> Record:
        """A record; ``updated`` before ``created`` (or not told) is ``created``."""
        changed = created if updated is None else max(created, updated)
        return Record(created=created, updated=changed, status=STATUS, source=self.source, comments=comments)
