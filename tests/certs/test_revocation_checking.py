"""The verdict on revocation: what wins, what is let through, what is refused."""

import itertools
import time
from datetime import timedelta

import pytest
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from certs.profiles import Purpose
from certs.reasons import Reason
from certs.revocation.checking import Evidence, Status, check, combine
from certs.revocation.ocsp_reading import Circumstances, read_answer
from certs.revocation.policy import LONGEST_GRACE, STRICT, Grace, Requirement, RevocationPolicy
from certs.revocation.revoked import RevocationReason
from certs.revocation.state import RevocationState
from certs.verification import verify
from ror.faults import Blame
from ror.faults import Reason as FaultReason
from tests.support.revocation import (
    DAY,
    HOUR,
    answer_about,
    asked_about,
    authority_of,
    list_of,
    read,
    serial_of,
)

SECOND = timedelta(seconds=1)
GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


@pytest.fixture(scope="module")
def leaf(pki):
    return pki.client()


@pytest.fixture(scope="module")
def verdict(pki, leaf):
    return verify(leaf.chain, pki.trust, Purpose.CLIENT, pki.now)


def known(pki, *lists, answers=()):
    state = RevocationState()
    for data in lists:
        state = state.with_list(read(pki, data))
    for leaf, data in answers:
        asked = asked_about(pki, leaf)
        state = state.with_answers({asked.key: read_answer(data, asked, Circumstances(now=pki.now))})
    return state


def root_list(pki, *serials, **changes):
    return list_of(pki, *serials, by=pki.root, **changes)


def grace(pki, signer, **changes):
    wanted = {
        "authority": authority_of(pki, signer).common_name,
        "granted": pki.now,
        "until": pki.now + 2 * DAY,
        "reason": "autorité en panne",
        "officer": "officer-1",
    }
    return Grace(**(wanted | changes))


def test_a_certificate_on_no_list_is_good(pki, verdict):
    found = check(verdict, known(pki, list_of(pki), root_list(pki)), STRICT, pki.now)
    assert (found.status, found.allowed, found.source) == (Status.GOOD, True, Evidence.CRL)
    assert combine(verdict, found) is verdict


def test_a_certificate_on_the_list_is_revoked_and_says_since_when_and_why(pki, leaf, verdict):
    found = check(verdict, known(pki, list_of(pki, serial_of(leaf)), root_list(pki)), STRICT, pki.now)
    assert (found.status, found.allowed, found.source) == (Status.REVOKED, False, Evidence.CRL)
    assert (found.reason, found.since) == (RevocationReason.KEY_COMPROMISE, pki.now - 2 * HOUR)
    refused = combine(verdict, found)
    assert refused.reason is Reason.REVOKED
    assert refused.reason.fault is FaultReason.CERTIFICATE_REVOKED
    assert refused.identity is verdict.identity


def test_a_certificate_on_hold_is_refused_while_it_is_on_hold(pki, leaf, verdict):
    held = list_of(pki, serial_of(leaf), reason=RevocationReason.HOLD)
    found = check(verdict, known(pki, held, root_list(pki)), STRICT, pki.now)
    assert (found.status, found.reason) == (Status.REVOKED, RevocationReason.HOLD)
    assert "on hold" in found.detail
    lifted = known(pki, held, list_of(pki, number=2), root_list(pki))
    assert check(verdict, lifted, STRICT, pki.now).status is Status.GOOD


def test_another_authoritys_list_says_nothing(pki, leaf, verdict):
    persons = list_of(pki, serial_of(leaf), by=pki.personnes)
    state = known(pki, list_of(pki), root_list(pki), persons)
    assert check(verdict, state, STRICT, pki.now).status is Status.GOOD


def test_a_revoked_authority_takes_its_certificates_along(pki, verdict):
    revoked = root_list(pki, pki.organisations.certificate.serial_number)
    found = check(verdict, known(pki, list_of(pki), revoked), STRICT, pki.now)
    assert found.status is Status.REVOKED
    assert "of its authority" in found.detail
    assert combine(verdict, found).reason is Reason.REVOKED


def test_without_any_source_nothing_is_known_and_nobody_let_in(pki, verdict):
    found = check(verdict, RevocationState(), STRICT, pki.now)
    assert (found.status, found.allowed, found.source) == (Status.UNKNOWN, False, None)
    refused = combine(verdict, found)
    assert refused.reason is Reason.REVOCATION_UNKNOWN
    assert refused.reason.fault is FaultReason.CERTIFICATE_STATUS_UNKNOWN


def test_the_roots_list_is_demanded_too(pki, verdict):
    assert not check(verdict, known(pki, list_of(pki)), STRICT, pki.now).allowed
    assert not check(verdict, known(pki, root_list(pki)), STRICT, pki.now).allowed


def test_what_we_do_not_know_is_our_fault_and_what_is_revoked_the_callers(pki):
    assert FaultReason.CERTIFICATE_STATUS_UNKNOWN.blame is Blame.RECEIVER
    assert FaultReason.CERTIFICATE_STATUS_UNKNOWN.http_status(soap_11=False) == 503
    assert FaultReason.CERTIFICATE_REVOKED.blame is Blame.SENDER
    assert FaultReason.CERTIFICATE_REVOKED.http_status(soap_11=True) == 401


