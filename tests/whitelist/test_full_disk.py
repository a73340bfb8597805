"""A real disk that is full: an act is refused in one line, a revocation counts all the same."""

import pytest
from structlog.testing import capture_logs

from tests.support.crashing_disk import write_tree
from tests.whitelist.crash_acts import (
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
from whitelist.errors import StorageError
from whitelist.source import Refresh


@pytest.fixture
def full(small_disk):
    """A folder on a disk in which the next version waits to be published; the disk, to be filled."""
    root = small_disk.root / "home"
    write_tree(home_after(found, look, draft, propose, approve), root)
    return root, small_disk


@pytest.mark.parametrize("lack", ["bytes", "inodes"])
@pytest.mark.parametrize("act", [publish, stop])
def test_an_act_on_a_full_disk_is_refused_and_succeeds_once_there_is_room(full, lack, act):
    root, disk = full
    disk.fill() if lack == "bytes" else disk.use_up_names()
    with pytest.raises(StorageError, match="No space left on device"):
        act(files_in(root))
    assert not list(root.rglob("*.tmp"))
    disk.free()
    assert version_in(root) == 1
    act(files_in(root))
    assert version_in(root) == (2 if act is publish else 1)


@pytest.mark.parametrize("lack", ["bytes", "inodes"])
def test_a_reader_on_a_full_disk_takes_a_revocation_up_and_is_on_guard(small_disk, lack):
    root = small_disk.root / "home"
    write_tree(home_after(found, look), root)
    running = reader(root)
    running.refresh()
    newer = home_after(found, look, bring)["whitelist/whitelist.jws"]
    files_in(root).published.write_bytes(newer)
    small_disk.fill() if lack == "bytes" else small_disk.use_up_names()

    with capture_logs() as logs:
        assert running.refresh() is Refresh.TAKEN_UP

    assert running.current.version == 2
    assert [entry["restart_guarded"] for entry in logs if entry["event"] == "whitelist.seen_not_kept"] == [True]
    assert is_doubted(root)
    assert reader(root).refresh() is Refresh.REFUSED
    small_disk.free()
    running._seen._again_at_s = 0.0
    running.refresh()
    assert version_in(root) == 2
