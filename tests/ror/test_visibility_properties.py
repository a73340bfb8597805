"""What holds of the profile filter whatever the directory: it only takes away, once, and all that hangs on it."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ror.access import Profile
from ror.coding import Code, Scheme
from ror.model import Directory, Facility
from ror.visibility import visible_directory

Filled = Callable[..., Directory]

UNITS = st.lists(
    st.tuples(st.uuids().map(str), st.sampled_from(["01", "02", "3", "04", "4", "05", "09", ""]), st.booleans()),
    max_size=4,
    unique_by=lambda unit: unit[0],
)
PROFILES = st.sampled_from(Profile)
EASY = settings(deadline=None, max_examples=150)


def is_part_of(part: Any, whole: Any) -> bool:
    """Whether ``part`` says nothing that ``whole`` does not, in the same order."""
    if part is None or part is whole:
        return True
    if is_dataclass(part):
        same = type(part) is type(whole)
        return same and all(is_part_of(getattr(part, f.name), getattr(whole, f.name)) for f in fields(part))
    if isinstance(part, tuple):
        rest = iter(whole)
        return all(any(is_part_of(item, candidate) for candidate in rest) for item in part)
    return bool(part == whole)


@st.composite
def rearranged(draw: st.DrawFn, directory: Directory) -> Directory:
    """The same entries, with parents, establishments and fields changed at random, some leading nowhere."""
    ids = [facility.entity_id for facility in directory.facilities]

    def change(facility: Facility) -> Facility:
        parent = draw(st.sampled_from([None, "nowhere", *ids]))
        two_fields = draw(st.booleans()) and (*facility.fields, Code("04", Scheme.FIELD))
        return replace(facility, parent=parent, fields=two_fields or facility.fields)

    return replace(directory, facilities=tuple(map(change, directory.facilities)))


@pytest.fixture(scope="session")
def draw(filled: Filled) -> Callable[[st.DataObject], Directory]:
    def draw_directory(data: st.DataObject) -> Directory:
        directory = filled(*data.draw(UNITS))
        return data.draw(rearranged(directory)) if data.draw(st.booleans()) else directory

    return draw_directory


Draw = Callable[[st.DataObject], Directory]


@EASY
@given(data=st.data(), profile=PROFILES)
def test_filtering_twice_is_filtering_once(draw: Draw, data: st.DataObject, profile: Profile) -> None:
    once = visible_directory(draw(data), profile)
    assert visible_directory(once, profile) is once


@EASY
@given(data=st.data(), profile=PROFILES)
def test_nothing_appears_that_was_not_there(draw: Draw, data: st.DataObject, profile: Profile) -> None:
    directory = draw(data)
    assert is_part_of(visible_directory(directory, profile), directory)


@EASY
@given(data=st.data())
def test_regulation_sees_everything(draw: Draw, data: st.DataObject) -> None:
    directory = draw(data)
    assert visible_directory(directory, Profile.REGULATION) is directory


@EASY
@given(data=st.data(), profile=st.sampled_from([Profile.PUBLIC, Profile.MEDICO_SOCIAL]))
def test_orientation_sees_all_that_the_public_and_the_medico_social_see(
    draw: Draw, data: st.DataObject, profile: Profile
) -> None:
    directory = draw(data)
    assert is_part_of(visible_directory(directory, profile), visible_directory(directory, Profile.ORIENTATION))


@EASY
@given(data=st.data(), profile=PROFILES)
def test_a_pointer_that_led_somewhere_still_does(draw: Draw, data: st.DataObject, profile: Profile) -> None:
    directory = draw(data)
    before, after = (_broken_pointers(found) for found in (directory, visible_directory(directory, profile)))
    assert after <= before


def _broken_pointers(directory: Directory) -> set[tuple[str, str]]:
    known = {
        kind: {entry.entity_id for entry in getattr(directory, kind)}
        for kind in ("organizations", "services", "facilities", "providers", "devices")
    }
    pointers = [("organizations", entry.parent) for entry in directory.organizations]
    for facility in directory.facilities:
        pointers.append(("facilities", facility.parent))
        pointers += [("devices", pointer) for pointer in facility.equipment]
        pointers += [("organizations", link.entity_id) for link in facility.organizations]
        pointers += [("services", link.entity_id) for org in facility.organizations for link in org.services]
    for entry in (*directory.organizations, *directory.facilities):
        pointers += [("providers", contact.provider) for contact in entry.person_contacts]
    for provider in directory.providers:
        pointers += [("organizations", link.entity_id) for link in provider.organizations]
        pointers += [("facilities", link.entity_id) for link in provider.facilities]
        pointers += [("services", link.entity_id) for facility in provider.facilities for link in facility.services]
    return {(kind, pointer) for kind, pointer in pointers if pointer is not None and pointer not in known[kind]}