def test_an_overdue_list_lets_nobody_in(pki, verdict):
    state = known(pki, list_of(pki), root_list(pki, next_update=pki.now + 9 * DAY))
    assert check(verdict, state, STRICT, pki.now + DAY).allowed
    found = check(verdict, state, STRICT, pki.now + DAY + SECOND)
    assert (found.status, found.allowed) == (Status.STALE, False)
    assert combine(verdict, found).reason is Reason.REVOCATION_UNKNOWN


def test_an_overdue_list_still_revokes(pki, leaf, verdict):
    state = known(pki, list_of(pki, serial_of(leaf)), root_list(pki))
    for policy in (
        STRICT,
        RevocationPolicy(graces=(grace(pki, pki.organisations, granted=pki.now + DAY, until=pki.now + 3 * DAY),)),
    ):
        assert check(verdict, state, policy, pki.now + 2 * DAY).status is Status.REVOKED


def test_a_list_of_the_future_vouches_for_nobody(pki, verdict):
    state = known(pki, list_of(pki), root_list(pki))
    found = check(verdict, state, STRICT, pki.now - DAY)
    assert (found.status, found.allowed) == (Status.STALE, False)


def test_a_grace_lets_in_for_as_long_as_it_says_and_tells_whose_it_is(pki, verdict):
    state = known(pki, list_of(pki), root_list(pki, next_update=pki.now + 99 * DAY))
    given = grace(pki, pki.organisations)
    policy = RevocationPolicy(graces=(given,))
    found = check(verdict, state, policy, given.until)
    assert (found.status, found.allowed, found.grace) == (Status.STALE, True, given)
    assert "officer-1" in found.detail
    assert "autorité en panne" in found.detail
    assert combine(verdict, found) is verdict
    assert not check(verdict, state, policy, given.until + SECOND).allowed


def test_a_grace_begins_when_it_was_given(pki, verdict):
    state = known(pki, list_of(pki, next_update=pki.now - SECOND), root_list(pki))
    policy = RevocationPolicy(graces=(grace(pki, pki.organisations),))
    assert check(verdict, state, policy, pki.now).allowed
    assert not check(verdict, state, policy, pki.now - timedelta(microseconds=1)).allowed


def test_a_grace_for_another_authority_excuses_nothing(pki, verdict):
    state = known(pki, list_of(pki), root_list(pki, next_update=pki.now + 9 * DAY))
    policy = RevocationPolicy(graces=(grace(pki, pki.personnes), grace(pki, pki.root)))
    assert not check(verdict, state, policy, pki.now + DAY + SECOND).allowed


def test_a_grace_for_a_missing_list_excuses_nothing(pki, verdict):
    policy = RevocationPolicy(graces=(grace(pki, pki.organisations), grace(pki, pki.root)))
    assert not check(verdict, RevocationState(), policy, pki.now).allowed


def test_graces_one_after_the_other_do_not_stretch_beyond_a_week_from_the_day_the_list_was_due(pki, verdict):
    state = known(pki, list_of(pki), root_list(pki, next_update=pki.now + 99 * DAY))
    due = pki.now + DAY
    policy = RevocationPolicy(
        graces=tuple(
            grace(pki, pki.organisations, granted=pki.now + day * DAY, until=pki.now + (day + 7) * DAY)
            for day in range(20)
        )
    )
    assert check(verdict, state, policy, due + LONGEST_GRACE).allowed
    assert not check(verdict, state, policy, due + LONGEST_GRACE + SECOND).allowed


def test_the_grace_of_the_root_shows_though_the_leafs_list_is_fresh(pki, verdict):
    state = known(pki, list_of(pki, next_update=pki.now + 9 * DAY), root_list(pki))
    policy = RevocationPolicy(graces=(grace(pki, pki.root),))
    found = check(verdict, state, policy, pki.now + DAY + SECOND)
    assert (found.status, found.allowed) == (Status.STALE, True)
    assert found.grace is not None


def not_required(pki, *signers):
    names = (authority_of(pki, signer).common_name for signer in signers)
    return RevocationPolicy(requirements=dict.fromkeys(names, Requirement.NOT_REQUIRED))


def test_where_nothing_is_demanded_unknown_is_let_through_and_said_to_be_unknown(pki, verdict):
    policy = not_required(pki, pki.organisations, pki.root)
    found = check(verdict, RevocationState(), policy, pki.now)
    assert (found.status, found.allowed, found.source) == (Status.UNKNOWN, True, Evidence.POLICY)
    assert combine(verdict, found) is verdict
    assert not check(verdict, RevocationState(), not_required(pki, pki.organisations), pki.now).allowed


def test_where_nothing_is_demanded_a_revocation_counts_all_the_same(pki, leaf, verdict):
    policy = not_required(pki, pki.organisations, pki.root)
    state = known(pki, list_of(pki, serial_of(leaf)))
    assert check(verdict, state, policy, pki.now).status is Status.REVOKED
    assert check(verdict, state, policy, pki.now + 99 * DAY).status is Status.REVOKED


