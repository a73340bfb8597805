"""The two decisions, rule by rule, and the laws that hold for every list and question."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.names import DistinguishedName
from ror.access import Profile, ProfileCode, Transaction
from ror.faults import Reason
from ror.territory import REGION_BY_CODE
from whitelist.decision import Admission, Grant, Refusal, admit, authorise, issuer_matches
from whitelist.document import PartnerKind, PartnerStatus
from whitelist.index import Match, WhitelistIndex
from whitelist.perimeter import FRANCE, Perimeter

REGIONS = st.sampled_from(sorted(REGION_BY_CODE))
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="session")
def decide(make_whitelist, identity_for, now):
    def decide(partner, *, at=now, transaction=Transaction.SEARCH, identity=None, **options):
        index = WhitelistIndex(make_whitelist(partner))
        return admit(index, identity or identity_for(partner), transaction, at, **options)

    return decide


def test_a_listed_holder_is_admitted(make_partner, decide):
    partner = make_partner()

    assert decide(partner) == Admission(partner)


def test_nobody_is_admitted_by_an_empty_list(make_partner, make_whitelist, identity_for, now):
    decision = admit(WhitelistIndex(make_whitelist()), identity_for(make_partner()), Transaction.SEARCH, now)

    assert decision.reason is Reason.PARTNER_NOT_LISTED


def test_the_same_name_under_another_key_is_told_as_such(make_partner, decide, identity_for):
    partner = make_partner()

    decision = decide(partner, identity=identity_for(partner, spki="0" * 64))

    assert decision.reason is Reason.PARTNER_KEY_MISMATCH
    assert decision.evidence["near"] == ("samu-rhone",)


def test_the_same_name_from_another_authority_under_another_key_is_told_as_such(make_partner, decide, identity_for):
    partner = make_partner()
    identity = identity_for(partner, spki="0" * 64, issuer=DistinguishedName.parse("CN=AUTRE AC"))

    assert decide(partner, identity=identity).reason is Reason.PARTNER_KEY_MISMATCH


@pytest.mark.parametrize("field", ["issuer", "subject"])
def test_the_same_key_under_another_name_is_not_listed(make_partner, decide, identity_for, field):
    partner = make_partner()

    decision = decide(partner, identity=identity_for(partner, **{field: DistinguishedName.parse("CN=AUTRE")}))

    assert decision.reason is Reason.PARTNER_NOT_LISTED
    assert decision.evidence["match"] == Match.OTHER_NAME.value
    assert decision.evidence["near"] == ("samu-rhone",)


@pytest.mark.parametrize(
    "subject",
    [
        "CN=app samu-rhone,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR",
        "CN=APP samu-rhone,OU=300000201400017,O=DEMO,ST=Rhone (69),C=FR",
        "CN=АPP samu-rhone,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR",
        "C=FR,ST=Rhône (69),O=DEMO,OU=300000201400017,CN=APP samu-rhone",
        "CN=APP  samu-rhone,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR",
    ],
)
def test_a_name_that_only_looks_alike_is_another_one(make_partner, decide, identity_for, subject):
    partner = make_partner()
    identity = identity_for(partner, subject=DistinguishedName.parse(subject))

    assert decide(partner, identity=identity).reason is Reason.PARTNER_NOT_LISTED


def test_one_key_under_two_names_is_two_partners(make_partner, make_whitelist, identity_for, now):
    first = make_partner()
    second = make_partner("samu-isere", spki=first.spki)
    index = WhitelistIndex(make_whitelist(first, second))

    assert admit(index, identity_for(second), Transaction.SEARCH, now) == Admission(second)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(PartnerStatus.SUSPENDED, Reason.PARTNER_SUSPENDED), (PartnerStatus.REVOKED, Reason.PARTNER_REVOKED)],
)
def test_an_entry_that_is_not_active_is_refused(make_partner, decide, status, reason):
    assert decide(make_partner(status=status, comment="clé perdue")).reason is reason


def test_revoked_is_told_before_expired(make_partner, decide, now):
    partner = make_partner(status=PartnerStatus.REVOKED, comment="fin", valid_to=now)

    assert decide(partner).reason is Reason.PARTNER_REVOKED


def test_validity_includes_its_beginning_and_excludes_its_end(make_partner, decide, now):
    start, end = now - timedelta(days=10), now + timedelta(days=10)
    partner = make_partner(valid_from=start, valid_to=end)

    assert decide(partner, at=start - timedelta(microseconds=1)).reason is Reason.WHITELIST_UNUSABLE
    assert decide(partner, at=end - timedelta(microseconds=1)) == Admission(partner)
    assert decide(partner, at=end).reason is Reason.PARTNER_EXPIRED


def test_an_entry_that_opens_later_is_not_yet_valid(make_partner, decide, now):
    partner = make_partner(valid_from=now + SECOND)

    assert decide(partner).reason is Reason.PARTNER_NOT_YET_VALID
    assert decide(partner, at=now + SECOND) == Admission(partner)


def test_a_leap_day_bounds_like_any_other(make_partner, make_whitelist, identity_for, now):
    leap = now.replace(year=2028, month=2, day=29, hour=0)
    partner = make_partner(valid_to=leap)
    index = WhitelistIndex(
        make_whitelist(partner, issued_at=leap - timedelta(days=1), expires_at=leap + timedelta(days=9))
    )

    assert admit(index, identity_for(partner), Transaction.SEARCH, leap - SECOND) == Admission(partner)
    assert admit(index, identity_for(partner), Transaction.SEARCH, leap).reason is Reason.PARTNER_EXPIRED


def test_a_list_that_has_expired_admits_nobody(make_partner, decide, now):
    partner = make_partner(valid_to=now + timedelta(days=400))

    assert decide(partner, at=now + timedelta(days=30) - SECOND) == Admission(partner)
    assert decide(partner, at=now + timedelta(days=30)).reason is Reason.WHITELIST_UNUSABLE


def test_a_list_from_the_future_admits_nobody(make_partner, decide, now):
    assert decide(make_partner(), at=now - timedelta(minutes=6)).reason is Reason.WHITELIST_UNUSABLE


def test_a_transaction_that_is_not_listed_is_refused(make_partner, decide):
    assert decide(make_partner(), transaction=Transaction.EXTRACTION).reason is Reason.TRANSACTION_NOT_ALLOWED


def test_a_kind_that_is_not_served_here_is_refused(make_partner, decide):
    gateway = make_partner(kind=PartnerKind.GATEWAY)

    served = frozenset({PartnerKind.ROR, PartnerKind.APPLICATION})

    assert decide(gateway, kinds=served).reason is Reason.TRANSACTION_NOT_ALLOWED
    assert decide(gateway) == Admission(gateway)


def test_without_a_vihf_the_default_profile_applies(make_partner):
    grant = authorise(make_partner(), None, ["84"], [])

    assert grant.profile_code is ProfileCode.CU22
    assert grant.profile is Profile.REGULATION


def test_without_a_default_the_profile_is_public(make_partner):
    partner = make_partner(default_profile=ProfileCode.CU23)

    assert authorise(partner, None, ["84"], []).profile is Profile.PUBLIC


def test_a_claimed_profile_on_the_list_is_granted(make_partner):
    assert authorise(make_partner(), "CU18", ["84"], []).profile_code is ProfileCode.CU18


@pytest.mark.parametrize("code", ["CU20", "CU23"])
def test_a_claimed_profile_outside_the_list_is_refused(make_partner, code):
    assert authorise(make_partner(), code, ["84"], []).reason is Reason.PROFILE_NOT_ALLOWED


@pytest.mark.parametrize("code", ["", "cu22", "CU22 ", "CU99", "1", "CU22\x00", "СU22"])
def test_a_profile_that_does_not_exist_is_unknown(make_partner, code):
    assert authorise(make_partner(), code, ["84"], []).reason is Reason.PROFILE_UNKNOWN


def test_a_gateway_may_claim_any_profile_for_its_callers(make_partner):
    gateway = make_partner(
        kind=PartnerKind.GATEWAY, allowed_profiles=(ProfileCode.CU23,), default_profile=ProfileCode.CU23
    )

    assert authorise(gateway, "CU22", ["84"], []).profile_code is ProfileCode.CU22
    assert authorise(gateway, "CU99", ["84"], []).reason is Reason.PROFILE_UNKNOWN


def test_a_region_named_outside_the_perimeter_refuses_the_question(make_partner):
    partner = make_partner(perimeter=Perimeter(frozenset({"84"})))

    refusal = authorise(partner, None, ["84", "11"], ["93"])

    assert refusal.reason is Reason.PERIMETER_OUTSIDE
    assert refusal.evidence["regions"] == ("11",)


def test_a_region_only_implied_outside_the_perimeter_is_told_apart(make_partner):
    partner = make_partner(perimeter=Perimeter(frozenset({"84", "76"})))

    grant = authorise(partner, None, ["84"], ["76", "93"])

    assert grant.allowed_regions == {"84", "76"}
    assert grant.refused_regions == {"93"}


def test_the_vihf_issuer_is_the_certificates_subject_in_either_order(make_partner, identity_for):
    identity = identity_for(make_partner())
    turned = DistinguishedName(identity.subject.attributes[::-1])

    assert issuer_matches(str(identity.subject), identity)
    assert issuer_matches(str(turned), identity)


@pytest.mark.parametrize(
    "issuer", ["", "CN=APP samu-rhone", "pas un nom", "CN=AUTRE,C=FR", "\x00", "CN=" + "x" * 10_000]
)
def test_any_other_vihf_issuer_is_refused(make_partner, identity_for, issuer):
    assert not issuer_matches(issuer, identity_for(make_partner()))


@st.composite
def partners(draw, make):
    codes = draw(st.lists(st.sampled_from(ProfileCode), min_size=1, unique=True))
    perimeter = draw(st.one_of(st.just(FRANCE), st.frozensets(REGIONS, min_size=1).map(Perimeter)))
    status = draw(st.sampled_from(PartnerStatus))
    return make(
        allowed_profiles=tuple(codes),
        default_profile=draw(st.sampled_from([*codes, ProfileCode.CU23])),
        perimeter=perimeter,
        transactions=tuple(draw(st.lists(st.sampled_from(Transaction), min_size=1, unique=True))),
        status=status,
        comment="raison",
        kind=draw(st.sampled_from([PartnerKind.ROR, PartnerKind.APPLICATION])),
    )


@given(data=st.data())
def test_nothing_is_ever_granted_that_the_entry_does_not_list(data, make_partner):
    partner = data.draw(partners(make_partner))
    claimed = data.draw(
        st.one_of(st.none(), st.sampled_from([code.value for code in ProfileCode]), st.text(max_size=5))
    )
    named, implied = data.draw(st.sets(REGIONS)), data.draw(st.sets(REGIONS))

    decision = authorise(partner, claimed, named, implied)

    match decision:
        case Grant():
            assert decision.profile_code in {*partner.allowed_profiles, partner.default_profile}
            assert claimed in {None, decision.profile_code.value}
            assert claimed is None or decision.profile_code in partner.allowed_profiles
            assert all(partner.perimeter.covers(region) for region in decision.allowed_regions)
            assert not any(partner.perimeter.covers(region) for region in decision.refused_regions)
            assert named <= decision.allowed_regions
            assert decision.allowed_regions | decision.refused_regions == named | implied
        case Refusal(Reason.PERIMETER_OUTSIDE):
            assert any(not partner.perimeter.covers(region) for region in named)
        case Refusal(Reason.PROFILE_UNKNOWN):
            assert claimed not in {None, *(code.value for code in ProfileCode)}
        case Refusal(Reason.PROFILE_NOT_ALLOWED):
            assert claimed not in {code.value for code in partner.allowed_profiles}
        case _:
            pytest.fail(f"unforeseen {decision}")


@given(data=st.data())
def test_who_is_admitted_is_listed_active_in_time_and_for_that_transaction(
    data, make_partner, make_whitelist, identity_for, now
):
    partner = data.draw(partners(make_partner))
    transaction = data.draw(st.sampled_from(Transaction))
    at = now + data.draw(st.timedeltas(timedelta(days=-40), timedelta(days=40)))
    identity = identity_for(partner)
    forged = data.draw(st.sampled_from([None, "spki", "issuer", "subject"]))
    if forged is not None:
        value = "0" * 64 if forged == "spki" else DistinguishedName.parse("CN=AUTRE")
        identity = replace(identity, **{forged: value})

    decision = admit(WhitelistIndex(make_whitelist(partner)), identity, transaction, at)

    rightful = (
        forged is None
        and partner.is_open(at)
        and transaction in partner.transactions
        and now - timedelta(minutes=5) <= at < now + timedelta(days=30)
    )
    assert isinstance(decision, Admission) == rightful


@given(region=st.text(max_size=4), narrower=st.frozensets(REGIONS, min_size=1), wider=st.frozensets(REGIONS))
def test_a_narrower_perimeter_never_grants_more(make_partner, region, narrower, wider):
    small = authorise(make_partner(perimeter=Perimeter(narrower)), None, [], [region])
    large = authorise(make_partner(perimeter=Perimeter(narrower | wider)), None, [], [region])

    assert small.allowed_regions <= large.allowed_regions
