"""Audit logs for tests, in memory: disks that forget or fail, and logs written on them."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from certs.audit.keys import KeyUse, PrivateKey
from gateway.audit.bounds import AuditBounds
from gateway.audit.entry import Entry, entry_of
from gateway.audit.journal import Journal
from ror.audit.events import DecisionTaken
from ror.audit.note import SignedNote
from ror.audit.segment import Segment, SegmentHeader, read_heads_line

SECTOR = 64
"""Far smaller than a real one, so that every batch is torn in many places."""
SMALL = AuditBounds(segment_bytes=4096, head_records=7, head_s=1000.0)


class PowerCutError(BaseException):
    """The machine lost power in the middle of something."""


class MemoryDisk:
    """A disk whose appended bytes may be lost, in any order, until they are synced."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.durable: dict[str, int] = {}

    def names(self) -> list[str]:
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        return self.files[name]

    def create(self, name: str, data: bytes) -> None:
        self.step("create", name)
        self.files[name], self.durable[name] = data, len(data)
        self.step("created", name)

    def append(self, name: str, data: bytes) -> None:
        self.step("append", name)
        taken = self.written(len(data))
        self.files[name] += data[:taken]
        if taken < len(data):
            raise OSError(28, "No space left on device")
        self.step("appended", name)

    def sync(self, name: str) -> None:
        self.step("sync", name)
        self.durable[name] = len(self.files[name])
        self.step("synced", name)

    def cut(self, name: str, size: int) -> None:
        self.step("cut", name)
        self.files[name] = self.files[name][:size]
        self.durable[name] = len(self.files[name])

    def remove(self, name: str) -> None:
        self.step("remove", name)
        self.files.pop(name, None)
        self.durable.pop(name, None)

    def step(self, what: str, name: str) -> None:
        """Something is about to happen, or has just happened."""

    def written(self, size: int) -> int:
        """How many of so many bytes an append takes before it fails."""
        return size

    def lose_power(self, chance: random.Random) -> "MemoryDisk":
        """What is found afterwards: an unsynced sector is there or is zeros, and the end may be anywhere."""
        found = MemoryDisk()
        for name, data in self.files.items():
            kept = self.durable[name]
            after = bytearray(data[:kept])
            end = chance.randint(kept, len(data))
            for start in range(kept, end, SECTOR):
                sector = data[start : min(start + SECTOR, end)]
                after += sector if chance.random() < 0.6 else bytes(len(sector))
            found.files[name], found.durable[name] = bytes(after), len(after)
        return found


class CutDisk(MemoryDisk):
    """Loses power at the step of that number."""

    def __init__(self, files: MemoryDisk, after_steps: int) -> None:
        super().__init__()
        self.files, self.durable = dict(files.files), dict(files.durable)
        self._left = after_steps

    def step(self, what: str, name: str) -> None:
        self._left -= 1
        if self._left < 0:
            raise PowerCutError


class FailingDisk(MemoryDisk):
    """Fails by chance; after a failed append part of it may be there, after a failed creation all of it."""

    def __init__(self, chance: random.Random, share: float) -> None:
        super().__init__()
        self._chance = chance
        self.share = share

    def step(self, what: str, name: str) -> None:
        if self._chance.random() < self.share:
            raise OSError(28, "No space left on device")

    def written(self, size: int) -> int:
        return size if self._chance.random() >= self.share else self._chance.randint(0, size)


def ticking(start: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)) -> Callable[[], datetime]:
    """A clock that goes on by a millisecond each time it is looked at."""
    moments = iter(range(10**9))
    return lambda: start + timedelta(milliseconds=next(moments))


def log_key() -> PrivateKey:
    return PrivateKey.generate("passerelle.test/audit/1", KeyUse.LOG)


def decision(number: int, *, padding: int = 0) -> Entry:
    """The entry of a decision on question ``number``."""
    event = DecisionTaken(granted=True, transaction="recherche", question=f"q{number}", partner="p" * padding or None)
    return entry_of(event, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number))


def written_log(
    key: PrivateKey, batches: list[int], *, bounds: AuditBounds = SMALL, first: int = 0
) -> tuple[MemoryDisk, Journal]:
    """A log of batches of these sizes, a head over all of it."""
    disk = MemoryDisk()
    journal = Journal(disk, key, bounds, ticking())
    number = first
    for size in batches:
        journal.commit([decision(number + at) for at in range(size)])
        number += size
        journal.tend()
    journal.sign_head()
    return disk, journal


def segments_of(disk: MemoryDisk) -> list[Segment]:
    return [Segment(name, disk.files[name]) for name in disk.names() if name.endswith(".jsonl")]


def notes_of(disk: MemoryDisk) -> list[SignedNote]:
    """Every signed head, those in the headers included."""
    heads = [disk.files[name] for name in disk.names() if name.endswith(".heads")]
    notes = [read_heads_line(line) for data in heads for line in data.split(b"\n")[:-1]]
    return notes + [SegmentHeader.read(one.data.split(b"\n")[0]).head for one in segments_of(disk)]
