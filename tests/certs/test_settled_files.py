"""Files read while others replace or write them."""

import os

import pytest

from certs.settled_files import read_settled


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "list"
    path.write_bytes(b"old")
    return path


def when_stated(monkeypatch, act):
    """Do something each time a file that is open is looked at."""
    real = os.fstat

    def fstat(descriptor):
        found = real(descriptor)
        act()
        return found

    monkeypatch.setattr(os, "fstat", fstat)


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(path, monkeypatch):
    """A rename over it changes the open file's own stamp, which is no sign that anybody writes it."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(b"new")
    when_stated(monkeypatch, lambda: os.replace(fresh, path) if fresh.exists() else None)
    stamp, data = read_settled(path, 100)
    assert (data, stamp.inode) == (b"new", path.stat().st_ino)


def test_a_file_that_keeps_changing_is_refused(path, monkeypatch):
    def grow():
        with path.open("ab") as file:
            file.write(b"x")

    when_stated(monkeypatch, grow)
    with pytest.raises(OSError, match="it is being written"):
        read_settled(path, 10_000)


def test_a_file_is_read_up_to_one_byte_more_than_is_allowed(path):
    assert read_settled(path, 1)[1] == b"ol"
