"""What officers and readers do, as scenarios that may be interrupted anywhere, and what must hold afterwards."""

import contextlib
import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from structlog.testing import capture_logs

from certs.audit.inbox import AuditFiles, read_slip, waiting
from certs.home import Home
from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from tests.support.crashes import Scenario, Tell
from tests.support.crashing_disk import Tree, no_syncs, read_tree, write_tree
from whitelist import approvals, emergency, office
from whitelist.chronicle import entry_of
from whitelist.document import Partner, PartnerKind, PartnerStatus
from whitelist.draft import Draft
from whitelist.errors import (
    AlreadyInitialisedError,
    ApprovalError,
    NoDraftError,
    NoProposalError,
    ProposalStandsError,
    SeenVersionError,
    StaleDraftError,
    StorageError,
)
from whitelist.files import WhitelistFiles, exclusive
from whitelist.history import versions
from whitelist.perimeter import FRANCE
from whitelist.source import Refresh, WhitelistSource
from whitelist.stops import StopKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PARTNER = "samu-rhone"
ISSUER = DistinguishedName.parse(
    "CN=DEMO AC INTER-ROR ORGANISATIONS,OU=0002 000000000,O=INTER-ROR DEMONSTRATION,C=FR"
)
Step = Callable[[WhitelistFiles], object]


def partner(id_: str = PARTNER) -> Partner:
    return Partner(
        id=id_,
        name="SAMU du Rhône",
        kind=PartnerKind.APPLICATION,
        spki=hashlib.sha256(id_.encode()).hexdigest(),
        issuer=ISSUER,
        subject=DistinguishedName.of(CN=f"APP {id_}", OU="300000201400017", O="DEMO", ST="Rhône (69)", C="FR"),
        home_ror="ara",
        perimeter=FRANCE,
        transactions=(Transaction.SEARCH,),
        allowed_profiles=(ProfileCode.CU22,),
        default_profile=ProfileCode.CU22,
        valid_from=NOW - timedelta(days=10),
        valid_to=NOW + timedelta(days=10),
    )


@cache
def home_after(*steps: Step) -> Tree:
    """A state folder in which these steps were taken one after the other, from nothing."""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, no_syncs():
        files = files_in(Path(folder) / "home")
        write_tree(home_after(*steps[:-1]) if steps else {"audit": None}, files.home.root)
        for step in steps[-1:]:
            step(files)
        return read_tree(files.home.root)


def found(files: WhitelistFiles) -> None:
    office.found(files, environment="test", officers=("officer-1", "officer-2"), threshold=2)
    publish_at_once(files, lambda draft: draft.with_partner(partner()))


def publish_at_once(files: WhitelistFiles, change: Callable[[Draft], Draft], at: datetime = NOW) -> None:
    keys = office.keys_here(files, office.base_of(files, at).officers)
    office.publish_changed(files, keys, at, change)


def draft(files: WhitelistFiles) -> None:
    office.change_draft(files, NOW, lambda known: known.with_suspended(PARTNER, "suspendu"))


def propose(files: WhitelistFiles) -> None:
    keys = approvals.author_keys(files, "officer-1", NOW)
    approvals.propose(files, keys, NOW, reason="suspendu")


def approve(files: WhitelistFiles) -> None:
    proposal, _ = approvals.proposal_of(files, NOW)
    keys = approvals.approver_keys(files, "officer-2", NOW)
    approvals.approve_proposal(files, keys, NOW, difference=proposal.difference.digest)


def publish(files: WhitelistFiles) -> None:
    approvals.publish_proposal(files, NOW)


def look(files: WhitelistFiles) -> None:
    WhitelistSource.of_home(files.home, lambda: LATER).refresh()


def bring(files: WhitelistFiles) -> None:
    """Version 2 was published on another machine and lies here now; version 1 is the last that was seen."""
    there = home_after(found, look, draft, propose, approve, publish)
    data, older = there["whitelist/whitelist.jws"], there["whitelist/history/1.jws"]
    assert data is not None
    assert older is not None
    files.published.write_bytes(data)
    (files.home.root / "older.jws").write_bytes(older)


def stop(files: WhitelistFiles) -> None:
    key = office.read_officer_key(files, "officer-1", office.base_of(files, NOW).officers)
    emergency.stop_partner(
        files, key, office.base_of(files, NOW), NOW, partner_id=PARTNER, kind=StopKind.REVOKE, reason="volé", hours=24
    )


def files_in(root: Path) -> WhitelistFiles:
    return WhitelistFiles(Home(root))


