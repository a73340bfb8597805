"""THREAT_MODEL.md names tests that exist, and every threat has one."""

import re

import pytest

from tests.support.documents import ROOT, read

THREATS = read("THREAT_MODEL.md")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", THREATS.text)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)


def test_every_threat_says_what_holds_and_which_test_shows_it() -> None:
    for threat, holds, test in THREATS.table("threat"):
        assert threat, test
        assert holds, threat
        assert re.search(r"`tests/[\w/]+\.py::test_\w+`", test), threat


def test_every_gap_says_which_work_covers_it() -> None:
    for gap in THREATS.table("gap"):
        assert all(gap), gap
