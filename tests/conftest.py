"""What every test may use: a state folder with the demonstration's certificates, made once a run."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from certs.demonstration_pki import ensure
from certs.home import Home


@pytest.fixture(scope="session")
def pki_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A state folder that holds certificates only. Tests read it and never write to it."""
    home = Home(tmp_path_factory.mktemp("home"))
    ensure(home, at=datetime.now(UTC))
    return home


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of the golden messages."""
    return Path(__file__).parent / "golden"
