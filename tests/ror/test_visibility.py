"""Each profile sees what the contract's table says, on every attribute, in every field of activity."""

from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass, replace
from typing import Any

import pytest

from ror.access import Profile, ProfileCode
from ror.coding import Code, Scheme
from ror.errors import FaultError
from ror.faults import Reason
from ror.model import Directory, Facility, Organization, Provider, Record
from ror.question import Criteria
from ror.visibility import (
    VISIBLE,
    Attribute,
    Criterion,
    check_criteria,
    hidden_criteria,
    searchable_fields,
    visible_device,
    visible_directory,
    visible_facility,
    visible_organization,
    visible_provider,
)

Filled = Callable[..., Directory]

FIELDS = ("01", "02", "03", "04", "05")
ALL, NOBODY, MS, TOWN = set(FIELDS), set[str](), {"04"}, {"05"}


def unit(directory: Directory) -> Facility:
    return directory.units[0]


def establishment(directory: Directory) -> Organization:
    return directory.organizations[1]


def professional(directory: Directory) -> Provider:
    return directory.providers[0]


def contact(entry: Facility | Organization, level: int) -> bool:
    return any(found.confidentiality.code == str(level) for found in entry.contacts)


def numbers(directory: Directory) -> set[str]:
    """Every telephone number and address that still stands anywhere."""
    return {value for name, value in leaves(directory) if name == "value" and isinstance(value, str)}


def leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if is_dataclass(value):
        return [leaf for field in dataclass_fields(value) for leaf in leaves(getattr(value, field.name), field.name)]
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in leaves(item, name)]
    return [(name, value)]


def commented(value: Any) -> bool:
    return any(name == "comments" and found is not None for name, found in leaves(value))


Sight = dict[Profile, set[str]]


def sight(public: set[str], regulation: set[str], orientation: set[str], medico_social: set[str]) -> Sight:
    return dict(zip(Profile, (public, regulation, orientation, medico_social), strict=True))


OPEN = sight(ALL, ALL, ALL, ALL)
REGULATION_ONLY = sight(NOBODY, ALL, NOBODY, NOBODY)
NOT_PUBLIC_MS = sight(NOBODY, ALL, ALL, MS)
AVAILABLE = sight(NOBODY, ALL, ALL, NOBODY)
PROFESSIONALS = sight(TOWN, ALL, ALL, {"04", "05"})

