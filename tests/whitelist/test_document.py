"""What a list and its entries may not hold."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from certs.errors import DistinguishedNameError
from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from whitelist.document import MAX_LIMIT, MAX_PARTNERS, PartnerKind, PartnerStatus
from whitelist.errors import DocumentError
from whitelist.perimeter import FRANCE, Perimeter


@pytest.mark.parametrize(
    "id_",
    ["", "SAMU", "samu rhone", "-samu", "samu-", "sаmu", "samu/..", "samu\n", "é", "s" * 64, "samu_rhone", "①"],
)
def test_an_id_that_is_not_plain_ascii_is_refused(make_partner, id_):
    with pytest.raises(DocumentError, match="id"):
        make_partner(id=id_)


@pytest.mark.parametrize("subject", ["CN=*,O=X,C=FR", "CN=*.exemple.fr,C=FR", "CN=X,OU=1*,C=FR", "O=X,C=FR"])
def test_a_wildcard_name_or_one_without_a_common_name_is_refused(make_partner, subject):
    with pytest.raises(DocumentError):
        make_partner(subject=DistinguishedName.parse(subject))


@pytest.mark.parametrize("issuer", ["CN=*", "O=INTER-ROR"])
def test_the_issuer_is_held_to_the_same_rule(make_partner, issuer):
    with pytest.raises(DocumentError, match="issuer"):
        make_partner(issuer=DistinguishedName.parse(issuer))


def test_an_empty_name_cannot_even_be_built():
    with pytest.raises(DistinguishedNameError):
        DistinguishedName.parse("")


@pytest.mark.parametrize("spki", ["", "A" * 64, "f" * 63, "g" * 64, "f" * 65])
def test_a_key_hash_is_64_lower_case_hexadecimal_digits(make_partner, spki):
    with pytest.raises(DocumentError, match="public key"):
        make_partner(spki=spki)


@pytest.mark.parametrize(
    "text", ["a\x1b[31mb", "a\nb", "a\u202eb", "a\u200bb", "x" * 121, " a", "", "e\u0301", "a\x00"]
)
def test_a_name_that_could_disturb_a_terminal_or_a_log_is_refused(make_partner, text):
    with pytest.raises(DocumentError, match="name"):
        make_partner(name=text)


@pytest.mark.parametrize("field", ["contact", "comment"])
def test_contact_and_comment_are_held_to_the_same_rule(make_partner, field):
    with pytest.raises(DocumentError, match=field):
        make_partner(**{field: "a\r\nb"})


def test_the_default_profile_is_among_the_allowed_ones(make_partner):
    with pytest.raises(DocumentError, match="default profile"):
        make_partner(allowed_profiles=(ProfileCode.CU18,), default_profile=ProfileCode.CU22)


def test_cu23_may_be_the_default_without_being_allowed(make_partner):
    partner = make_partner(allowed_profiles=(ProfileCode.CU18,), default_profile=ProfileCode.CU23)

    assert partner.default_profile is ProfileCode.CU23


@pytest.mark.parametrize("profiles", [(), (ProfileCode.CU22, ProfileCode.CU22)])
def test_profiles_are_named_once_and_at_least_one_is(make_partner, profiles):
    with pytest.raises(DocumentError, match="profiles"):
        make_partner(allowed_profiles=profiles, default_profile=ProfileCode.CU23)


@pytest.mark.parametrize("transactions", [(), (Transaction.SEARCH, Transaction.SEARCH)])
def test_transactions_are_named_once_and_at_least_one_is(make_partner, transactions):
    with pytest.raises(DocumentError, match="transactions"):
        make_partner(transactions=transactions)


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1, True])
def test_a_limit_out_of_bounds_is_refused(make_partner, limit):
    with pytest.raises(DocumentError, match="limit"):
        make_partner(max_limit=limit)


@pytest.mark.parametrize("quota", [0, -1, 1_000_001])
def test_a_quota_out_of_bounds_is_refused(make_partner, quota):
    with pytest.raises(DocumentError, match="quota"):
        make_partner(quota=quota)


def test_validity_is_brought_to_utc(make_partner, now):
    paris = timezone(timedelta(hours=2))

    partner = make_partner(valid_from=datetime(2026, 2, 28, 0, 0, tzinfo=paris))

    assert partner.valid_from == datetime(2026, 2, 27, 22, 0, tzinfo=UTC)
    assert partner.valid_from.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(make_partner):
    with pytest.raises(DocumentError, match="time zone"):
        make_partner(valid_from=datetime(2026, 1, 1))


def test_a_moment_finer_than_a_second_is_refused(make_partner):
    with pytest.raises(DocumentError, match="second"):
        make_partner(valid_from=datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))


def test_a_moment_that_has_no_utc_equivalent_is_refused(make_partner):
    with pytest.raises(DocumentError, match="out of range"):
        make_partner(valid_from=datetime.min.replace(tzinfo=timezone(timedelta(hours=2))))


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1)])
def test_validity_ends_after_it_begins(make_partner, now, length):
    with pytest.raises(DocumentError, match="validity"):
        make_partner(valid_from=now, valid_to=now + length)


def test_a_revoked_entry_says_why(make_partner):
    with pytest.raises(DocumentError, match="comment"):
        make_partner(status=PartnerStatus.REVOKED)


def test_the_home_ror_exists(make_partner):
    with pytest.raises(DocumentError, match="home ROR"):
        make_partner(home_ror="xyz")


def test_only_a_gateway_has_no_home_ror(make_partner):
    with pytest.raises(DocumentError, match="home ROR"):
        make_partner(home_ror=None)
    assert make_partner(home_ror=None, kind=PartnerKind.GATEWAY).home_ror is None


def test_two_entries_for_one_id_are_refused(make_partner, make_whitelist):
    with pytest.raises(DocumentError, match="twice: samu-rhone"):
        make_whitelist(make_partner(), make_partner(spki="0" * 64))


def test_two_entries_for_one_holder_are_refused(make_partner, make_whitelist):
    one = make_partner()

    with pytest.raises(DocumentError, match="key and names"):
        make_whitelist(one, make_partner("other", spki=one.spki, subject=one.subject))


def test_more_entries_than_the_limit_are_refused(make_partner, make_whitelist):
    partner = make_partner()

    with pytest.raises(DocumentError, match=str(MAX_PARTNERS)):
        make_whitelist(*[partner] * (MAX_PARTNERS + 1))


@pytest.mark.parametrize("version", [0, -1, 2**31, 2**63])
def test_a_version_out_of_bounds_is_refused(make_whitelist, version):
    with pytest.raises(DocumentError, match="version"):
        make_whitelist(version=version)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_list_lives_up_to_a_year(make_whitelist, now, days):
    with pytest.raises(DocumentError, match="lives"):
        make_whitelist(expires_at=now + timedelta(days=days))


@pytest.mark.parametrize("threshold", [0, 2])
def test_a_threshold_that_the_officers_cannot_meet_is_refused(make_whitelist, threshold):
    with pytest.raises(DocumentError, match="threshold"):
        make_whitelist(threshold=threshold)


def test_a_list_names_its_officers_once(make_whitelist, key):
    with pytest.raises(DocumentError, match="no officer"):
        make_whitelist(officers=())
    with pytest.raises(DocumentError, match="officer is there twice"):
        make_whitelist(officers=(key.officer, key.officer))


def test_an_entry_is_found_by_its_id(make_partner, make_whitelist):
    partner = make_partner()

    assert make_whitelist(partner).partner("samu-rhone") is partner
    assert make_whitelist(partner).partner("nobody") is None


def test_a_perimeter_names_known_regions():
    with pytest.raises(DocumentError, match="unknown"):
        Perimeter(frozenset({"84", "99"}))
    with pytest.raises(DocumentError, match="empty"):
        Perimeter(frozenset())


def test_a_perimeter_is_told_in_regions_and_rors():
    assert Perimeter.parse(["oin", "84"]).codes == ("04", "06", "84")
    assert Perimeter.parse(["all"]) == FRANCE
    assert Perimeter.parse(["all"]).covers("977")
    with pytest.raises(DocumentError, match="not both"):
        Perimeter.parse(["all", "84"])
