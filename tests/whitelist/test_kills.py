"""kill -9 at random moments of publishing, with a reader beside: whole versions going up, and what was told holds."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.crashes import fast_folder

ROOT = Path(__file__).parents[2]


def survive(kills: int, seed: str) -> None:
    with tempfile.TemporaryDirectory(prefix="kills-", dir=fast_folder()) as folder:
        command = [sys.executable, "-m", "tests.whitelist.killed_publisher", folder, str(kills), seed]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.timeout(300)
def test_a_hundred_kills_of_publishing_show_whole_versions_only():
    survive(100, "steady")


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(10))
def test_four_thousand_kills_of_publishing_show_whole_versions_only(part):
    survive(400, f"part-{part}")
