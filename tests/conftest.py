"""What every test may use: the golden messages, and state folders with the demonstration's trust material."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from certs.demonstration_pki import ensure as ensure_certificates
from certs.home import Home
from whitelist.demonstration import PKI_PARTNERS
from whitelist.demonstration import ensure as ensure_whitelist

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")
"""The same examples each time: a test fails with the change that broke it. `make test-full` explores others."""

pytest_plugins = [
    "tests.support.scripted_node",
    "tests.support.served_gateway",
    "tests.support.proxied_gateway",
    "tests.support.seventeen",
    "tests.support.small_disks",
]


@pytest.fixture(scope="session")
def pki_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A state folder with certificates and whitelist. Tests read it and never write to it."""
    home = Home(tmp_path_factory.mktemp("home"))
    now = datetime.now(UTC)
    ensure_certificates(home, at=now, partners=PKI_PARTNERS)
    ensure_whitelist(home, at=now)
    return home


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of the golden messages."""
    return Path(__file__).parent / "golden"
