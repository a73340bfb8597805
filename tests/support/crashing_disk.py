"""A file layer for tests: it records what code asks of the files of one folder, and says what a power cut may leave.

The record is taken at the functions of ``os`` through which all durable writing of the house goes; ``check`` finds
what went past them. ``PowerCut`` knows no order but the one that was asked for: of everything that was not synced
since, each write, name and removal may be on the disk or not, whatever came before or after it, and a write may be
there in part. What POSIX and every file system in use promise is believed: a rename is whole, and a sync that
succeeded holds for the file or the names of the folder that it was asked of, and for nothing else.

A sync that fails leaves nothing to be synced again: what was pending then may be lost for ever, although the running
system still shows it.
"""

import itertools
import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

SECTOR = 512
_ROOT = 0
_WHOLE_SUBSETS_UP_TO = 5

Tree = Mapping[str, bytes | None]
"""What lies in a folder: path to content, ``None`` for a folder."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place of a file."""

    file: int
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file's size set."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Enter:
    """A name that a folder got: a new file, a new folder, or the new place of what was moved."""

    folder: int
    name: str
    child: int
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """A name that a folder lost. ``after`` is the name under which it must be found then, if it was moved."""

    folder: int
    name: str
    after: Enter | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """A move within one folder: whole or not at all."""

    folder: int
    name: str
    to: str
    child: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A file's bytes, or a folder's names, made durable; or lost, where it failed."""

    file: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something was told to somebody: from here on it must hold."""

    label: str


Operation = Write | Cut | Enter | Leave | Rename | Sync | Mark
Change = Write | Cut | Enter | Leave | Rename


@dataclass(slots=True)
class _Open:
    file: int
    appends: bool


