"""A list taken up is told, a list refused is told once."""

import hashlib
import shutil
from datetime import UTC, datetime, timedelta

from certs.home import Home
from gateway.audit.known import Known, KnownBefore
from gateway.audit.lists import ListAudit
from ror.audit.events import Kind
from whitelist.emergency import stop_partner
from whitelist.files import WhitelistFiles, read_trust
from whitelist.office import base_of, keys_here, publish_changed
from whitelist.source import Refresh, WhitelistSource
from whitelist.stops import StopKind


def test_lists_taken_up_and_refused_are_told(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    told = []
    audit = ListAudit(WhitelistSource.of_home(home), told.append)
    for _ in range(3):
        audit.refresh()
    good = home.whitelist_published.read_bytes()
    for content in (good[:-10], b"x", good):
        home.whitelist_published.write_bytes(content)
        audit.refresh()
        audit.refresh()
    home.whitelist_published.unlink()
    for _ in range(3):
        audit.refresh()
    taken_up, *refused = told
    assert taken_up.kind is Kind.LIST_TAKEN_UP
    assert taken_up.version >= 1
    flaws = [event.flaw for event in refused]
    assert flaws == ["whitelist.malformed", "whitelist.malformed", "whitelist.unreadable"]


def test_a_stop_that_is_refused_is_told_by_its_flaw(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    told = []
    audit = ListAudit(WhitelistSource.of_home(home), told.append)
    audit.refresh()
    stops = WhitelistFiles(home).stops
    stops.mkdir(exist_ok=True)
    (stops / f"{hashlib.sha256(b'{}').hexdigest()}.jws").write_bytes(b"{}")
    for _ in range(3):
        audit.refresh()
    assert [event.flaw for event in told[1:]] == ["stop.malformed"]


def test_a_list_is_told_with_who_put_it_forward_and_who_approved(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    files, told, now = WhitelistFiles(home), [], datetime.now(UTC)
    audit = ListAudit(WhitelistSource.of_home(home), told.append)
    audit.refresh()
    keys = keys_here(files, read_trust(files))
    publish_changed(files, keys, now, lambda draft: draft.with_revoked("portail-public", "essai"))
    audit.refresh()
    first, second = told
    assert first.added is None
    assert (second.version, second.base_version) == (first.version + 1, first.version)
    assert (second.added, second.changed, second.removed) == (0, 1, 0)
    kids = [key.officer.kid for key in keys]
    assert (second.author, *second.approvers) == tuple(kids[: 1 + len(second.approvers)])
    assert second.difference == audit._source.verified.whitelist.origin.difference


def test_other_officers_are_told_across_a_restart(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    told, known = [], KnownBefore(tmp_path)
    ListAudit(WhitelistSource.of_home(home), told.append, known).refresh()
    first = [event for event in told if event.kind is Kind.OFFICERS_CHANGED]
    assert first[0].added
    assert not first[0].removed
    told.clear()
    ListAudit(WhitelistSource.of_home(home), told.append, known).refresh()
    assert Kind.OFFICERS_CHANGED not in {event.kind for event in told}
    known.keep(Known(officers=("gone",)))
    ListAudit(WhitelistSource.of_home(home), told.append, known).refresh()
    assert told[-1].removed == ("gone",)


def test_a_stop_and_its_end_are_told_with_its_officer(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    files, told, now = WhitelistFiles(home), [], [datetime.now(UTC).replace(microsecond=0)]
    audit = ListAudit(WhitelistSource.of_home(home, lambda: now[0]), told.append)
    audit.refresh()
    base, key = base_of(files, now[0]), keys_here(files, read_trust(files))[0]
    stop_partner(files, key, base, now[0], partner_id="samu-rhone", kind=StopKind.SUSPEND, reason="x", hours=1)
    audit.refresh()
    assert (told[-1].kind, told[-1].partner, told[-1].officer) == (
        Kind.PARTNER_STOPPED,
        "samu-rhone",
        key.officer.kid,
    )
    now[0] += timedelta(hours=2)
    audit.refresh()
    assert told[-1].kind is Kind.STOP_ENDED
    assert told[-1].stop == told[-2].stop


def test_a_stop_is_told_though_a_list_beside_it_is_not_taken_up(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    files, told, now = WhitelistFiles(home), [], datetime.now(UTC).replace(microsecond=0)
    audit = ListAudit(WhitelistSource.of_home(home), told.append)
    audit.refresh()
    base, key = base_of(files, now), keys_here(files, read_trust(files))[0]

    def stop(partner: str) -> None:
        stop_partner(files, key, base, now, partner_id=partner, kind=StopKind.SUSPEND, reason="x", hours=1)

    stop("samu-rhone")
    home.whitelist_published.write_bytes(b"no list")
    assert audit.refresh() is Refresh.STOPS_CHANGED
    stop("orientation-idf")
    home.whitelist_published.unlink()
    assert audit.refresh() is Refresh.STOPS_CHANGED
    assert audit.refresh() is Refresh.UNREADABLE
    stopped = [event.partner for event in told if event.kind is Kind.PARTNER_STOPPED]
    refused = [event.flaw for event in told if event.kind is Kind.LIST_REFUSED]
    assert stopped == ["samu-rhone", "orientation-idf"]
    assert refused == ["whitelist.malformed", "whitelist.unreadable"]