def version_in(root: Path) -> int:
    """The version in force, once everything there was found whole by its real readers, without anybody's help."""
    files = files_in(root)
    base = office.base_of(files, LATER)
    assert base.whitelist is not None
    number = base.whitelist.version
    source = reader(root)
    if is_doubted(root):
        assert source.refresh() is Refresh.REFUSED
        assert source.current is None
    else:
        assert source.refresh() is Refresh.TAKEN_UP
        assert source.current is not None
        assert source.current.version == number
    assert all(_is_whole(files, one, files.version(one).read_bytes()) for one in versions(files))
    assert all(read_slip(path)[1] is not None for path in waiting(AuditFiles(files.home).inbox))
    office.draft_or_new(files, base)
    return number


_WHOLE: set[tuple[int, bytes]] = set()


def _is_whole(files: WhitelistFiles, number: int, data: bytes) -> bool:
    """Whether a version of the history holds; each is verified once."""
    if (number, data) not in _WHOLE and entry_of(files, number, LATER).flaw is None:
        _WHOLE.add((number, data))
    return (number, data) in _WHOLE


def is_doubted(root: Path) -> bool:
    """Whether more was taken up than the disk could keep, so that nobody may start from what it kept."""
    return not files_in(root).seen.exists() and _doubted(root).exists()


def _doubted(root: Path) -> Path:
    return files_in(root).seen.with_name("seen.doubted.json")


def _restore(root: Path) -> None:
    """What the runbook tells the operator to do, once the disk is well."""
    if is_doubted(root):
        _doubted(root).rename(files_in(root).seen)


def reader(root: Path) -> WhitelistSource:
    return WhitelistSource.of_home(Home(root), lambda: LATER)


def proposed(root: Path) -> int | None:
    """How many have signed what is put forward; ``None`` where nothing is, or it is over."""
    try:
        return len(approvals.proposal_of(files_in(root), LATER)[0].signers)
    except (NoProposalError, StaleDraftError):
        return None


def status(root: Path) -> PartnerStatus:
    """What a gateway that starts now makes of the partner."""
    source = reader(root)
    source.refresh()
    assert source.current is not None
    (running,) = [one.stop.kind for one in source.current.stops] or (None,)
    if running is StopKind.REVOKE:
        return PartnerStatus.REVOKED
    found_one = source.current.whitelist.partner(PARTNER)
    assert found_one is not None
    return found_one.status


_WENT_ON: set[frozenset[tuple[str, bytes | None]]] = set()


def officers_go_on(root: Path) -> None:
    """The next version is made and taken up, whatever was left lying about; tried once for the same whole files."""
    files = files_in(root)
    there = frozenset((path, data) for path, data in read_tree(root).items() if not path.endswith((".tmp", ".slip")))
    if there in _WENT_ON:
        return
    _WENT_ON.add(there)
    before = version_in(root)
    office.change_draft(files, LATER, lambda known: known.with_changed(replace(known.partner(PARTNER), name="Autre")))
    keys = office.keys_here(files, office.base_of(files, LATER).officers)
    office.sign_draft(files, keys, LATER)
    assert version_in(root) == before + 1


def _tell_when(done: Step, label: str, *already: type[Exception]) -> Callable[[Path, Tell], None]:
    def act(root: Path, tell: Tell) -> None:
        # It may have been done before it was interrupted.
        with contextlib.suppress(*already):
            done(files_in(root))
        tell(label)

    return act


def _name_officers(files: WhitelistFiles) -> None:
    office.found(files, environment="test", officers=("officer-1", "officer-2"), threshold=2)


def _check_found(root: Path, told: frozenset[str]) -> None:
    files = files_in(root)
    if not files.trust.exists():
        assert not told
        _name_officers(files)
    publish_at_once(files, lambda known: known.with_partner(partner()))
    assert version_in(root) == 1


def _publish_with(done: Step, number: int) -> Callable[[Path, Tell], None]:
    def act(root: Path, tell: Tell) -> None:
        files = files_in(root)
        with exclusive(files):
            base = office.base_of(files, NOW).whitelist
        assert base is not None
        if base.version < number:
            done(files)
        tell(f"version-{number}")

    return act


def _sign(files: WhitelistFiles) -> None:
    office.sign_draft(files, office.keys_here(files, office.base_of(files, NOW).officers), NOW)


def _check_published(root: Path, told: frozenset[str]) -> None:
    number = version_in(root)
    assert number == 2 if "version-2" in told else number in (1, 2)
    assert status(root) is (PartnerStatus.SUSPENDED if number == 2 else PartnerStatus.ACTIVE)
    if number == 1 and proposed(root) == 2:
        publish(files_in(root))
        assert version_in(root) == 2
    officers_go_on(root)


