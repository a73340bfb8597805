"""Three ways to interrupt an act on a folder's files, at every single call: power cut, kill -9, a disk that fails.

A ``Scenario`` says how the folder is prepared, what is done, and what must hold afterwards, given what was told to
somebody before it was interrupted.
"""

import errno
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.crashing_disk import (
    CrashingDisk,
    ShortWriteError,
    Tree,
    no_syncs,
    power_cuts,
    read_tree,
    write_tree,
)

Tell = Callable[[str], None]
EVERY_ERROR = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE)
_SHORT = -1
_ONLY_OPENING = frozenset({errno.EMFILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``act`` is given the folder, and ``tell`` to say what somebody was told; ``check`` what was told, by name.

    ``refusals`` are the errors in which the act may end where the disk fails: those that are shown in one line.
    """

    name: str
    prepare: Callable[[], Tree]
    act: Callable[[Path, Tell], None]
    check: Callable[[Path, frozenset[str]], None]
    refusals: tuple[type[BaseException], ...] = ()

    def __str__(self) -> str:
        return self.name


class KilledError(BaseException):
    """Stands for kill -9 where the process is wanted afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """How much was done: calls of the act, points between them, states or runs that were checked."""

    calls: int
    runs: int


def survive_power_cuts(scenario: Scenario) -> Explored:
    """Cut the power behind every operation, in every way that is explored, and look at what is left."""
    with _laid_out(scenario.prepare()) as root, CrashingDisk(root) as disk:
        scenario.act(root, disk.mark)
        disk.check()
    states = 0
    for found in power_cuts(disk):
        states += 1
        with _laid_out(found.tree) as root, no_syncs():
            _check(scenario, root, found.told, f"power cut behind {found.after} of {disk.operations}")
    return Explored(calls=len(disk.calls), runs=states)


def survive_a_kill_and_a_power_cut(scenario: Scenario) -> Explored:
    """Kill the act at every call, do it again in full, then cut the power: what was never synced may be lost."""
    states = number = 0
    while True:
        with _laid_out(scenario.prepare()) as root, CrashingDisk(root, killed_at(number)) as disk:
            try:
                scenario.act(root, disk.mark)
                return Explored(calls=number, runs=states)
            except KilledError:
                disk.before = None
            scenario.act(root, disk.mark)
            disk.check()
        for found in power_cuts(disk, since=len(disk.operations), at_random=4):
            states += 1
            with _laid_out(found.tree) as root, no_syncs():
                _check(scenario, root, found.told, f"killed at call {number}, done again, power cut")
        number += 1


def survive_kills(scenario: Scenario) -> Explored:
    """Kill a real process at every call of the act (SIGKILL), and look at what is left."""
    start, number = scenario.prepare(), 0
    while True:
        with _laid_out(start) as root:
            told, was_killed = _killed(scenario, root, number)
            with no_syncs():
                _check(scenario, root, told, f"killed at call {number}")
        if not was_killed:
            return Explored(calls=number, runs=number)
        number += 1


def survive_failures(scenario: Scenario, *, thorough: bool = True) -> Explored:
    """Let every call fail once, and once every call from it on; then do the act again on a disk that is well.

    Not ``thorough``, every second call fails, with one of the errors, once or for good in turn.
    """
    start, runs = scenario.prepare(), 0
    with _laid_out(start) as root, CrashingDisk(root) as disk:
        scenario.act(root, disk.mark)
    for number, name in enumerate(disk.calls):
        ways = [
            (code, for_good) for code in (*EVERY_ERROR, _SHORT) if _can_fail(name, code) for for_good in (False, True)
        ]
        for code, for_good in ways if thorough else ways[number // 2 % len(ways) :][: 1 - number % 2]:
            runs += 1
            _survive_failure(scenario, start, number, code, for_good=for_good)
    return Explored(calls=len(disk.calls), runs=runs)


def fast_folder() -> str | None:
    """Where files cost least: nothing here is about the real disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def killed_at(number: int) -> Callable[[int, str], None]:
    """A ``before`` behind which nothing is done any more, from the call of that number on."""

    def before(call: int, _: str) -> None:
        if call >= number:
            raise KilledError

    return before


def failing_at(number: int, code: int, *, for_good: bool) -> Callable[[int, str], None]:
    """A ``before`` that fails the call of that number, or every one from it on that can fail so."""

    def before(call: int, name: str) -> None:
        if call == number or (for_good and call > number and _can_fail(name, code)):
            if code == _SHORT and call == number:
                raise ShortWriteError(3)
            real = errno.ENOSPC if code == _SHORT else code
            raise OSError(real, os.strerror(real))

    return before


def _can_fail(name: str, code: int) -> bool:
    if code == _SHORT:
        return name == "write"
    if code in _ONLY_OPENING:
        return name in ("open", "create")
    if code in (errno.ENOSPC, errno.EDQUOT):
        # Taking away and moving need no room, and what is only looked at needs none either.
        return name not in ("open", "sync-folder", "unlink", "rename")
    return code != errno.EROFS or name not in ("open", "sync", "sync-folder")


def _survive_failure(scenario: Scenario, start: Tree, number: int, code: int, *, for_good: bool) -> None:
    told: set[str] = set()
    what = f"call {number} fails ({errno.errorcode.get(code, 'short')}{', for good' if for_good else ''})"
    with _laid_out(start) as root:
        with CrashingDisk(root, failing_at(number, code, for_good=for_good)) as disk:
            try:
                scenario.act(root, told.add)
            except scenario.refusals as error:
                _look_at(error, what)
            what += f": {disk.calls[number]}"
        left = read_tree(root)
        with no_syncs():
            _check(scenario, root, frozenset(told), what)
        with _laid_out(left) as again, no_syncs():
            scenario.act(again, told.add)
            _check(scenario, again, frozenset(told), f"{what}; then all is well")


def _killed(scenario: Scenario, root: Path, number: int) -> tuple[frozenset[str], bool]:
    def before(call: int, _: str) -> None:
        if call == number:
            os.kill(os.getpid(), signal.SIGKILL)

    heard, says = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with CrashingDisk(root, before):
                scenario.act(root, lambda label: os.write(says, f"{label}\n".encode()) and None)
            status = 0
        finally:
            os._exit(status)
    os.close(says)
    with open(heard) as file:
        told = frozenset(file.read().split())
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"{scenario}: the act failed"
    return told, os.WIFSIGNALED(status)


def _look_at(error: BaseException, what: str) -> None:
    """A refusal is one line for whoever asked for the act."""
    assert len(str(error).splitlines()) == 1, what


def _check(scenario: Scenario, root: Path, told: frozenset[str], what: str) -> None:
    try:
        scenario.check(root, told)
    except Exception as error:
        error.add_note(f"{scenario}: {what}; told {sorted(told)}; found {sorted(read_tree(root))}")
        raise


@contextmanager
def _laid_out(tree: Tree) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="crash-", dir=fast_folder()) as folder:
        root = Path(folder) / "home"
        write_tree(tree, root)
        yield root
