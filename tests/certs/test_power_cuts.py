"""Power cuts, kills and failing disks while a revocation list is brought: the old one or the new one, never none."""

import errno

import pytest
from structlog.testing import capture_logs

from certs import settled_files
from certs.revocation.source import Refresh
from tests.certs.crash_acts import BY_NAME, SCENARIOS, lists, number_in, one_taken_up, reader
from tests.support.crashes import (
    EVERY_ERROR,
    failing_at,
    survive_a_kill_and_a_power_cut,
    survive_failures,
    survive_kills,
    survive_power_cuts,
)
from tests.support.crashing_disk import CrashingDisk, write_tree

EVERY_SCENARIO = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)


@pytest.fixture(autouse=True)
def quiet():
    with capture_logs():
        yield


@EVERY_SCENARIO
def test_a_power_cut_leaves_the_old_list_or_the_new_one(scenario):
    assert survive_power_cuts(scenario).runs >= 10


@EVERY_SCENARIO
def test_kill_9_at_any_call_leaves_the_old_list_or_the_new_one(scenario):
    assert survive_kills(scenario).runs >= 20


@EVERY_SCENARIO
def test_what_was_killed_and_done_again_outlives_a_power_cut(scenario):
    survive_a_kill_and_a_power_cut(scenario)


@EVERY_SCENARIO
def test_a_call_that_fails_leaves_nothing_half_done(scenario):
    survive_failures(scenario, thorough=False)


@pytest.mark.full
@EVERY_SCENARIO
def test_every_call_may_fail_with_every_error_once_or_for_good(scenario):
    survive_failures(scenario)


def test_the_power_cuts_notice_a_list_that_is_remembered_before_it_is_sure_to_stay(monkeypatch):
    """The control: brought by a rename that nobody syncs."""
    monkeypatch.setattr("certs.private_files.sync_folder", lambda _: None)
    monkeypatch.setattr(settled_files, "sync_folder", lambda _: None)
    with pytest.raises(AssertionError):
        survive_power_cuts(BY_NAME["install"])


@pytest.mark.parametrize("code", EVERY_ERROR, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("first", range(12))
def test_a_fetched_list_counts_whatever_the_disk_does_and_is_kept_once_it_can_be(tmp_path, code, first):
    root = tmp_path / "home"
    write_tree(one_taken_up(), root)
    running = reader(root)
    running.refresh()
    with CrashingDisk(root, failing_at(first, code, for_good=True)):
        running.offer_list(lists()[1])
        assert number_in(running) == 2
        running.refresh()
        assert number_in(running) == 2
    running.refresh()
    started = reader(root)
    assert started.refresh() is Refresh.TAKEN_UP
    assert number_in(started) == 2
