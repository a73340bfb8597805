"""What is written is read back, in both generations and every style, and is valid against the schemas."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ror.coding import Code, Scheme
from ror.csd import ROR_IESS, ROR_IR, Generation, Style, read, write
from ror.csd.shape import Slot, shape
from ror.g1.answer import read_answer, write_answer
from ror.model import (
    Address,
    ContactPoint,
    Credential,
    Device,
    Directory,
    Facility,
    FacilityOrganization,
    GeoCode,
    OperatingHours,
    Organization,
    OtherName,
    Patients,
    Person,
    PersonContact,
    PersonName,
    Price,
    Provider,
    Record,
    Service,
    ServiceLink,
)
from ror.model.wire import Form
from ror.schemas import Kind, problems

FEW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\r\n&<>\"'\x85"
)
_TEXT = st.text(_CHARACTERS, min_size=1, max_size=12).map(lambda text: text.strip(" \t\r\n")).filter(bool)
_CODES = st.builds(
    Code,
    st.one_of(st.sampled_from(["01", "0551", "000", "2A004", "SM46", "121"]), _TEXT),
    st.sampled_from([scheme.value for scheme in Scheme]),
    st.none() | _TEXT,
)
_SCALARS: dict[type, st.SearchStrategy[Any]] = {
    str: _TEXT,
    bool: st.booleans(),
    int: st.integers(-(10**17), 10**17),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=5),
    date: st.dates(),
    time: st.times(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Code: _CODES,
}
_AT_LEAST_ONE = {
    (Organization, "types"),
    (Facility, "types"),
    (Facility, "fields"),
    (Provider, "types"),
    (Address, "lines"),
    (PersonName, "common_names"),
    (Person, "names"),
}
_URI = {(Record, "source"), (ServiceLink, "free_busy_uri")}
_LANGUAGE = {(OtherName, "language"), (PersonName, "language")}


@cache
def values(cls: type) -> st.SearchStrategy[Any]:
    """Any value of ``cls`` that the schema admits."""
    fields = {slot.attribute: _field(cls, slot) for slot in shape(cls, Generation.G2)}
    if cls is Patients:
        fields["age_classes"] = st.lists(_CODES, max_size=2).map(tuple)
    made = st.builds(cls, **fields)
    mend = _MENDING.get(cls)
    return made if mend is None else made.flatmap(mend)


def _field(cls: type, slot: Slot) -> st.SearchStrategy[Any]:
    key = (cls, slot.attribute)
    if key in _URI:
        one: st.SearchStrategy[Any] = st.just("https://ror-ara.demo.inter-ror.fr/csd?a=1&b=2")
    elif key in _LANGUAGE:
        one = st.sampled_from(["fr", "br-FR"])
    elif key == (OperatingHours, "days"):
        one = st.integers(1, 7)
    else:
        one = _SCALARS[slot.kind] if slot.kind in _SCALARS else values(slot.kind)
    if key == (ServiceLink, "organization"):
        return st.none()
    if slot.many:
        return st.lists(one, min_size=int(key in _AT_LEAST_ONE), max_size=2).map(tuple)
    return st.none() | one if slot.optional else one


def _needs_record(attribute: str, *others: str) -> Callable[[Any], st.SearchStrategy[Any]]:
    """An extension that is there has its record."""

    def mend(value: Any) -> st.SearchStrategy[Any]:
        if getattr(value, attribute) is not None or all(getattr(value, other) is None for other in others):
            return st.just(value)
        return values(Record).map(lambda record: replace(value, **{attribute: record}))

    return mend


def _contact_point(value: ContactPoint) -> st.SearchStrategy[ContactPoint]:
    if (value.confidentiality is None) == (value.record is None):
        return st.just(value)
    return st.just(replace(value, confidentiality=None, record=None))


_DETAILS = (
    "base_package",
    "meal_delivery",
    "home_day",
    "dependency",
    "housing_surcharge",
    "human_help",
    "surcharge",
)


def _price(value: Price) -> st.SearchStrategy[Price]:
    kinds = {slot.attribute: slot.kind for slot in shape(Price, Generation.G2)}
    bare = replace(value, **dict.fromkeys(_DETAILS))
    return st.sampled_from(_DETAILS).flatmap(
        lambda name: values(kinds[name]).map(lambda detail: replace(bare, **{name: detail}))
    )


def _person_contact(value: PersonContact) -> st.SearchStrategy[PersonContact]:
    if value.provider is not None:
        return st.just(replace(value, person=None))
    return (
        values(Person).map(lambda person: replace(value, person=person)) if value.person is None else st.just(value)
    )


def _provider(value: Provider) -> st.SearchStrategy[Provider]:
    return st.just(replace(value, mail_box=None) if value.operational_status is None else value)


def _service_link(value: ServiceLink) -> st.SearchStrategy[ServiceLink]:
    return st.just(replace(value, names=tuple(replace(name, language=None) for name in value.names)))


_MENDING: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    ContactPoint: _contact_point,
    GeoCode: _needs_record("extension_record", "reliable"),
    OperatingHours: _needs_record("record", "type"),
    Credential: _needs_record(
        "record", *(slot.attribute for slot in shape(Credential, Generation.G2) if slot.extension)
    ),
    Price: _price,
    PersonContact: _person_contact,
    Provider: _provider,
    ServiceLink: _service_link,
}

ENTRIES = {cls: values(cls) for cls in (Organization, Service, Facility, Provider, Device)}


def parsed(fragment: bytes, generation: Generation, style: Style) -> etree._Element:
    """The fragment in a document that declares what it may need."""
    declaration = ""
    if generation is Generation.G2:
        declaration = f' xmlns{":" if style.prefix else ""}{style.prefix}="urn:ihe:iti:csd:2013"'
    return etree.fromstring(f"<r{declaration}>".encode() + fragment + b"</r>")


def without_g1_only(value: Any) -> Any:
    """A facility as G2 can tell it: without age classes."""
    return replace(value, patients=replace(value.patients, age_classes=())) if isinstance(value, Facility) else value


def linked(facilities: list[Facility], services: list[Service], organizations: list[Organization]) -> Directory:
    """A coherent directory: every unit in the EG, each activity of one unit, ids unique."""
    ej = replace(organizations[0], entity_id="ej", parent=None)
    eg = replace(organizations[1], entity_id="eg", parent="ej")
    units, activities = [], []
    for index, facility in enumerate(facilities):
        activity = replace(services[index], entity_id=f"{index}_s")
        link = FacilityOrganization(entity_id="eg", services=(ServiceLink(entity_id=activity.entity_id),))
        unit_type = Code("4", Scheme.OI_TYPE)
        units.append(replace(facility, entity_id=str(index), types=(unit_type,), organizations=(link,)))
        activities.append(activity)
    return Directory(organizations=(ej, eg), services=tuple(activities), facilities=tuple(units))


DIRECTORIES = st.integers(0, 2).flatmap(
    lambda size: st.builds(
        linked,
        st.lists(ENTRIES[Facility], min_size=size, max_size=size),
        st.lists(ENTRIES[Service], min_size=size, max_size=size),
        st.lists(ENTRIES[Organization], min_size=2, max_size=2),
    )
)


@pytest.mark.parametrize("cls", ENTRIES, ids=lambda cls: cls.__name__)
@FEW
@given(data=st.data())
def test_an_entry_is_read_as_it_was_written_in_g2(cls: type, data: st.DataObject) -> None:
    value = without_g1_only(data.draw(ENTRIES[cls]))
    style = data.draw(st.sampled_from([Style(), ROR_IR, Style(prefix=""), Style(empty_other_id=True)]))
    root = parsed(write(value, Generation.G2, style), Generation.G2, style)
    assert read(root[0], cls, Generation.G2) == value


@pytest.mark.parametrize("cls", [Organization, Provider, Device], ids=lambda cls: cls.__name__)
@FEW
@given(data=st.data())
def test_an_entry_is_read_as_it_was_written_in_g1(cls: type, data: st.DataObject) -> None:
    value = data.draw(ENTRIES[cls])
    style = data.draw(st.sampled_from([Style(), ROR_IR]))
    assert read(parsed(write(value, Generation.G1, style), Generation.G1, style)[0], cls, Generation.G1) == value


@FEW
@given(directory=DIRECTORIES, style=st.sampled_from([Style(), ROR_IR]))
def test_a_g1_answer_is_read_as_it_was_written(directory: Directory, style: Style) -> None:
    assert read_answer(etree.fromstring(write_answer(directory, style))) == directory


@FEW
@given(directory=DIRECTORIES, style=st.sampled_from([ROR_IESS, ROR_IR, Style(empty_other_id=True)]))
def test_a_g1_answer_is_valid(directory: Directory, style: Style) -> None:
    assert problems(etree.fromstring(write_answer(directory, style)), Kind.G1_RESPONSE) == ()


@pytest.mark.parametrize("cls", ENTRIES, ids=lambda cls: cls.__name__)
@FEW
@given(data=st.data())
def test_a_g2_entry_is_valid(cls: type, data: st.DataObject) -> None:
    attribute = {
        Organization: "organizations",
        Service: "services",
        Facility: "facilities",
        Provider: "providers",
        Device: "devices",
    }
    directory = Directory(**{attribute[cls]: (data.draw(ENTRIES[cls]),)})
    style = data.draw(st.sampled_from([ROR_IESS, ROR_IR]))
    document = b'<csd:CSD xmlns:csd="urn:ihe:iti:csd:2013">' + write(directory, Generation.G2, style) + b"</csd:CSD>"
    assert problems(etree.fromstring(document), Kind.CSD_DOCUMENT) == ()


@FEW
@given(facility=ENTRIES[Facility])
def test_bare_codes_are_the_same_codes(facility: Facility) -> None:
    root = parsed(write(facility, Generation.G2, ROR_IESS), Generation.G2, ROR_IESS)
    codes = read(root[0], Facility, Generation.G2).acts
    assert [code.key for code in codes] == [code.key for code in facility.acts]
    assert all(code.label is None for code in codes)


def test_every_form_of_field_is_generated() -> None:
    """The strategies above build from the shape, so that a new field of the model is in these tests at once."""
    forms = {slot.form for cls in ENTRIES for slot in shape(cls, Generation.G2)}
    assert forms == {Form.ATTRIBUTE, Form.ELEMENT, Form.REFERENCE}