MATRIX: dict[str, tuple[Callable[[Directory], bool], Sight]] = {
    "unit: contact of level 1": (lambda d: contact(unit(d), 1), OPEN),
    "unit: contact of level 2": (lambda d: contact(unit(d), 2), NOT_PUBLIC_MS),
    "unit: contact of level 3": (lambda d: contact(unit(d), 3), REGULATION_ONLY),
    "EG: contact of level 1": (lambda d: contact(establishment(d), 1), OPEN),
    "EG: contact of level 2": (lambda d: contact(establishment(d), 2), NOT_PUBLIC_MS),
    "EG: contact of level 3": (lambda d: contact(establishment(d), 3), REGULATION_ONLY),
    "EJ: contact of level 2": (lambda d: contact(d.organizations[0], 2), NOT_PUBLIC_MS),
    "point of level 1 in a contact of level 1": (lambda d: "contact 1, point 1" in numbers(d), OPEN),
    "point of no level in a contact of level 1": (lambda d: "contact 1, point None" in numbers(d), OPEN),
    "point of level 2 in a contact of level 1": (lambda d: "contact 1, point 2" in numbers(d), NOT_PUBLIC_MS),
    "point of level 3 in a contact of level 1": (lambda d: "contact 1, point 3" in numbers(d), REGULATION_ONLY),
    "point of no level in a contact of level 2": (lambda d: "contact 2, point None" in numbers(d), NOT_PUBLIC_MS),
    "point of no level in a contact of level 3": (lambda d: "contact 3, point None" in numbers(d), REGULATION_ONLY),
    "point of level 1 outside contacts": (lambda d: "level 1" in numbers(d), OPEN),
    "point of level 2 outside contacts": (lambda d: "level 2" in numbers(d), NOT_PUBLIC_MS),
    "point of level 3 outside contacts": (lambda d: "level 3" in numbers(d), REGULATION_ONLY),
    "point of no level outside contacts": (lambda d: "no level" in numbers(d), REGULATION_ONLY),
    "person named as a contact": (
        lambda d: any(c.person for e in (unit(d), establishment(d)) for c in e.person_contacts),
        REGULATION_ONLY,
    ),
    "professional named as a contact": (
        lambda d: all(any(c.provider for c in e.person_contacts) for e in (unit(d), establishment(d))),
        PROFESSIONALS,
    ),
    "mail box of level 1": (lambda d: "mss 1" in numbers(d), OPEN),
    "mail box of level 2": (lambda d: "mss 2" in numbers(d), NOT_PUBLIC_MS),
    "mail box of level 3": (lambda d: len(unit(d).mail_boxes) == 3, REGULATION_ONLY),
    "drop zone": (lambda d: establishment(d).drop_zone is not None, REGULATION_ONLY),
    "ORSAN level": (lambda d: establishment(d).orsan_level is not None, REGULATION_ONLY),
    "family housing": (lambda d: establishment(d).family_housing is True, OPEN),
    "crisis capacity": (lambda d: unit(d).crisis is not None, REGULATION_ONLY),
    "installed beds": (lambda d: unit(d).accommodation.beds.installed == 8, OPEN),
    "available beds": (lambda d: unit(d).accommodation.beds.available is not None, AVAILABLE),
    "date of available beds": (lambda d: unit(d).accommodation.beds.updated is not None, AVAILABLE),
    "places of which only availability is known": (lambda d: unit(d).accommodation.places is not None, AVAILABLE),
    "skills": (lambda d: unit(d).skills is not None, NOT_PUBLIC_MS),
    "pointer at equipment": (lambda d: unit(d).equipment == ("u_d",), NOT_PUBLIC_MS),
    "device": (lambda d: len(d.devices) == 1, NOT_PUBLIC_MS),
    "specific act": (lambda d: unit(d).acts != (), NOT_PUBLIC_MS),
    "specialised care": (lambda d: unit(d).care_specialities != (), NOT_PUBLIC_MS),
    "comments on the unit": (lambda d: commented(unit(d)), NOT_PUBLIC_MS),
    "comments on its place": (lambda d: commented(unit(d).location), NOT_PUBLIC_MS),
    "comments on the pôle": (lambda d: commented(d.facilities[0]), NOT_PUBLIC_MS),
    "comments on the EG": (lambda d: commented(establishment(d)), NOT_PUBLIC_MS),
    "comments on the EJ": (lambda d: commented(d.organizations[0]), NOT_PUBLIC_MS),
    "comments on the activity": (lambda d: commented(d.services), NOT_PUBLIC_MS),
    "comments anywhere": (lambda d: commented(d), NOT_PUBLIC_MS),
    "activity, care mode, hours, place": (
        lambda d: (
            len(d.services) == 1 and bool(unit(d).care_mode.code and unit(d).operating_hours and unit(d).location)
        ),
        OPEN,
    ),
    "professional": (lambda d: len(d.providers) == 1, PROFESSIONALS),
    "skills of a professional": (
        lambda d: bool(d.providers and professional(d).operational_status.specific_skills),
        NOT_PUBLIC_MS,
    ),
    "telephone of level 2 of a professional": (
        lambda d: bool(d.providers and professional(d).operational_status.contact_point),
        NOT_PUBLIC_MS,
    ),
    "mail box of level 2 of a professional": (
        lambda d: bool(d.providers and professional(d).mail_box),
        NOT_PUBLIC_MS,
    ),
    "own telephone of a professional": (
        lambda d: bool(d.providers and professional(d).demographic.contact_points[-1].value == "level 3"),
        REGULATION_ONLY,
    ),
}


@pytest.fixture(scope="module")
def views(filled: Filled) -> dict[tuple[Profile, str], Directory]:
    return {
        (profile, field): visible_directory(filled(("u", field, False)), profile)
        for profile in Profile
        for field in FIELDS
    }


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name.lower())
@pytest.mark.parametrize("row", MATRIX)
def test_a_profile_sees_what_the_table_says(
    views: dict[tuple[Profile, str], Directory], row: str, profile: Profile, field: str
) -> None:
    is_seen, expected = MATRIX[row]
    assert is_seen(views[profile, field]) == (field in expected[profile])


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name.lower())
def test_a_sensitive_unit_is_seen_by_regulation_only(filled: Filled, profile: Profile) -> None:
    directory = filled(("open", "01", False), ("secret", "03", True))
    shown = visible_directory(directory, profile)
    seen = profile is Profile.REGULATION
    for entries in (shown.units, shown.services):
        assert len(entries) == (2 if seen else 1)
    assert ("secret" in str(leaves(shown))) == seen
    assert visible_facility(directory.units[1], profile) is (directory.units[1] if seen else None)


