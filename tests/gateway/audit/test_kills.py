"""kill -9 at random moments: the log opens again, holds, and has every acknowledged record once."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from certs.audit.inbox import AuditFiles
from certs.audit.verifying import verify
from certs.home import Home
from gateway.audit.log import AuditLog
from gateway.audit.stored import records, stored_log
from tests.gateway.audit.killed_writer import BOUNDS

ROOT = Path(__file__).parents[3]


def survive(folder: Path, kills: int, seed: str) -> None:
    command = [sys.executable, "-m", "tests.gateway.audit.killed_writer", str(folder), str(kills), seed]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    files = AuditFiles(Home(folder))
    AuditLog.open(files, name="passerelle.test", version="1", bounds=BOUNDS).close()
    with stored_log(files.folder) as log:
        report = verify(log.segments(), log.notes(), log.key())
        found = [record for segment in log.segments() for record in records(segment)]
    assert report.holds, report
    assert report.signed_up_to == report.last == len(found)
    recorded = Counter(str(record.event["question"]) for record in found if record.kind == "decision.taken")
    # A kill may cut the last word of a run short: what is left of it is no question, or an earlier one of that run.
    acknowledged = re.findall(r"^q\d+-\d+$", (folder / "acknowledged").read_text(), re.MULTILINE)
    assert len(acknowledged) > kills
    assert set(acknowledged) <= set(recorded)
    assert set(recorded.values()) == {1}


@pytest.mark.timeout(300)
def test_two_hundred_kills_lose_no_acknowledged_record(tmp_path):
    """With those at every call (``test_power_cuts.py`` here, of whitelist and ``certs``) and of publishing, 778."""
    survive(tmp_path, 200, "steady")


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(10))
def test_six_thousand_kills_lose_no_acknowledged_record(tmp_path, part):
    """With those of publishing (``tests/whitelist/test_kills.py``) ten thousand."""
    survive(tmp_path, 600, f"part-{part}")
