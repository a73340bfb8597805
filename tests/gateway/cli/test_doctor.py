"""``ror doctor``: every check has a line, and nothing that is broken breaks the doctor."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from certs.home import Home
from gateway.cli.doctor import State, findings
from whitelist.files import WhitelistFiles

NOW = datetime.now(UTC)


def states(home: Home, now: datetime = NOW) -> dict[str, State]:
    return {finding.subject: finding.state for finding in findings(home, now)}


@pytest.fixture
def home(pki_home: Home, tmp_path: Path) -> Home:
    """A copy of the demonstration's state that a test may spoil."""
    copy = Home(tmp_path / "home")
    for path in pki_home.root.rglob("*"):
        target = copy.root / path.relative_to(pki_home.root)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            target.chmod(0o600)
    return copy


def test_a_sound_state_folder_is_good(home: Home) -> None:
    found = states(home)

    assert {found[subject] for subject in ("certificates", "whitelist", "rights")} == {State.GOOD}


def test_nothing_there_yet_is_a_warning_and_no_fault(tmp_path: Path) -> None:
    assert states(Home(tmp_path / "nowhere"))["state folder"] is State.WARNING


def test_a_key_that_others_can_read_is_bad(home: Home) -> None:
    home.leaf("gateway-server").key.chmod(0o644)

    assert states(home)["rights"] is State.BAD


def test_a_damaged_certificate_is_told_and_does_not_stop_the_rest(home: Home) -> None:
    home.leaf("gateway-server").certificate.write_bytes(b"-----BEGIN nonsense")

    found = states(home)

    assert found["certificates"] is State.BAD
    assert found["whitelist"] is State.GOOD


def test_certificates_and_a_list_that_have_run_out_are_told_apart_from_what_is_bad(home: Home) -> None:
    found = states(home, NOW.replace(year=NOW.year + 10))

    assert (found["certificates"], found["whitelist"]) == (State.EXPIRED, State.EXPIRED)


def test_a_list_that_is_not_authentic_is_bad(home: Home) -> None:
    published = home.whitelist_published
    published.write_bytes(published.read_bytes().replace(b'"payload":"', b'"payload":"A', 1))

    assert states(home)["whitelist"] is State.BAD


def test_a_folder_without_officers_is_bad(home: Home) -> None:
    WhitelistFiles(home).trust.unlink()

    assert states(home)["whitelist"] is State.BAD