@pytest.mark.parametrize("profile", [Profile.PUBLIC, Profile.ORIENTATION, Profile.MEDICO_SOCIAL])
def test_what_is_left_with_sensitive_units_only_vanishes_with_them(filled: Filled, profile: Profile) -> None:
    assert visible_directory(filled(("a", "03", True), ("b", "03", True)), profile) == Directory()


def test_a_field_that_only_a_sensitive_unit_has_is_not_told_above_it(filled: Filled) -> None:
    shown = visible_directory(filled(("open", "01", False), ("secret", "03", True)), Profile.ORIENTATION)
    assert [code.code for code in shown.facilities[0].fields] == ["01"]


def test_an_establishment_without_units_stays(filled: Filled) -> None:
    empty = replace(filled(), facilities=(), providers=())
    shown = visible_directory(empty, Profile.ORIENTATION)
    assert [organization.entity_id for organization in shown.organizations] == ["ej", "eg"]


def test_a_legal_entity_stays_with_its_other_establishment(filled: Filled) -> None:
    directory = filled(("secret", "03", True))
    other = replace(directory.organizations[1], entity_id="other")
    shown = visible_directory(
        replace(directory, organizations=(*directory.organizations, other)), Profile.ORIENTATION
    )
    assert [organization.entity_id for organization in shown.organizations] == ["ej", "other"]


def test_the_contacts_of_an_establishment_open_to_profile_3_with_one_unit_of_field_04(filled: Filled) -> None:
    shown = visible_directory(filled(("a", "01", False), ("b", "04", False)), Profile.MEDICO_SOCIAL)
    assert [len(organization.contacts) for organization in shown.organizations] == [2, 2]
    assert [len(found.contacts) for found in shown.units] == [1, 2]
    assert [device.entity_id for device in shown.devices] == ["b_d"]


def test_a_sensitive_unit_of_field_04_opens_nothing(filled: Filled) -> None:
    shown = visible_directory(filled(("a", "01", False), ("b", "04", True)), Profile.MEDICO_SOCIAL)
    assert [len(organization.contacts) for organization in shown.organizations] == [1, 1]


def test_a_professional_is_seen_in_the_units_of_his_open_fields_only(filled: Filled) -> None:
    directory = filled(("hospital", "01", False), ("town", "5", False), ("secret", "05", True))
    (shown,) = visible_directory(directory, Profile.PUBLIC).providers
    assert [link.entity_id for link in shown.facilities] == ["town"]


def test_no_pointer_at_a_vanished_entry_remains(filled: Filled) -> None:
    directory = filled(("open", "01", False), ("secret", "05", True))
    shown = visible_directory(directory, Profile.PUBLIC)
    assert shown.providers == ()
    assert all(not entry.person_contacts for entry in (*shown.organizations, *shown.facilities))


def test_a_pole_marked_sensitive_is_hidden_but_not_the_units_below_it(filled: Filled) -> None:
    directory = filled(("open", "01", False))
    pole = replace(directory.facilities[0], sensitive=True)
    shown = visible_directory(replace(directory, facilities=(pole, *directory.units)), Profile.ORIENTATION)
    assert [(found.entity_id, found.parent) for found in shown.facilities] == [("open", None)]


def test_a_pointer_that_led_nowhere_is_left_as_it_was(filled: Filled) -> None:
    directory = filled(("open", "01", False))
    only_units = replace(directory, facilities=directory.units)
    assert visible_directory(only_units, Profile.ORIENTATION).units[0].parent == "pole"


def test_loops_of_pointers_are_borne(filled: Filled) -> None:
    directory = filled(("secret", "01", True))
    pole = replace(directory.facilities[0], parent="pole")
    ej = replace(directory.organizations[0], parent="eg")
    looped = replace(directory, facilities=(pole, *directory.units), organizations=(ej, directory.organizations[1]))
    assert visible_directory(looped, Profile.PUBLIC).units == ()


