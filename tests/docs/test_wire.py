"""docs/wire.md and docs/glossary.md against the code: who sees what, bounds, names on the wire."""

import re

import pytest

from gateway.federation import deadline
from regional_nodes.habits import HABITS, NEWEST_RELEASE
from ror import namespaces as ns
from ror.access import Profile, ProfileCode
from ror.coding import DIVISION_TYPE_2016, Authority, Scheme
from ror.g1.destinations import LEVEL_SCHEMES, MAX_DISTANCE_KM
from ror.g1.question import MAX_NAME_CHARACTERS
from ror.g1.walk import MANY
from ror.question import DEFAULT_DEADLINE_S, DEFAULT_LIMIT, LONGEST_DEADLINE_S, MAX_LIMIT
from ror.territory import ROR_BY_ID
from ror.visibility import VISIBLE
from ror.xml_parser import REQUEST_LIMITS
from tests.support.documents import ROOT, codes, read

WIRE = read("docs/wire.md")
GLOSSARY = read("docs/glossary.md")
PROFILE_COLUMNS = {Profile.PUBLIC: 1, Profile.REGULATION: 2, Profile.ORIENTATION: 3, Profile.MEDICO_SOCIAL: 4}


def test_every_attribute_is_told_with_who_sees_it() -> None:
    told = {row[0]: row for row in WIRE.table("attribute")}
    assert set(told) == {attribute.value for attribute in VISIBLE}
    for attribute, row in VISIBLE.items():
        for profile, column in PROFILE_COLUMNS.items():
            fields = row[profile]
            shown = "all" if fields is None else " ".join(sorted(fields)) or "–"
            assert told[attribute.value][column] == shown, (attribute, profile)


@pytest.mark.parametrize("profile_code", ProfileCode)
def test_every_profile_code_stands_over_its_column(profile_code: ProfileCode) -> None:
    heading = next(line for line in WIRE.prose.splitlines() if line.startswith("| attribute |"))
    assert profile_code in heading.split("|")[1 + PROFILE_COLUMNS[profile_code.profile]]


@pytest.mark.parametrize(
    "told",
    [
        ns.PATH_G1, ns.ACTION_SEARCH, ns.G1, ns.PASSERELLE, DIVISION_TYPE_2016, *LEVEL_SCHEMES.values(),
        Scheme.DIVISION_TYPE, Scheme.SPECIALITY, Scheme.INSURANCE_SPECIALITY,
    ],
)  # fmt: skip
def test_names_are_those_of_the_code(told: str) -> None:
    assert told in WIRE.text


@pytest.mark.parametrize(
    "sentence",
    [
        f"**Limit**: {DEFAULT_LIMIT} units",
        f"never more than {MAX_LIMIT:,}",
        f"Default {DEFAULT_DEADLINE_S:.0f} s",
        f"at least {deadline.SHORTEST_S} s",
        f"at most {LONGEST_DEADLINE_S:.0f} s",
        f"less {deadline.OWN_WORK_S} s",
        f"at most {MAX_DISTANCE_KM:.0f}",
        f"at most {MAX_NAME_CHARACTERS} characters",
        f"{MANY} values of a kind, {MANY} destinations",
        f"at most {REQUEST_LIMITS.max_bytes // 1024} KiB, {REQUEST_LIMITS.max_elements:,} elements, "
        f"{REQUEST_LIMITS.max_depth} levels",
    ],
)
def test_bounds_are_those_of_the_code(sentence: str) -> None:
    assert sentence in " ".join(WIRE.text.split())


def test_names_on_the_wire_in_the_glossary_exist() -> None:
    sources = (*(ROOT / "ror").rglob("*.py"), *(ROOT / "ror" / "schemas").glob("*.xsd"))
    known = " ".join(path.read_text("utf-8") for path in sources)
    known += "".join(Authority)
    for row in (*GLOSSARY.table("code"),):
        for told in codes(row[2]):
            for name in re.findall(r"[A-Za-z_]{3,}|[0-9.]{5,}", told):
                assert name in known, f"{told}: {name}"


def test_no_term_is_told_twice() -> None:
    terms = [row[0] for row in GLOSSARY.table("code")]
    assert len(terms) == len(set(terms))


def test_regions_that_differ_from_their_solution_are_told() -> None:
    text = " ".join(WIRE.text.split())
    for ror, habits in HABITS.items():
        name = ROR_BY_ID[ror].name
        if habits.max_limit != MAX_LIMIT:
            assert re.search(f"{name} (returns )?at most {habits.max_limit:,}", text), name
        if habits.release != NEWEST_RELEASE:
            assert re.search(f"{name}( and [\\w-]+)? lag|and {name} lag", text), name
        if habits.style.empty_other_id:
            assert f"{name} ends identifiers with an empty `otherID`" in text, name
