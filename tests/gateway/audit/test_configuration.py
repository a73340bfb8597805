"""What a gateway was started with, and whose patience with overdue lists counts: told once, and when it changes."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certs.credentials import Credentials
from certs.demonstration_revocation import publisher_of
from certs.home import Home
from certs.profiles import Purpose
from certs.revocation.policy import Grace
from certs.revocation.policy_document import load_policy, save_policy
from certs.revocation.publishing import renew_list
from certs.revocation.source import RevocationSource
from certs.trust import load_trust
from gateway.audit.configuration import configuration_facts, tell_configuration
from gateway.audit.known import KnownBefore
from gateway.audit.officers import officer_mark
from gateway.audit.revocations import RevocationAudit
from gateway.settings import GatewaySettings
from ror.audit.events import Kind, event_bytes
from whitelist.source import WhitelistSource

USUAL = GatewaySettings()
LEAVES = ("gateway-server", "gateway-client")


@pytest.fixture
def home(pki_home, tmp_path):
    shutil.copytree(pki_home.root, tmp_path / "home", ignore=shutil.ignore_patterns("audit", "nodes"))
    return Home(tmp_path / "home")


@pytest.fixture
def started(home, tmp_path):
    """Start with these settings; what was recorded of it."""
    known = KnownBefore(tmp_path)

    def start(settings=USUAL, release="1"):
        told = []
        credentials = Credentials(home, dict(zip(LEAVES, (Purpose.SERVER, Purpose.CLIENT), strict=True)))
        tell_configuration(configuration_facts(home, settings, credentials, LEAVES, release), known, told.append)
        (event,) = told
        event_bytes(event)
        return event

    return start


def test_a_first_start_tells_everything_and_nothing_as_changed(started):
    event = started()
    facts = dict(event.facts)
    assert event.setting == "all"
    assert event.changed == ()
    assert {"release", "settings", "trust", "directory", "certificate.gateway-server"} <= facts.keys()
    assert facts["settings.not-default"] == "-"


def test_a_start_as_before_tells_nothing_as_changed(started):
    assert (started().digest, started().changed) == (started().digest, ())


def test_what_is_other_than_before_is_named(started, home):
    started()
    changed = started(GatewaySettings(port=9555, searches=3))
    assert changed.changed == ("settings", "settings.not-default")
    assert dict(changed.facts)["settings.not-default"] == "port,searches"
    home.nodes_directory.parent.mkdir(exist_ok=True)
    home.nodes_directory.write_text("{}")
    home.trust.write_bytes(home.trust.read_bytes() + b"\n")
    assert started(GatewaySettings(port=9555, searches=3), "2").changed == ("directory", "release", "trust")


def test_a_value_of_a_setting_is_never_told(started):
    event = started(GatewaySettings(public_url="https://secret.example"))
    assert b"secret" not in event_bytes(event)


def test_without_a_memory_everything_is_told_again(started, tmp_path):
    started()
    (tmp_path / "known.json").write_text("{")
    assert started().changed == ()


def test_lists_and_graces_are_told_with_the_officer(home):
    trust = load_trust(home.trust)
    source, told = RevocationSource.of_home(home, trust), []
    whitelist = WhitelistSource.of_home(home)
    whitelist.refresh()
    source.refresh()
    audit = RevocationAudit(source, lambda: whitelist.current.whitelist, told.append)
    audit.look()
    audit.look()
    lists = [event for event in told if event.kind is Kind.REVOCATION_TAKEN_UP]
    assert len(told) == len(lists) == len(source.current.state.lists)
    told.clear()
    now = datetime.now(UTC).replace(microsecond=0)
    renew_list(publisher_of(home, "organisations"), at=now)
    officer = whitelist.current.whitelist.officers[0]
    policy = load_policy(home.revocation_policy)
    graces = [
        Grace(authority=lists[0].authority, granted=now, until=now + timedelta(hours=1), reason="x", officer=name)
        for name in (officer.name, "Jeanne Martin")
    ]
    save_policy(home.revocation_policy, replace(policy, graces=tuple(graces)))
    source.refresh()
    audit.look()
    kinds = [event.kind for event in told]
    assert kinds == [Kind.REVOCATION_TAKEN_UP, Kind.GRACE_GIVEN, Kind.GRACE_GIVEN]
    assert told[1].officer == officer.kid
    assert told[2].officer.startswith("sha256:")
    assert b"Jeanne" not in event_bytes(told[2])
    save_policy(home.revocation_policy, policy)
    source.refresh()
    audit.look()
    assert [event.kind for event in told[3:]] == [Kind.GRACE_ENDED, Kind.GRACE_ENDED]


def test_an_unknown_officer_is_told_by_a_digest():
    assert officer_mark("x", None) == officer_mark("x", None) != officer_mark("y", None)