def test_a_unit_that_tells_two_fields_shows_only_what_every_field_shows(filled: Filled) -> None:
    found = filled(("u", "04", False)).units[0]
    doubtful = replace(found, fields=(*found.fields, Code("01", Scheme.FIELD)))
    shown = visible_facility(doubtful, Profile.MEDICO_SOCIAL)
    assert shown is not None
    assert (shown.acts, shown.skills, len(shown.contacts)) == ((), None, 1)


def test_a_level_that_is_in_no_table_is_very_restricted(filled: Filled) -> None:
    found = filled(("u", "01", False)).units[0]
    odd = replace(found, contacts=tuple(replace(c, confidentiality=Code("9", "x")) for c in found.contacts))
    shown = visible_facility(odd, Profile.ORIENTATION)
    assert shown is not None
    assert shown.contacts == ()


def test_what_hides_nothing_gives_the_same_object_back(filled: Filled) -> None:
    directory = filled(("u", "01", False))
    assert visible_directory(directory, Profile.REGULATION) is directory
    for profile in Profile:
        once = visible_directory(directory, profile)
        assert visible_directory(once, profile) is once
        assert visible_facility(once.units[0], profile) is once.units[0]
        assert visible_organization(once.organizations[1], profile, frozenset({"01"})) is once.organizations[1]
    assert visible_device(directory.devices[0], Profile.ORIENTATION, frozenset()) is directory.devices[0]
    assert visible_provider(directory.providers[0], Profile.REGULATION, frozenset()) is directory.providers[0]


def test_parts_that_nothing_hides_are_shared(filled: Filled) -> None:
    found = filled(("u", "04", False)).units[0]
    shown = visible_facility(found, Profile.MEDICO_SOCIAL)
    assert shown is not None
    assert shown.skills is found.skills
    assert shown.location is found.location


def test_only_comments_leave_a_record(filled: Filled) -> None:
    found = filled(("u", "01", False)).units[0]
    shown = visible_facility(found, Profile.PUBLIC)
    assert shown is not None
    record: Record = shown.record
    assert record == replace(found.record, comments=None)


def test_a_criterion_on_something_hidden_is_named() -> None:
    code = Code("0551", Scheme.ACT)
    everything = Criteria(
        activities=(code,),
        act=code,
        speciality=code,
        equipment=code,
        care_modes=(code,),
        age_days=1,
        available_beds=1,
    )
    four = ("acte spécifique", "spécialité", "équipement", "lits disponibles")
    assert hidden_criteria(everything, Profile.PUBLIC) == four
    assert hidden_criteria(everything, Profile.REGULATION) == ()
    assert hidden_criteria(everything, Profile.ORIENTATION) == ()
    assert hidden_criteria(everything, Profile.MEDICO_SOCIAL) == ("lits disponibles",)
    assert hidden_criteria(Criteria(activities=(code,), name="Lyon", age_days=0), Profile.PUBLIC) == ()


def test_a_criterion_selects_in_the_fields_where_it_is_seen() -> None:
    assert searchable_fields(Criterion.ACT, Profile.MEDICO_SOCIAL) == {"04"}
    assert searchable_fields(Criterion.ACT, Profile.ORIENTATION) is None
    assert searchable_fields(Criterion.AVAILABLE_BEDS, Profile.MEDICO_SOCIAL) == frozenset()


@pytest.mark.parametrize("attribute", Attribute, ids=lambda attribute: attribute.name)
def test_regulation_sees_everything_and_orientation_more_than_the_public(attribute: Attribute) -> None:
    def seen(profile: Profile) -> frozenset[str]:
        fields = VISIBLE[attribute][profile]
        return frozenset(FIELDS) if fields is None else fields

    assert seen(Profile.REGULATION) == frozenset(FIELDS)
    assert seen(Profile.PUBLIC) <= seen(Profile.ORIENTATION)
    assert seen(Profile.MEDICO_SOCIAL) <= seen(Profile.ORIENTATION)


def test_a_search_on_what_the_profile_hides_is_refused_by_name() -> None:
    asked = Criteria(act=Code("0551", Scheme.ACT), available_beds=1)

    with pytest.raises(FaultError) as refused:
        check_criteria(asked, ProfileCode.CU23)

    assert refused.value.fault.reason is Reason.CRITERION_HIDDEN
    assert refused.value.fault.message.endswith("chercher sur : acte spécifique, lits disponibles.")
    check_criteria(asked, ProfileCode.CU22)
