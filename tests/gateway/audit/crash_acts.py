"""What is done to an audit log, as scenarios that may be interrupted anywhere, and what must hold afterwards."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from certs.audit.heads import cosign
from certs.audit.inbox import AuditFiles, hand_in
from certs.audit.keys import KeyUse, PrivateKey
from certs.audit.verifying import verify
from certs.home import Home
from gateway.audit.aside import NOTE_FILE, finish_setting_aside, set_aside
from gateway.audit.bounds import AuditBounds
from gateway.audit.disk import FolderDisk
from gateway.audit.errors import AuditUnavailableError
from gateway.audit.inbox_reading import InboxReader
from gateway.audit.journal import Journal
from gateway.audit.log import take_up_slips
from gateway.audit.log_key import log_key
from gateway.audit.stored import records, stored_log
from ror.audit.events import LogRead
from ror.audit.record import Record
from tests.support.audit_logs import decision, ticking
from tests.support.crashes import Scenario, Tell
from tests.support.crashing_disk import Tree, no_syncs, read_tree, write_tree

NAME = "passerelle.test"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SMALL = AuditBounds(segment_bytes=2500, head_records=4, head_s=1000.0)
READER = LogRead(command="tail", account=0)


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A log that is being written, without a thread."""

    journal: Journal
    inbox: InboxReader
    disk: FolderDisk


@contextmanager
def opened(root: Path) -> Iterator[OpenLog]:
    """Open the log as a service does, or begin it."""
    files = AuditFiles(Home(root))
    disk = FolderDisk(files.folder)
    try:
        finish_setting_aside(files, disk, ticking())
        journal = Journal(disk, log_key(disk, files.folder, NAME), SMALL, ticking())
        yield OpenLog(journal, InboxReader(files.inbox, ticking()), disk)
    finally:
        disk.close()


def recorded(folder: Path) -> list[Record]:
    """Every record of the log there, which must hold."""
    with stored_log(folder) as log:
        report = verify(log.segments(), log.notes(), log.key())
        found = [record for segment in log.segments() for record in records(segment)]
    assert report.holds, report
    assert None not in found
    return [record for record in found if record is not None]


def questions(folder: Path) -> list[str]:
    return [str(one.event["question"]) for one in recorded(folder) if "question" in one.event]


def folder_of(root: Path) -> Path:
    return AuditFiles(Home(root)).folder


def write(root: Path, tell: Tell, sizes: tuple[int, ...] = (1, 3, 2, 4)) -> None:
    """Open the log and write batches of these sizes; heads and new segments come as they are due."""
    with opened(root) as log:
        number = len(questions(folder_of(root)))
        for size in sizes:
            log.journal.commit([decision(number + at) for at in range(size)])
            number += size
            tell(f"acknowledged-{number}")
            log.journal.tend()
        log.journal.sign_head()


@cache
def log_after(*steps: Callable[[Path], object]) -> Tree:
    """A state folder in which these steps were taken one after the other, from nothing."""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, no_syncs():
        root = Path(folder) / "home"
        write_tree(log_after(*steps[:-1]) if steps else {}, root)
        for step in steps[-1:]:
            step(root)
        return read_tree(root)


def written(root: Path) -> None:
    write(root, lambda _: None)


def torn(root: Path) -> None:
    """What a power cut leaves: half a batch, half a head."""
    segment = max(folder_of(root).glob("*.jsonl"))
    with segment.open("ab") as file:
        file.write(b'{"seq":' + bytes(200))
    with (folder_of(root) / segment.with_suffix(".heads").name).open("ab") as file:
        file.write(b'"passerelle')


def _begin(root: Path, tell: Tell) -> None:
    with opened(root) as log:
        tell(f"begun-{log.journal.head.text.splitlines()[0].replace(' ', '')}")


def _check_begun(root: Path, told: frozenset[str]) -> None:
    with opened(root) as log:
        name = f"begun-{log.journal.head.text.splitlines()[0].replace(' ', '')}"
    assert told <= {name}
    check_written(root, frozenset())


