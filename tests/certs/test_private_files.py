"""Private files: modes, and the old or the new content but never a mixture."""

import os
import stat

import pytest

from certs.private_files import is_private, make_private_folder, write_private


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_files_and_folders_are_their_owners_alone(tmp_path):
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    write_private(folder / "key", b"secret")
    assert mode_of(folder) == mode_of(folder.parent) == 0o700
    assert mode_of(folder / "key") == 0o600
    assert is_private(folder)
    assert is_private(folder / "key")


def test_a_folder_that_exists_keeps_its_mode(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    make_private_folder(shared)
    assert mode_of(shared) == 0o755
    assert not is_private(shared)


def test_an_open_file_becomes_private_when_written_anew(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode_of(path) == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "key"
    write_private(path, b"old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    target = tmp_path / "elsewhere"
    target.write_bytes(b"theirs")
    (tmp_path / "key").symlink_to(target)
    write_private(tmp_path / "key", b"ours")
    assert target.read_bytes() == b"theirs"
    assert not (tmp_path / "key").is_symlink()