def _check_drafted(root: Path, told: frozenset[str]) -> None:
    assert version_in(root) == 1
    files = files_in(root)
    there = office.draft_or_new(files, office.base_of(files, LATER)).partner(PARTNER).status
    assert there is PartnerStatus.SUSPENDED or "drafted" not in told
    officers_go_on(root)


def _check_signatures(before: int | None, after: int, label: str) -> Callable[[Path, frozenset[str]], None]:
    def check(root: Path, told: frozenset[str]) -> None:
        assert version_in(root) == 1
        assert proposed(root) in ((after,) if label in told else (before, after))
        officers_go_on(root)

    return check


def _check_discarded(root: Path, told: frozenset[str]) -> None:
    assert version_in(root) == 1
    if "discarded" in told:
        assert not files_in(root).draft.exists()
        assert not files_in(root).proposal.exists()
    officers_go_on(root)


def _check_stopped(root: Path, told: frozenset[str]) -> None:
    assert version_in(root) == 1
    if is_doubted(root):
        assert "stopped" in told
        return
    assert status(root) is PartnerStatus.REVOKED or "stopped" not in told
    stop_files = files_in(root).stops
    for path in stop_files.glob("*.jws") if "remembered" in told else ():
        path.unlink()
    assert status(root) is PartnerStatus.REVOKED or "stopped" not in told
    officers_go_on(root)


def _stop_and_look(root: Path, tell: Tell) -> None:
    _restore(root)
    stop(files_in(root))
    tell("stopped")
    look(files_in(root))
    tell("remembered")


def _take_up(root: Path, tell: Tell) -> None:
    _restore(root)
    source = reader(root)
    with capture_logs() as logs:
        outcome = source.refresh()
    if any(entry.get("restart_guarded") is False for entry in logs):
        tell("unguarded")
    if outcome is Refresh.UNREADABLE:
        return  # it could not even be opened; the next look finds it
    assert outcome is Refresh.TAKEN_UP
    assert source.current is not None
    tell(f"taken-up-{source.current.version}")


def _check_taken_up(root: Path, told: frozenset[str]) -> None:
    if "taken-up-2" in told and "unguarded" not in told:
        published = files_in(root).published
        newest = published.read_bytes()
        published.write_bytes((root / "older.jws").read_bytes())
        assert reader(root).refresh() is Refresh.REFUSED
        published.write_bytes(newest)
    assert version_in(root) == 2


REFUSALS = (StorageError, SeenVersionError)
SCENARIOS = (
    Scenario(
        name="init",
        prepare=lambda: home_after(),
        act=_tell_when(_name_officers, "officers", AlreadyInitialisedError),
        check=_check_found,
        refusals=REFUSALS,
    ),
    Scenario(
        name="draft",
        prepare=lambda: home_after(found),
        act=_tell_when(draft, "drafted"),
        check=_check_drafted,
        refusals=REFUSALS,
    ),
    Scenario(
        name="propose",
        prepare=lambda: home_after(found, draft),
        act=_tell_when(propose, "proposed", ProposalStandsError),
        check=_check_signatures(None, 1, "proposed"),
        refusals=REFUSALS,
    ),
    Scenario(
        name="approve",
        prepare=lambda: home_after(found, draft, propose),
        act=_tell_when(approve, "approved", ApprovalError),
        check=_check_signatures(1, 2, "approved"),
        refusals=REFUSALS,
    ),
    Scenario(
        name="publish",
        prepare=lambda: home_after(found, look, draft, propose, approve),
        act=_publish_with(publish, 2),
        check=_check_published,
        refusals=REFUSALS,
    ),
    Scenario(
        name="sign-at-one-desk",
        prepare=lambda: home_after(found, look, draft),
        act=_publish_with(_sign, 2),
        check=_check_published,
        refusals=REFUSALS,
    ),
    Scenario(
        name="discard",
        prepare=lambda: home_after(found, draft, propose, draft),
        act=_tell_when(office.discard_draft, "discarded", NoDraftError),
        check=_check_discarded,
        refusals=REFUSALS,
    ),
    Scenario(
        name="stop",
        prepare=lambda: home_after(found, look),
        act=_stop_and_look,
        check=_check_stopped,
        refusals=REFUSALS,
    ),
    Scenario(
        name="take-up",
        prepare=lambda: home_after(found, look, bring),
        act=_take_up,
        check=_check_taken_up,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
