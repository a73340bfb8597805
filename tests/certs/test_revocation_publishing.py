"""The demonstration's lists: published with the certificates, never forgetting a revocation, never going back."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from certs.demonstration_pki import ensure, load_authority
from certs.demonstration_revocation import AUTHORITIES, publisher_of, target_named
from certs.errors import CertsError, HomeError, KeyMaterialError, RevocationListError
from certs.home import Home
from certs.issuing import SigningAuthority
from certs.keys import KeyKind
from certs.profiles import Purpose
from certs.reading import read_pem, to_der
from certs.reasons import Reason
from certs.revocation.making import ListRequest, make_list
from certs.revocation.policy import STRICT
from certs.revocation.publishing import LIST_LIFETIME, RENEW_BEFORE, lift, renew_list, revoke
from certs.revocation.revoked import RevocationReason
from certs.revocation.source import Refresh, RevocationSource
from certs.trust import load_trust
from certs.verification import verify

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The demonstration, made once: each test works on a copy."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    ensure(home, at=NOW)
    return home


@pytest.fixture
def home(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home")


def judged(home, name, at, purpose=Purpose.CLIENT):
    trust = load_trust(home.trust)
    source = RevocationSource.of_home(home, trust, lambda: at)
    source.refresh()
    assert source.current.policy is STRICT
    chain = [to_der(certificate) for certificate in read_pem(home.leaf(name).chain.read_bytes())]
    return source.apply(verify(chain, trust, purpose, at), at)


def serial(home, name):
    return read_pem(home.leaf(name).certificate.read_bytes())[0].serial_number


def test_the_demonstration_has_an_empty_list_of_every_authority(home):
    for name in AUTHORITIES:
        listed = publisher_of(home, name).published()
        assert (len(listed.revoked), listed.this_update, listed.next_update) == (0, NOW, NOW + LIST_LIFETIME)
        path = home.revocation_list(name)
        assert path.stat().st_mode & 0o777 == 0o600
    assert home.revocation_lists.stat().st_mode & 0o777 == 0o700


def test_its_certificates_are_accepted_with_revocation_on(home):
    assert judged(home, "partner-samu-rhone", NOW).ok
    assert judged(home, "node-ara", NOW, Purpose.SERVER).ok
    assert judged(home, "officer-1", NOW, Purpose.PERSON).ok


def test_making_it_again_keeps_the_lists_until_a_month_before_they_are_due(home):
    before = {name: home.revocation_list(name).read_bytes() for name in AUTHORITIES}
    ensure(home, at=NOW + LIST_LIFETIME - RENEW_BEFORE)
    assert {name: home.revocation_list(name).read_bytes() for name in AUTHORITIES} == before
    ensure(home, at=NOW + LIST_LIFETIME - RENEW_BEFORE + DAY)
    assert all(home.revocation_list(name).read_bytes() != before[name] for name in AUTHORITIES)


def test_a_renewed_list_is_a_later_one_and_forgets_nobody(home):
    publisher = publisher_of(home, "organisations")
    revoke(publisher, 5, RevocationReason.SUPERSEDED, at=NOW)
    last = publisher.published()
    later = renew_list(publisher, at=NOW + DAY)
    assert later.number > last.number
    assert later.revoked.get(5) == last.revoked.get(5)
    ensure(home, at=NOW + 80 * DAY)
    assert publisher.published().revoked.get(5) == last.revoked.get(5)


def test_a_revoked_certificate_is_refused_and_stays_revoked_when_the_demonstration_is_made_again(home):
    target = target_named(home, "partner-samu-rhone")
    assert (target.authority, target.serial) == ("organisations", serial(home, "partner-samu-rhone"))
    revoke(publisher_of(home, target.authority), target.serial, RevocationReason.KEY_COMPROMISE, at=NOW)
    assert judged(home, "partner-samu-rhone", NOW).reason is Reason.REVOKED
    assert judged(home, "partner-ror-bre", NOW).ok
    ensure(home, at=NOW + DAY)
    assert judged(home, "partner-samu-rhone", NOW + DAY).reason is Reason.REVOKED


def test_a_revoked_intermediate_takes_all_of_its_leaves_along(home):
    target = target_named(home, "organisations")
    assert target.authority == "root"
    revoke(publisher_of(home, "root"), target.serial, RevocationReason.CA_COMPROMISE, at=NOW)
    assert judged(home, "partner-samu-rhone", NOW).reason is Reason.REVOKED
    assert judged(home, "officer-1", NOW, Purpose.PERSON).ok


def test_several_lists_of_one_second_follow_each_other_by_number(home):
    publisher = publisher_of(home, "organisations")
    trust = load_trust(home.trust)
    source = RevocationSource.of_home(home, trust, lambda: NOW)
    source.refresh()
    for number in (5, 6, 7):
        revoke(publisher, number, RevocationReason.UNSPECIFIED, at=NOW)
        assert source.refresh() is Refresh.TAKEN_UP
    (listed,) = (known for known in source.current.state.lists.values() if len(known.revoked))
    assert set(listed.revoked) == {5, 6, 7}
    assert listed.this_update == NOW


def test_a_hold_can_be_lifted_or_become_final(home):
    publisher = publisher_of(home, "organisations")
    revoke(publisher, 5, RevocationReason.HOLD, at=NOW)
    assert 5 not in lift(publisher, 5, at=NOW).revoked
    revoke(publisher, 5, RevocationReason.HOLD, at=NOW)
    assert (
        revoke(publisher, 5, RevocationReason.SUPERSEDED, at=NOW).revoked.get(5).reason is RevocationReason.SUPERSEDED
    )
    with pytest.raises(RevocationListError, match="not on hold"):
        lift(publisher, 5, at=NOW)


@pytest.mark.parametrize("again", [RevocationReason.HOLD, RevocationReason.KEY_COMPROMISE])
def test_what_is_revoked_is_not_revoked_twice_nor_softened(home, again):
    publisher = publisher_of(home, "organisations")
    revoke(publisher, 5, RevocationReason.SUPERSEDED, at=NOW)
    with pytest.raises(RevocationListError, match="on the list already"):
        revoke(publisher, 5, again, at=NOW)


def test_a_damaged_list_is_not_replaced_by_an_empty_one(home):
    revoke(publisher_of(home, "organisations"), 5, RevocationReason.HOLD, at=NOW)
    path = home.revocation_list("organisations")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RevocationListError, match="damaged"):
        ensure(home, at=NOW)
    path.unlink()
    ensure(home, at=NOW)
    assert len(publisher_of(home, "organisations").published().revoked) == 0


def test_a_list_made_after_its_predecessor_was_lost_is_a_later_one(home):
    trust = load_trust(home.trust)
    source = RevocationSource.of_home(home, trust, lambda: NOW + DAY)
    source.refresh()
    home.revocation_list("organisations").unlink()
    ensure(home, at=NOW + DAY)
    assert source.refresh() is Refresh.TAKEN_UP


def test_new_keys_of_the_authorities_begin_new_lists(home):
    ensure(home, at=NOW + DAY, key_kind=KeyKind.RSA_2048)
    assert publisher_of(home, "organisations").published().this_update == NOW + DAY
    assert judged(home, "partner-samu-rhone", NOW + DAY).ok


def test_a_list_from_a_clock_that_ran_ahead_is_followed_by_one_of_now(home):
    publisher = publisher_of(home, "organisations")
    ahead = renew_list(publisher, at=NOW + 10 * DAY)
    ensure(home, at=NOW)
    listed = publisher.published()
    assert listed.this_update == NOW
    assert listed.number == ahead.number + 1


def test_only_the_demonstrations_authorities_publish(home):
    with pytest.raises(KeyMaterialError, match="no authority"):
        publisher_of(home, "gateway-client")
    assert target_named(home, "nobody") is None
    assert target_named(home, "../../etc") is None


def test_a_certificate_of_somebody_else_is_on_none_of_its_lists(home, tmp_path):
    other = Home(tmp_path / "other")
    ensure(other, at=NOW)
    home.leaf("node-ara").certificate.write_bytes(other.leaf("node-ara").certificate.read_bytes())
    with pytest.raises(CertsError, match="no authority of this state folder"):
        target_named(home, "node-ara")


def test_a_folder_that_cannot_be_written_is_an_error(home, tmp_path):
    publisher = publisher_of(home, "organisations")
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    moved = type(publisher)(blocked / "x.crl", publisher.authority, publisher.trust)
    with pytest.raises(RevocationListError):
        moved.publish({}, at=NOW)
    with pytest.raises((RevocationListError, HomeError)):
        type(publisher)(tmp_path, publisher.authority, publisher.trust).published()


def test_a_list_that_would_not_hold_is_not_published(home):
    publisher = publisher_of(home, "organisations")
    persons = load_authority(home, "personnes")
    mixed = SigningAuthority(publisher.authority.certificate, persons.key)
    before = publisher.path.read_bytes()
    with pytest.raises(RevocationListError, match="would not hold"):
        type(publisher)(publisher.path, mixed, publisher.trust).publish({}, at=NOW)
    assert publisher.path.read_bytes() == before


def test_a_list_that_cannot_be_encoded_is_an_error(home):
    request = ListRequest(number=1, this_update=NOW, next_update=NOW - DAY)
    with pytest.raises(RevocationListError, match="cannot be made"):
        make_list(load_authority(home, "organisations"), request)