def _witnessed(root: Path, tell: Tell) -> None:
    with opened(root) as log:
        log.journal.commit([decision(len(questions(folder_of(root))))])
        log.journal.sign_head()
        head = log.journal.head
        witness = PrivateKey.generate("ror-ara.test/witness", KeyUse.WITNESS)
        log.journal.add_signatures(head.with_signatures([cosign(head, witness, NOW)]))
        tell("witnessed")


def _check_witnessed(root: Path, told: frozenset[str]) -> None:
    with opened(root) as log:
        assert len(log.journal.head.signatures) == 2 or "witnessed" not in told
    check_written(root, frozenset())


def check_written(root: Path, told: frozenset[str]) -> None:
    """It opens, holds, has what was acknowledged, each once and in order, and goes on."""
    least = max((int(one.removeprefix("acknowledged-")) for one in told if one.startswith("ack")), default=0)
    with opened(root):
        found = questions(folder_of(root))
    assert len(found) >= least, (len(found), least)
    write(root, lambda _: None, (2, 1))
    assert questions(folder_of(root)) == [f"q{number}" for number in range(len(found) + 3)]


def _hand_in_and_take_up(root: Path, tell: Tell) -> None:
    files = AuditFiles(Home(root))
    with opened(root) as log:
        for _ in range(3):
            for _ in range(2):
                tell(f"slip-{hand_in(files, READER, NOW)}")
            while entries := log.inbox.entries(log.journal.slips, most_bytes=2**20):
                log.journal.commit(entries)
                log.inbox.remove(entries)
            log.journal.tend(may_begin=log.inbox.is_settled)


def _check_slips(root: Path, told: frozenset[str]) -> None:
    files = AuditFiles(Home(root))
    with opened(root):
        pass
    take_up_slips(files, now=ticking())
    found = Counter(record.slip for record in recorded(files.folder) if record.slip is not None)
    assert {one.removeprefix("slip-") for one in told} <= set(found)
    assert set(found.values()) <= {1}
    assert not list(files.inbox.glob("*.slip"))


def _set_aside(root: Path, tell: Tell) -> None:
    under_way = (folder_of(root) / NOTE_FILE).exists()
    if under_way or recorded(folder_of(root))[0].kind != "log.set-aside":
        set_aside(AuditFiles(Home(root)), name=NAME, now=ticking())
    tell("aside")


def _check_set_aside(root: Path, told: frozenset[str]) -> None:
    with opened(root):
        here = recorded(folder_of(root))
    places = list((folder_of(root) / "aside").glob("*"))
    if here[0].kind == "log.set-aside":
        (place,) = places
        assert [one.kind for one in here] == ["log.set-aside"]
        assert here[0].event["finding"] == "none"
        assert len(questions(place)) == 10
    else:
        assert "aside" not in told
        assert all(not list(place.iterdir()) for place in places)
        assert len(questions(folder_of(root))) == 10
    assert not (folder_of(root) / NOTE_FILE).exists()
    with opened(root) as log:
        log.journal.commit([decision(10)])
    recorded(folder_of(root))


REFUSALS = (AuditUnavailableError, OSError)
SCENARIOS = (
    Scenario(name="begin", prepare=lambda: log_after(), act=_begin, check=_check_begun, refusals=REFUSALS),
    Scenario(name="write", prepare=lambda: log_after(written), act=write, check=check_written, refusals=REFUSALS),
    Scenario(
        name="recover", prepare=lambda: log_after(written, torn), act=write, check=check_written, refusals=REFUSALS
    ),
    Scenario(
        name="witness",
        prepare=lambda: log_after(written),
        act=_witnessed,
        check=_check_witnessed,
        refusals=REFUSALS,
    ),
    Scenario(
        name="slips",
        prepare=lambda: log_after(written),
        act=_hand_in_and_take_up,
        check=_check_slips,
        refusals=REFUSALS,
    ),
    Scenario(
        name="set-aside",
        prepare=lambda: log_after(written),
        act=_set_aside,
        check=_check_set_aside,
        refusals=REFUSALS,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