class CrashingDisk:
    """Records what happens in ``root`` while it is in place (``with``). Nothing is really synced: it would cost time.

    ``before`` is called with the number and the name of each call, before it is done; what it raises, the caller of
    the file system gets.
    """

    def __init__(self, root: Path, before: Callable[[int, str], None] | None = None) -> None:
        self.root = root
        self.start = read_tree(root)
        self.operations: list[Operation] = []
        self.calls: list[str] = []
        self.before = before
        self._numbers = itertools.count(1)
        self._folders: dict[int, dict[str, int]] = {_ROOT: {}}
        self._open: dict[int, _Open] = {}
        self._real: dict[str, Any] = {}
        for path, data in sorted(self.start.items()):
            folder, name = self._place(root / path)
            self._folders[folder][name] = number = next(self._numbers)
            if data is None:
                self._folders[number] = {}

    def __enter__(self) -> "CrashingDisk":
        calls = {
            "open": self._open_,
            "close": self._close,
            "write": self._write,
            "fsync": self._sync,
            "fdatasync": self._sync,
            "ftruncate": self._cut,
            "rename": self._rename,
            "replace": self._rename,
            "link": self._link,
            "unlink": self._unlink,
            "remove": self._unlink,
            "mkdir": self._mkdir,
        }
        self._real = {name: getattr(os, name) for name in calls}
        self._patches = [mock.patch.object(os, name, call) for name, call in calls.items()]
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for patch in self._patches:
            patch.stop()

    def mark(self, label: str) -> None:
        """Somebody was told so."""
        self.operations.append(Mark(label))

    def check(self) -> None:
        """Whether everything in the folder came there by a recorded call."""
        expected = _laid_out(self.start, [one for one in self.operations if not isinstance(one, Mark | Sync)])
        assert read_tree(self.root) == expected, "something was written past the recorded calls"

    def _place(self, path: Any) -> tuple[int, str]:
        parts = Path(path).relative_to(self.root).parts
        folder = _ROOT
        for part in parts[:-1]:
            folder = self._folders[folder][part]
        return folder, parts[-1]

    def _covers(self, path: Any) -> bool:
        return isinstance(path, str | Path) and Path(path).is_absolute() and Path(path).is_relative_to(self.root)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.before is not None:
            self.before(len(self.calls) - 1, name)

    def _open_(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not self._covers(path):
            outside: int = self._real["open"](path, flags, mode, dir_fd=dir_fd)
            self._open.pop(outside, None)
            return outside
        is_new = bool(flags & os.O_CREAT) and not os.path.lexists(path)
        self._called("create" if is_new else "open")
        descriptor: int = self._real["open"](path, flags, mode)
        if Path(path) == self.root:
            self._open[descriptor] = _Open(_ROOT, False)
            return descriptor
        folder, name = self._place(path)
        if is_new:
            self._folders[folder][name] = next(self._numbers)
            self.operations.append(Enter(folder, name, self._folders[folder][name]))
        file = self._folders[folder][name]
        if flags & os.O_TRUNC:
            self.operations.append(Cut(file, 0))
        self._open[descriptor] = _Open(file, bool(flags & os.O_APPEND))
        return descriptor

    def _close(self, descriptor: int) -> None:
        self._open.pop(descriptor, None)
        self._real["close"](descriptor)

    def _write(self, descriptor: int, data: Any) -> int:
        found = self._open.get(descriptor)
        if found is None:
            return self._real["write"](descriptor, data)  # type: ignore[no-any-return]
        try:
            self._called("write")
        except ShortWriteError as error:
            data = bytes(data)[: error.taken]
        at = os.fstat(descriptor).st_size if found.appends else os.lseek(descriptor, 0, os.SEEK_CUR)
        taken: int = self._real["write"](descriptor, data)
        self.operations.append(Write(found.file, at, bytes(data)[:taken]))
        return taken

    def _sync(self, descriptor: int) -> None:
        found = self._open.get(descriptor)
        if found is None:
            return
        try:
            self._called("sync-folder" if found.file in self._folders else "sync")
        except OSError:
            self.operations.append(Sync(found.file, failed=True))
            raise
        self.operations.append(Sync(found.file))

    def _cut(self, descriptor: int, size: int) -> None:
        found = self._open.get(descriptor)
        if found is not None:
            self._called("cut")
        self._real["ftruncate"](descriptor, size)
        if found is not None:
            self.operations.append(Cut(found.file, size))

    def _rename(self, source: Any, target: Any, **_: Any) -> None:
        if not self._covers(source):
            self._real["rename"](source, target)
            return
        self._called("rename")
        self._real["rename"](source, target)
        (folder, name), (to_folder, to_name) = self._place(source), self._place(target)
        child = self._folders[folder].pop(name)
        self._folders[to_folder][to_name] = child
        if folder == to_folder:
            self.operations.append(Rename(folder, name, to_name, child))
        else:
            entered = Enter(to_folder, to_name, child)
            self.operations += [entered, Leave(folder, name, entered)]

    def _link(self, source: Any, target: Any, **_: Any) -> None:
        if self._covers(target):
            self._called("link")
        self._real["link"](source, target)
        if self._covers(target):
            (folder, name), (to_folder, to_name) = self._place(source), self._place(target)
            self._folders[to_folder][to_name] = self._folders[folder][name]
            self.operations.append(Enter(to_folder, to_name, self._folders[folder][name]))

    def _unlink(self, path: Any, **_: Any) -> None:
        if not self._covers(path):
            self._real["unlink"](path)
            return
        self._called("unlink")
        self._real["unlink"](path)
        folder, name = self._place(path)
        del self._folders[folder][name]
        self.operations.append(Leave(folder, name))

    def _mkdir(self, path: Any, mode: int = 0o777, **_: Any) -> None:
        if self._covers(path):
            self._called("mkdir")
        self._real["mkdir"](path, mode)
        if self._covers(path):
            folder, name = self._place(path)
            number = next(self._numbers)
            self._folders[folder][name], self._folders[number] = number, {}
            self.operations.append(Enter(folder, name, number, is_folder=True))


class ShortWriteError(Exception):
    """Raised by ``before``: the write takes only so many bytes, and says so."""

    def __init__(self, taken: int) -> None:
        super().__init__(taken)
        self.taken = taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What may lie there after the power was cut behind so many operations, and what had been told until then."""

    after: int
    tree: Tree
    told: frozenset[str]


def power_cuts(disk: CrashingDisk, *, since: int = 0, at_random: int = 12) -> Iterator[Found]:
    """Every state that is explored, each once for what had been told: all points, bounded losses at each of them.

    ``since`` leaves out the points before so many operations.

    Losses: nothing, everything, each pending change alone, all but each one, all ways where they are few, some
    ``at_random``; and the last state with the pending writes torn, by byte and by sector, or as zeros.
    """
    chance = random.Random(len(disk.operations))
    known: set[tuple[frozenset[tuple[str, bytes | None]], frozenset[str]]] = set()
    for after in range(since, len(disk.operations) + 1):
        told = frozenset(one.label for one in disk.operations[:after] if isinstance(one, Mark))
        for changes in _losses(disk.operations[:after], chance, at_random):
            tree = _laid_out(disk.start, changes)
            key = (frozenset(tree.items()), told)
            if key not in known:
                known.add(key)
                yield Found(after=after, tree=tree, told=told)


def read_tree(root: Path) -> dict[str, bytes | None]:
    """All that lies in a folder."""
    found = sorted(root.rglob("*"))
    return {str(one.relative_to(root)): None if one.is_dir() else one.read_bytes() for one in found}


def write_tree(tree: Tree, root: Path) -> None:
    """Lay it out in a new folder."""
    root.mkdir(mode=0o700)
    for path, data in sorted(tree.items()):
        if data is None:
            (root / path).mkdir(mode=0o700)
        else:
            (root / path).write_bytes(data)


@contextmanager
def no_syncs() -> Iterator[None]:
    """Sync nothing meanwhile: the tests cut no real power."""
    with mock.patch.object(os, "fsync", return_value=None), mock.patch.object(os, "fdatasync", return_value=None):
        yield


def _losses(operations: list[Operation], chance: random.Random, at_random: int) -> Iterator[list[Change]]:
    changes, durable = _durable(operations)
    pending = [number for number, is_durable in enumerate(durable) if not is_durable]
    every = frozenset(pending)
    for kept in _subsets(pending, chance, at_random):
        yield [one for number, one in enumerate(changes) if durable[number] or number in kept]
    writes = [number for number in pending if isinstance(changes[number], Write)]
    names = frozenset(number for number in pending if not isinstance(changes[number], Write | Cut))
    for number in writes[-2:]:
        for torn in _torn(changes[number], chance):  # type: ignore[arg-type]
            yield [
                torn if at == number else one
                for at, one in enumerate(changes)
                if durable[at] or at in (every if number == writes[-1] else names | {number})
            ]


def _subsets(pending: list[int], chance: random.Random, at_random: int) -> Iterator[frozenset[int]]:
    every = frozenset(pending)
    if len(pending) <= _WHOLE_SUBSETS_UP_TO:
        for size in range(len(pending) + 1):
            yield from map(frozenset, itertools.combinations(pending, size))
        return
    yield from (frozenset(), every)
    for one in pending:
        yield from (every - {one}, frozenset({one}))
    for _ in range(at_random):
        share = chance.random()
        yield frozenset(one for one in pending if chance.random() < share)


def _torn(write: Write, chance: random.Random) -> Iterator[Write]:
    """The write in part: cut at bytes and sectors, all zeros, some sectors zeros."""
    size = len(write.data)
    cuts = {1, size // 3, size // 2, size - 1, *range(SECTOR - write.at % SECTOR, size, SECTOR)}
    for cut in sorted(cut for cut in cuts if 0 < cut < size)[:12]:
        yield Write(write.file, write.at, write.data[:cut])
    yield Write(write.file, write.at, bytes(size))
    if size > SECTOR:
        starts = range(0, size, SECTOR)
        kept = [write.data[at : at + SECTOR] if chance.random() < 0.5 else bytes(SECTOR) for at in starts]
        yield Write(write.file, write.at, b"".join(kept)[:size])


def _durable(operations: list[Operation]) -> tuple[list[Change], list[bool]]:
    """The changes in order, and which of them no power cut takes back."""
    changes: list[Change] = []
    durable: list[bool] = []
    waiting: dict[int, list[int]] = {}
    for one in operations:
        if isinstance(one, Mark):
            continue
        if isinstance(one, Sync):
            numbers = waiting.pop(one.file, [])
            if not one.failed:
                for number in numbers:
                    durable[number] = True
            continue
        waiting.setdefault(one.file if isinstance(one, Write | Cut) else one.folder, []).append(len(changes))
        changes.append(one)
        durable.append(False)
    for number, change in enumerate(changes):
        # A file that was moved is never nowhere: where its old name is gone for good, the new one is there.
        if isinstance(change, Leave) and change.after is not None and durable[number]:
            durable[changes.index(change.after)] = True
    return changes, durable


def _laid_out(start: Tree, changes: list[Change]) -> dict[str, bytes | None]:
    """What lies there once these changes, and no others, were made."""
    files: dict[int, bytes] = {}
    folders: dict[int, dict[str, int]] = {_ROOT: {}}
    numbers = {"": _ROOT}
    for number, (path, data) in enumerate(sorted(start.items()), 1):
        parent, _, name = path.rpartition("/")
        folders[numbers[parent]][name] = numbers[path] = number
        if data is None:
            folders[number] = {}
        else:
            files[number] = data
    made = frozenset(one for one in changes if isinstance(one, Enter))
    for change in changes:
        _apply(change, files, folders, made)
    tree: dict[str, bytes | None] = {}
    _collect("", _ROOT, files, folders, tree)
    return tree


def _apply(
    change: Change, files: dict[int, bytes], folders: dict[int, dict[str, int]], made: frozenset[Enter]
) -> None:
    match change:
        case Write(file, at, data):
            before = files.get(file, b"").ljust(at, b"\0")
            files[file] = before[:at] + data + before[at + len(data) :]
        case Cut(file, size):
            files[file] = files.get(file, b"")[:size].ljust(size, b"\0")
        case Enter(folder, name, child, is_folder):
            folders.setdefault(folder, {})[name] = child
            if is_folder:
                folders.setdefault(child, {})
        case Rename(folder, name, to, child):
            folders.setdefault(folder, {}).pop(name, None)
            folders[folder][to] = child
        case Leave(folder, name, after) if after is None or after in made:
            folders.setdefault(folder, {}).pop(name, None)


def _collect(
    at: str, folder: int, files: dict[int, bytes], folders: dict[int, dict[str, int]], tree: dict[str, bytes | None]
) -> None:
    for name, child in folders[folder].items():
        path = f"{at}{name}"
        if child in folders:
            tree[path] = None
            _collect(f"{path}/", child, files, folders, tree)
        else:
            tree[path] = files.get(child, b"")
