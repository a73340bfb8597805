"""A real file system of one megabyte that can be filled up: where the tests may mount one."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_FILLER = "filler"


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """Where it is mounted."""

    root: Path

    def fill(self) -> None:
        """Leave no byte."""
        with (self.root / _FILLER).open("ab", buffering=0) as file:
            for size in (4096, 1):
                _until_full(lambda size=size: file.write(bytes(size)))  # type: ignore[misc]

    def use_up_names(self) -> None:
        """Leave no inode."""
        numbers = iter(range(10**6))
        _until_full(lambda: (self.root / f"{_FILLER}-{next(numbers)}").touch())

    def free(self) -> None:
        """Take away what filled it."""
        for path in self.root.glob(f"{_FILLER}*"):
            path.unlink()


def _until_full(step) -> None:  # type: ignore[no-untyped-def]
    while True:
        try:
            step()
        except OSError:
            return


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A tmpfs of 1 MB and some hundred inodes, gone afterwards."""
    if os.geteuid() != 0:
        pytest.skip("not root: NO REAL DISK WAS FILLED UP")
    root = tmp_path / "small-disk"
    root.mkdir()
    options = ["-t", "tmpfs", "-o", "size=1m,nr_inodes=200,mode=0700", "tmpfs", str(root)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here ({mounted.stderr.strip()}): NO REAL DISK WAS FILLED UP")
    try:
        yield SmallDisk(root)
    finally:
        subprocess.run(["umount", str(root)], check=True, capture_output=True)