def test_a_good_answer_vouches_without_a_list(pki, leaf, verdict):
    state = known(pki, root_list(pki), answers=[(leaf, answer_about(pki, leaf))])
    found = check(verdict, state, STRICT, pki.now)
    assert (found.status, found.source) == (Status.GOOD, Evidence.OCSP)
    assert not check(verdict, state, STRICT, pki.now + DAY + SECOND).allowed


def test_a_fresh_answer_stands_in_for_an_overdue_list(pki, leaf, verdict):
    overdue = list_of(pki, next_update=pki.now - SECOND)
    state = known(pki, overdue, root_list(pki), answers=[(leaf, answer_about(pki, leaf))])
    assert check(verdict, state, STRICT, pki.now).source is Evidence.OCSP


def test_unknown_to_the_responder_is_refused_though_the_list_does_not_name_it(pki, leaf, verdict):
    state = known(pki, list_of(pki), root_list(pki), answers=[(leaf, answer_about(pki, leaf, status=UNKNOWN))])
    found = check(verdict, state, STRICT, pki.now)
    assert (found.status, found.allowed, found.source) == (Status.UNKNOWN, False, Evidence.OCSP)


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("answered", [True, False])
def test_whoever_says_revoked_wins(pki, leaf, verdict, listed, answered):
    data = list_of(pki, serial_of(leaf)) if listed else list_of(pki)
    answer = answer_about(pki, leaf, status=REVOKED if answered else GOOD)
    found = check(verdict, known(pki, data, root_list(pki), answers=[(leaf, answer)]), STRICT, pki.now)
    assert (found.status is Status.REVOKED) == (listed or answered)


def test_an_answer_about_somebody_else_says_nothing(pki, verdict):
    other = pki.client()
    state = known(pki, root_list(pki), answers=[(other, answer_about(pki, other))])
    assert not check(verdict, state, STRICT, pki.now).allowed


def test_a_refused_certificate_stays_refused_for_its_own_reason(pki, leaf):
    state = known(pki, list_of(pki, serial_of(leaf)), root_list(pki))
    refused = verify(leaf.chain, pki.trust, Purpose.SERVER, pki.now)
    assert combine(refused, check(refused, state, STRICT, pki.now)).reason is Reason.WRONG_USAGE
    stranger = verify(pki.client(by=pki.new_intermediate(pki.new_root())).chain, pki.trust, Purpose.CLIENT, pki.now)
    found = check(stranger, state, STRICT, pki.now)
    assert (found.status, found.allowed) == (Status.UNKNOWN, False)
    assert combine(stranger, found).reason is Reason.UNTRUSTED


_moments = st.integers(-200, 400).map(lambda hours: hours * HOUR)


@given(offset=_moments, later=_moments, on_list=st.booleans(), required=st.booleans(), excused=st.booleans())
def test_the_laws_of_the_verdict(pki, leaf, verdict, offset, later, on_list, required, excused):
    """Listed is refused always; let in needs fresh, grace or an explicit rule; knowing more never lets more in."""
    at = pki.now + offset
    lists = [_list_once(pki, leaf, on_list), _root_once(pki)]
    begins = pki.now + later
    given = (grace(pki, pki.organisations, granted=begins, until=begins + DAY),) if excused else ()
    demanded = {} if required else not_required(pki, pki.organisations, pki.root).requirements
    policy = RevocationPolicy(requirements=demanded, graces=given)
    found = check(verdict, known(pki, *lists), policy, at)
    listed = read(pki, lists[0])
    fresh = listed.this_update - timedelta(minutes=5) <= at <= listed.next_update
    in_grace = excused and begins <= at <= min(begins + DAY, listed.next_update + LONGEST_GRACE)
    assert (found.status is Status.REVOKED) == on_list
    if on_list:
        assert not found.allowed
    elif not required:
        assert found.allowed
    else:
        assert found.allowed == (fresh or (in_grace and at > listed.next_update))


_KEPT: dict[object, bytes] = {}


def _list_once(pki, leaf, on_list):
    key = (id(leaf), on_list)
    if key not in _KEPT:
        _KEPT[key] = list_of(pki, *([serial_of(leaf)] if on_list else []))
    return _KEPT[key]


def _root_once(pki):
    changes = {"this_update": pki.now - 99 * DAY, "next_update": pki.now + 99 * DAY}
    return _KEPT.setdefault("root", root_list(pki, **changes))


def test_a_verdict_costs_microseconds(pki, leaf, verdict):
    state = known(pki, list_of(pki, *range(1, 2000), serial_of(leaf)), root_list(pki))
    good = verify(pki.client().chain, pki.trust, Purpose.CLIENT, pki.now)
    for asked, status in ((good, Status.GOOD), (verdict, Status.REVOKED)):
        best = min(_seconds(asked, state, pki.now) for _ in range(7))
        assert check(asked, state, STRICT, pki.now).status is status
        assert best < 100e-6


def _seconds(verdict, state, at, times=200):
    started = time.process_time()
    for _ in itertools.repeat(None, times):
        check(verdict, state, STRICT, at)
    return (time.process_time() - started) / times
