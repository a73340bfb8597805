"""Power cuts, kills and failing disks at every call of what officers and readers do: the old state or the new one."""

import errno
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from certs import private_files
from tests.support.crashes import (
    EVERY_ERROR,
    failing_at,
    survive_a_kill_and_a_power_cut,
    survive_failures,
    survive_kills,
    survive_power_cuts,
)
from tests.support.crashing_disk import CrashingDisk, Mark, no_syncs, power_cuts, write_tree
from tests.whitelist.crash_acts import (
    BY_NAME,
    SCENARIOS,
    approve,
    bring,
    draft,
    files_in,
    found,
    home_after,
    is_doubted,
    look,
    propose,
    publish,
    reader,
    stop,
    version_in,
)
from whitelist import source as source_module
from whitelist.document import PartnerStatus
from whitelist.errors import SeenVersionError, UnusableListError, WhitelistError
from whitelist.seen import SeenFile
from whitelist.source import Refresh

LONG = frozenset({"init", "sign-at-one-desk"})
EVERY_SCENARIO = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
LONG_ONES_LATER = pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, marks=pytest.mark.full) if one.name in LONG else one for one in SCENARIOS],
    ids=str,
)
SOME = pytest.mark.parametrize("scenario", [BY_NAME["approve"], BY_NAME["stop"]], ids=str)


@pytest.fixture(autouse=True)
def quiet():
    with capture_logs():
        yield


@EVERY_SCENARIO
def test_a_power_cut_leaves_the_old_state_or_the_new_one(scenario):
    assert survive_power_cuts(scenario).runs >= 5


@LONG_ONES_LATER
def test_kill_9_at_any_call_leaves_the_old_state_or_the_new_one(scenario):
    assert survive_kills(scenario).runs >= 9


@SOME
def test_what_a_killed_officer_began_and_another_confirmed_outlives_a_power_cut(scenario):
    survive_a_kill_and_a_power_cut(scenario)


@pytest.mark.full
@EVERY_SCENARIO
def test_whatever_was_killed_and_confirmed_afterwards_outlives_a_power_cut(scenario):
    survive_a_kill_and_a_power_cut(scenario)


@pytest.mark.parametrize("scenario", [BY_NAME[name] for name in ("draft", "publish", "stop", "take-up")], ids=str)
def test_a_call_that_fails_is_refused_in_one_line_and_leaves_nothing_half_done(scenario):
    survive_failures(scenario, thorough=False)


@pytest.mark.full
@EVERY_SCENARIO
def test_every_call_may_fail_with_every_error_once_or_for_good(scenario):
    survive_failures(scenario)


@pytest.mark.parametrize("forgotten", ["file", "folder", "new-folders"])
def test_the_power_cuts_notice_a_sync_that_is_left_out(forgotten, monkeypatch):
    """The control."""
    if forgotten == "file":
        monkeypatch.setattr(CrashingDisk, "_sync", _only_folders(CrashingDisk._sync))
    elif forgotten == "folder":
        monkeypatch.setattr(private_files, "sync_folder", lambda _: None)
    else:
        monkeypatch.setattr("whitelist.stop_folder.make_private_folder", lambda path: path.mkdir(exist_ok=True))
    with pytest.raises((AssertionError, WhitelistError)):
        survive_power_cuts(BY_NAME["stop"])


def _only_folders(sync):
    def forgetful(disk, descriptor):
        found = disk._open.get(descriptor)
        if found is None or found.file in disk._folders:
            sync(disk, descriptor)

    return forgetful


def test_a_reader_that_is_quicker_than_the_disk_is_never_locked_out(tmp_path):
    """It takes up a list that nobody has synced yet, and remembers it; then the power goes, and the list with it."""
    assert _states_with_a_quick_reader(tmp_path) > 20


def test_the_quick_reader_would_be_locked_out_if_it_did_not_sync_the_list_itself(tmp_path, monkeypatch):
    """The control."""
    monkeypatch.setattr(source_module, "make_durable", lambda _: None)
    with pytest.raises(UnusableListError, match=r"is refused: whitelist.rollback"):
        _states_with_a_quick_reader(tmp_path)


def _states_with_a_quick_reader(tmp_path: Path) -> int:
    start, states = home_after(found, look, draft, propose, approve), 0
    for behind in range(1, 4):
        root = tmp_path / f"publishing-{behind}"
        write_tree(start, root)
        with CrashingDisk(root) as disk:
            disk.before = _reads_behind_the_rename(disk, root, behind)
            publish(files_in(root))
        seen_at = next(at for at, one in enumerate(disk.operations) if isinstance(one, Mark))
        for found_one in power_cuts(disk, since=seen_at, at_random=4):
            states += 1
            left = tmp_path / f"left-{behind}-{states}"
            write_tree(found_one.tree, left)
            with no_syncs():
                assert version_in(left) in (1, 2)
    return states


