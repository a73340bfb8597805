"""How revocation lists reach a reader, as scenarios that may be interrupted anywhere, and what must hold then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from structlog.testing import capture_logs

from certs.errors import CertsError
from certs.home import Home
from certs.private_files import write_private
from certs.revocation import publishing
from certs.revocation.certificate_list import CertificateList
from certs.revocation.publishing import Publisher
from certs.revocation.revoked import RevocationReason
from certs.revocation.source import Refresh, RevocationSource
from tests.certs.conftest import Pki
from tests.support.crashes import Scenario, Tell
from tests.support.crashing_disk import Tree
from tests.support.revocation import authority_of, list_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVOKED = 4711


@cache
def pki() -> Pki:
    return Pki.make(NOW)


@cache
def lists() -> tuple[bytes, bytes]:
    """The list that was taken up, and the one that follows it and names one certificate more."""
    return list_of(pki()), list_of(pki(), REVOKED, number=2)


@cache
def one_taken_up() -> Tree:
    """A state folder whose reader has taken the first list up."""
    key = authority_of(pki(), pki().organisations).id
    seen = b'{"%s":{"number":"1","digest":"%s"}}' % (key.encode(), read(lists()[0]).digest.encode())
    return {
        "pki": None,
        "pki/crl": None,
        "pki/ocsp": None,
        "pki/crl/organisations.crl": lists()[0],
        "pki/crl/seen.json": seen,
    }


def read(data: bytes) -> CertificateList:
    judged = RevocationSource(Home(Path("/nowhere")), pki().trust, lambda: NOW).offer_list(data)
    assert isinstance(judged, CertificateList)
    return judged


def reader(root: Path) -> RevocationSource:
    return RevocationSource.of_home(Home(root), pki().trust, lambda: NOW)


def number_in(source: RevocationSource) -> int | None:
    """The number of the list that counts, ``None`` where none does."""
    found = source.current.state.lists.get(authority_of(pki(), pki().organisations).id)
    return found.number if found else None


def restore(root: Path) -> None:
    """What the runbook tells the operator to do, once the disk is well."""
    doubted = Home(root).revocation_lists / "seen.doubted.json"
    if is_doubted(root):
        doubted.rename(doubted.with_name("seen.json"))


def is_doubted(root: Path) -> bool:
    folder = Home(root).revocation_lists
    return (folder / "seen.doubted.json").exists() and not (folder / "seen.json").exists()


def _act(bring: Callable[[Path, Tell, RevocationSource], None]) -> Callable[[Path, Tell], None]:
    def act(root: Path, tell: Tell) -> None:
        restore(root)
        source = reader(root)
        with capture_logs() as logs:
            source.refresh()
            bring(root, tell, source)
            source.refresh()
        if any(entry.get("restart_guarded") is False for entry in logs):
            tell("unguarded")
        if any(entry["event"] == "revocation.not_kept" for entry in logs):
            tell("not-kept")
        if number_in(source) == 2:
            tell("taken-up")

    return act


def _install(root: Path, tell: Tell, _: RevocationSource) -> None:
    write_private(Home(root).revocation_list("organisations"), lists()[1])
    tell("installed")


def _fetch(_: Path, __: Tell, source: RevocationSource) -> None:
    assert isinstance(source.offer_list(lists()[1]), CertificateList)


def _check(root: Path, told: frozenset[str]) -> None:
    source = reader(root)
    before = _rolled_back(root) if "taken-up" in told and "unguarded" not in told else None
    was_doubted = is_doubted(root)
    if was_doubted:
        assert source.refresh() is Refresh.REFUSED
        assert number_in(source) is None
        restore(root)
        source = reader(root)
    source.refresh()
    # A fetched list that could not be written is fetched again; until then its number keeps the older one out.
    if "not-kept" in told and not was_doubted and "unguarded" not in told:
        assert number_in(source) in (None, 2)
    elif "not-kept" not in told:
        assert number_in(source) in ((2,) if "installed" in told else (1, 2))
    assert before in (None, 2)


def _rolled_back(root: Path) -> int | None:
    """What a reader that starts makes of the first list where the second should be."""
    kept = {path: path.read_bytes() for path in Home(root).revocation_lists.glob("*.crl")}
    for path in kept:
        path.write_bytes(lists()[0])
    source = reader(root)
    source.refresh()
    for path, data in kept.items():
        path.write_bytes(data)
    return number_in(source)


def _publisher(root: Path) -> Publisher:
    return Publisher(Home(root).revocation_list("organisations"), pki().organisations, pki().trust)


def _revoke(root: Path, tell: Tell) -> None:
    listed = _publisher(root).published()
    if listed is None or REVOKED not in listed.revoked:
        at = NOW + timedelta(seconds=1)
        publishing.revoke(_publisher(root), REVOKED, RevocationReason.KEY_COMPROMISE, at=at)
    tell("revoked")


def _check_revoked(root: Path, told: frozenset[str]) -> None:
    listed = _publisher(root).published()
    assert listed is not None
    assert REVOKED in listed.revoked or "revoked" not in told
    _revoke(root, lambda _: None)


REFUSALS = (OSError, CertsError)
SCENARIOS = (
    Scenario(name="install", prepare=one_taken_up, act=_act(_install), check=_check, refusals=REFUSALS),
    Scenario(name="fetch", prepare=one_taken_up, act=_act(_fetch), check=_check, refusals=REFUSALS),
    Scenario(name="revoke", prepare=one_taken_up, act=_revoke, check=_check_revoked, refusals=REFUSALS),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
