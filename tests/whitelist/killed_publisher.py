"""Kills whoever publishes, again and again, while a reader looks: a program, so that each fork is of a warm parent.

``python -m tests.whitelist.killed_publisher FOLDER KILLS SEED`` publishes version after version into a state folder
that it makes there, and ends with 0 and a line of figures if nobody ever saw anything but whole versions going up.
"""

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog

from certs.home import Home
from tests.support.crashing_disk import write_tree
from tests.whitelist.crash_acts import LATER, NOW, PARTNER, approve, home_after, look, propose, publish
from tests.whitelist.crash_acts import found as found_officers
from whitelist import office
from whitelist.files import WhitelistFiles
from whitelist.history import versions
from whitelist.source import Refresh, WhitelistSource
from whitelist.verdict import Verified

_WARM_UP = 3


def forked(act: Callable[[], None]) -> int:
    """Do it in a child; its id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)
    return child


def read_on(files: WhitelistFiles) -> None:
    """Look until SIGTERM, each tenth time as a process that starts anew; versions only go up."""
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    newest, looks = 0, 0
    source = WhitelistSource.of_home(files.home, lambda: LATER)
    while not ended:
        looks += 1
        if looks % 10 == 0:
            source = WhitelistSource.of_home(files.home, lambda: LATER)
        outcome = source.refresh()
        assert outcome in (Refresh.TAKEN_UP, Refresh.UNCHANGED), outcome
        assert source.current is not None
        assert source.current.version >= newest, (source.current.version, newest)
        newest = source.current.version
        time.sleep(0.002)


def put_next_forward(files: WhitelistFiles, number: int) -> None:
    """Have the next version lie there, approved by both officers."""
    office.change_draft(files, NOW, lambda draft: draft.with_changed(_named(draft.partner(PARTNER), number)))
    propose(files)
    approve(files)


def _named(partner, number):  # type: ignore[no-untyped-def]
    return replace(partner, name=f"SAMU {number}")


def version_in(files: WhitelistFiles) -> int:
    """The version in force, which must hold."""
    verdict = office.judge_published(files, LATER)
    assert isinstance(verdict, Verified), verdict
    return verdict.whitelist.version


def killed(files: WhitelistFiles, delay_s: float | None) -> bool:
    """Publish in a child, and kill it after so long, ``None``: never; whether it had said that it was done."""
    heard, says = os.pipe()

    def act() -> None:
        publish(files)
        os.write(says, b"!")

    child = forked(act)
    os.close(says)
    if delay_s is not None:
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    was_told = os.read(heard, 1) == b"!"
    os.close(heard)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "publishing failed"
    return was_told


def main() -> int:
    """Kill so many times; see the module."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    root, kills, chance = Path(sys.argv[1]) / "home", int(sys.argv[2]), random.Random(sys.argv[3])
    write_tree(home_after(found_officers, look), root)
    files = WhitelistFiles(Home(root))
    reader = forked(lambda: read_on(files))
    version, told, began, span_s = 1, 0, time.monotonic(), 0.0
    put_next_forward(files, 2)
    for run in range(kills + _WARM_UP):
        began_s = time.monotonic()
        was_told = killed(files, None if run < _WARM_UP else chance.uniform(0.0, span_s))
        if run < _WARM_UP:
            span_s = max(span_s, 1.2 * (time.monotonic() - began_s))
        found = version_in(files)
        assert found == version + 1 if was_told else found in (version, version + 1), (found, version, was_told)
        told += was_told
        if found > version:
            put_next_forward(files, found + 1)
        version = found
    os.kill(reader, signal.SIGTERM)
    _, status = os.waitpid(reader, 0)
    assert status == 0, "the reader saw what it should not"
    assert set(range(1, version)) <= set(versions(files)), "a version is missing in the history"
    print(f"{kills} kills, {version - 1} versions, {told} told, {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
