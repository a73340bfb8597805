"""Persons in an entry, and the door for them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from certs.profiles import Usage
from ror.access import ProfileCode, Transaction
from ror.faults import Reason
from whitelist.decision import PersonAdmission, admit_person
from whitelist.document import PartnerStatus
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.errors import DocumentError
from whitelist.index import WhitelistIndex
from whitelist.people import MAX_PEOPLE, Person, PersonRole


def _person(id_="poste-1", key="1", **changed):
    person = Person(id=id_, spki=key * 64, roles=(PersonRole.READER,), profile=ProfileCode.CU22)
    return replace(person, **changed)


@pytest.fixture
def admitted(make_whitelist, identity_for, now):
    """The decision on the person of a partner, certificate and all else as a test says."""

    def decide(
        partner,
        *,
        role=PersonRole.READER,
        transaction=Transaction.SEARCH,
        at=now,
        spki="1" * 64,
        usage=Usage.PERSONNES,
    ):
        identity = identity_for(partner, spki=spki, usage=usage)
        return admit_person(WhitelistIndex(make_whitelist(partner)), identity, role, transaction, at)

    return decide


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "Jean Dupont"},
        {"spki": "A" * 64},
        {"spki": "1" * 63},
        {"roles": ()},
        {"roles": (PersonRole.READER, PersonRole.READER)},
    ],
    ids=str,
)
def test_a_person_that_is_not_well_formed_is_refused(changed):
    with pytest.raises(DocumentError):
        _person(**changed)


def test_a_person_has_one_of_the_partners_profiles(make_partner):
    with pytest.raises(DocumentError, match="not among the partner's"):
        make_partner(people=(_person(profile=ProfileCode.CU20),))


@pytest.mark.parametrize("twin", [_person(key="2"), _person("poste-2")])
def test_two_persons_of_an_entry_have_two_ids_and_two_keys(make_partner, twin):
    with pytest.raises(DocumentError, match="same"):
        make_partner(people=(_person(), twin))


def test_a_key_is_one_persons_in_the_whole_list(make_partner, make_whitelist):
    with pytest.raises(DocumentError, match="person's key"):
        make_whitelist(make_partner(people=(_person(),)), make_partner("other", people=(_person(),)))


def test_a_partners_key_is_no_persons(make_partner, make_whitelist):
    other = make_partner("other", spki="1" * 64)

    with pytest.raises(DocumentError, match="partner's key"):
        make_whitelist(make_partner(people=(_person(),)), other)


def test_an_entry_names_a_bounded_number_of_persons(make_partner):
    people = tuple(_person(f"p-{n}", spki=f"{n:064x}") for n in range(MAX_PEOPLE + 1))

    with pytest.raises(DocumentError, match=str(MAX_PEOPLE)):
        make_partner(people=people)
    assert len(make_partner(people=people[1:]).people) == MAX_PEOPLE


def test_persons_stand_in_the_signed_form_and_read_back_equal(make_partner, make_whitelist):
    both = (PersonRole.BED_WRITER, PersonRole.READER)
    whitelist = make_whitelist(make_partner(people=(_person("z"), _person("a", "2", roles=both))))

    payload = write_whitelist(whitelist)

    assert read_whitelist(payload) == whitelist
    assert [one["id"] for one in json.loads(payload)["partners"][0]["people"]] == ["a", "z"]


@pytest.mark.parametrize(
    "change", [{"role": "reader"}, {"roles": ["admin"]}, {"roles": []}, {"profile": "CU99"}, {"name": "X"}]
)
def test_a_person_in_another_form_is_refused(make_partner, make_whitelist, change):
    file = json.loads(write_whitelist(make_whitelist(make_partner(people=(_person(),)))))
    file["partners"][0]["people"][0].update(change)

    with pytest.raises(DocumentError):
        read_whitelist(json.dumps(file, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())


def test_a_listed_person_is_admitted_under_its_one_profile(make_partner, admitted):
    partner = make_partner(people=(_person(),))

    decision = admitted(partner)

    assert isinstance(decision, PersonAdmission)
    assert decision.person.profile is ProfileCode.CU22
    assert decision.partner == partner


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"spki": "2" * 64}, Reason.PARTNER_NOT_LISTED),
        ({"usage": Usage.ORG_AUTH_CLI}, Reason.PARTNER_NOT_LISTED),
        ({"role": PersonRole.BED_WRITER}, Reason.TRANSACTION_NOT_ALLOWED),
        ({"transaction": Transaction.EXTRACTION}, Reason.TRANSACTION_NOT_ALLOWED),
    ],
    ids=str,
)
def test_any_other_person_role_or_transaction_is_refused(make_partner, admitted, asked, reason):
    assert admitted(make_partner(people=(_person(),)), **asked).reason is reason


def test_a_partners_own_certificate_is_no_persons(make_partner, admitted):
    partner = make_partner(people=(_person(),))

    assert admitted(partner, spki=partner.spki).reason is Reason.PARTNER_NOT_LISTED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": PartnerStatus.SUSPENDED}, Reason.PARTNER_SUSPENDED),
        ({"status": PartnerStatus.REVOKED, "comment": "x"}, Reason.PARTNER_REVOKED),
    ],
)
def test_a_person_falls_with_its_partner(make_partner, admitted, changed, reason):
    assert admitted(make_partner(people=(_person(),), **changed)).reason is reason


def test_a_person_is_admitted_by_no_list_that_is_over(make_partner, admitted, now):
    partner = make_partner(people=(_person(),), valid_to=now + timedelta(days=300))

    assert admitted(partner, at=now + timedelta(days=31)).reason is Reason.WHITELIST_UNUSABLE