def _reads_behind_the_rename(disk: CrashingDisk, root: Path, behind: int):
    """Has a reader look, so many calls behind that which puts the list in its place."""
    calls = iter(range(100))

    def before(_: int, __: str) -> None:
        published = (root / "whitelist" / "whitelist.jws").read_bytes() != start_list
        if published and next(calls) == behind:
            disk.before = None
            disk.mark("looks")
            assert reader(root).refresh() is Refresh.TAKEN_UP

    start_list = (root / "whitelist" / "whitelist.jws").read_bytes()
    return before


@pytest.fixture
def home(tmp_path):
    """A state folder in which a reader has taken version 1 up, with its reader."""
    root = tmp_path / "home"
    write_tree(home_after(found, look), root)
    running = reader(root)
    assert running.refresh() is Refresh.TAKEN_UP
    return root, running


@pytest.mark.parametrize("code", EVERY_ERROR, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("first", range(2, 12))
def test_a_newer_list_counts_whatever_the_disk_does_and_is_kept_once_it_can_be(home, code, first):
    root, running = home
    bring_next(root)
    with CrashingDisk(root, failing_at(first, code, for_good=True)):
        assert running.refresh() is Refresh.TAKEN_UP
        assert running.current.whitelist.partner("samu-rhone").status is PartnerStatus.SUSPENDED
        assert _kept(root) in (None, 2) or code in (errno.EIO, errno.EROFS)
    wait_out(running)
    running.refresh()
    assert _kept(root) == 2
    assert not is_doubted(root)


def bring_next(root: Path) -> None:
    """Version 2, as it comes from another machine."""
    write = home_after(found, look, bring)["whitelist/whitelist.jws"]
    assert write is not None
    fresh = files_in(root).published.with_suffix(".new")
    fresh.write_bytes(write)
    fresh.rename(files_in(root).published)


def wait_out(running) -> None:
    """Let the next look try again at once."""
    if running._seen._again_at_s is not None:
        running._seen._again_at_s = 0.0


def _kept(root: Path) -> int | None:
    """The version that a process starting now would go by; ``None`` where it would let nobody in."""
    try:
        newest = SeenFile(files_in(root).seen).newest()
    except SeenVersionError:
        return None
    return newest.number if newest else 0


def test_a_disk_that_is_full_is_told_once_and_once_more_when_it_is_well(home):
    root, running = home
    bring_next(root)
    with capture_logs() as logs, CrashingDisk(root, failing_at(3, errno.ENOSPC, for_good=True)):
        running.refresh()
        for _ in range(3):
            wait_out(running)
            running.refresh()
    wait_out(running)
    with capture_logs() as later:
        running.refresh()
        running.refresh()
    told = [entry for entry in logs if entry["event"].startswith("whitelist.seen")]
    assert [(one["event"], one["version"], one["restart_guarded"]) for one in told] == [
        ("whitelist.seen_not_kept", 2, True)
    ]
    assert [entry["event"] for entry in later] == ["whitelist.seen_kept"]


def test_an_older_list_does_not_come_back_while_the_disk_is_full(home):
    root, running = home
    older = files_in(root).published.read_bytes()
    bring_next(root)
    with CrashingDisk(root, failing_at(3, errno.ENOSPC, for_good=True)):
        running.refresh()
        files_in(root).published.write_bytes(older)
        assert running.refresh() is Refresh.REFUSED
        assert running.current.version == 2
        assert reader(root).refresh() is Refresh.REFUSED


def test_officers_stop_a_partner_although_what_was_seen_is_doubted(home):
    root, running = home
    SeenFile(files_in(root).seen).doubt()
    stop(files_in(root))
    running.refresh()
    assert [one.stop.partner for one in running.current.stops] == ["samu-rhone"]
    assert SeenFile(files_in(root).seen).all().stops


def test_a_reader_whose_folder_is_read_only_takes_lists_up_all_the_same(tmp_path):
    root = tmp_path / "home"
    write_tree(home_after(found), root)
    running = reader(root)
    with CrashingDisk(root, failing_at(-1, errno.EROFS, for_good=True)):
        assert running.refresh() is Refresh.TAKEN_UP
    bring_next(root)
    with CrashingDisk(root, failing_at(-1, errno.EROFS, for_good=True)):
        assert running.refresh() is Refresh.TAKEN_UP
        assert running.current.version == 2


def test_a_lock_that_nobody_lets_go_of_delays_no_revocation(home):
    root, running = home
    bring_next(root)
    with private_files.exclusive(files_in(root).seen.with_name(".seen.json.lock")):
        assert running.refresh() is Refresh.TAKEN_UP
        assert running.current.version == 2
        assert is_doubted(root)
    wait_out(running)
    running.refresh()
    assert _kept(root) == 2
