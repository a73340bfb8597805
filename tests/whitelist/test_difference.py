"""A difference says who gains and who loses what, and its hash is of that, of the base and of the outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from whitelist.access import Line, Turn
from whitelist.difference import difference
from whitelist.document import Lifted, PartnerKind, PartnerStatus
from whitelist.officers import Officer
from whitelist.people import Person, PersonRole
from whitelist.perimeter import FRANCE, Perimeter


@pytest.fixture(scope="session")
def person():
    return Person(id="poste-1", spki="1" * 64, roles=(PersonRole.READER,), profile=ProfileCode.CU22)


@pytest.fixture(scope="session")
def told(make_whitelist):
    """The lines about a partner, as they read."""

    def told(before, after):
        lists = [make_whitelist(*partners) for partners in ([before] if before else [], [after])]
        return [str(line) for line in difference(lists[0], replace(lists[1], version=2)).of(after.id)]

    return told


def test_a_new_partner_gains_everything_that_its_entry_says(told, make_partner, person):
    partner = make_partner(perimeter=Perimeter(frozenset({"84", "11"})), people=(person,))

    lines = told(None, partner)

    assert lines[0].startswith("added partner 'SAMU du Rhône', application, CN=APP samu-rhone")
    assert partner.spki in lines[0]
    assert lines[1:] == [
        "gains region 11 Île-de-France",
        "gains region 84 Auvergne-Rhône-Alpes",
        "gains profile CU18 (profile 2)",
        "gains profile CU22 (profile 1)",
        "gains transaction recherche",
        f"gains person poste-1: reader, CU22 (profile 1), key {'1' * 64}",
        "gains limit 199 units an answer",
        "gains quota 60 questions a minute",
        "gains validity from 2026-02-19 12:00:00 UTC until 2026-03-11 12:00:00 UTC",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"perimeter": Perimeter(frozenset({"84"}))}, ["loses region all of France but 84 Auvergne-Rhône-Alpes"]),
        (
            {"allowed_profiles": (ProfileCode.CU22, ProfileCode.CU20)},
            ["gains profile CU20 (profile 2)", "loses profile CU18 (profile 2)"],
        ),
        (
            {"transactions": (Transaction.EXTRACTION,)},
            ["gains transaction extraction", "loses transaction recherche"],
        ),
        ({"max_limit": 20_000}, ["gains limit 20000 units an answer instead of 199"]),
        ({"quota": 1}, ["loses quota 1 questions a minute instead of 60"]),
        ({"signed_vihf": True}, ["loses unsigned VIHF as proof of a profile"]),
        ({"kind": PartnerKind.GATEWAY}, ["changes kind application → gateway"]),
        ({"default_profile": ProfileCode.CU18}, ["changes default profile CU22 → CU18"]),
        ({"home_ror": "idf"}, ["changes home ROR ara → idf"]),
        ({"name": "SAMU 69"}, ["changes name 'SAMU du Rhône' → 'SAMU 69'"]),
        ({"contact": "a@b.example"}, ["changes contact '' → 'a@b.example'"]),
        ({"comment": "pourquoi"}, ["changes comment '' → 'pourquoi'"]),
        (
            {"status": PartnerStatus.SUSPENDED, "comment": "abus"},
            ["loses all access: suspended: abus"],
        ),
        ({"status": PartnerStatus.REVOKED, "comment": "clé"}, ["loses all access: revoked: clé"]),
    ],
    ids=str,
)
def test_a_change_is_told_as_what_is_gained_and_lost(told, make_partner, changed, expected):
    assert told(make_partner(), make_partner(**changed)) == expected


def test_a_perimeter_that_becomes_all_of_france_says_so(told, make_partner):
    narrow = make_partner(perimeter=Perimeter(frozenset({"84"})))

    assert told(narrow, make_partner()) == ["gains region all of France"]
    wider = make_partner(perimeter=Perimeter(frozenset({"84", "27"})))
    assert told(narrow, wider) == ["gains region 27 Bourgogne-Franche-Comté"]


def test_a_longer_validity_is_a_gain_and_a_shorter_one_a_loss(told, make_partner, now):
    partner = make_partner()
    later, earlier = partner.valid_to + timedelta(days=1), partner.valid_from - timedelta(days=1)

    assert told(partner, make_partner(valid_to=later))[0].startswith("gains time: ends 2026-03-12")
    assert told(make_partner(valid_to=later), partner)[0].startswith("loses time: ends")
    assert told(partner, make_partner(valid_from=earlier))[0].startswith("gains time: begins")
    assert told(make_partner(valid_from=earlier), partner)[0].startswith("loses time: begins")


def test_a_default_that_is_not_allowed_is_effective_all_the_same(told, make_partner):
    before = make_partner(allowed_profiles=(ProfileCode.CU18,), default_profile=ProfileCode.CU18)
    after = make_partner(allowed_profiles=(ProfileCode.CU18,), default_profile=ProfileCode.CU23)

    assert "gains profile CU23 (profile 0)" in told(before, after)


def test_an_entry_that_comes_back_gains_all_that_it_says(told, make_partner):
    out = make_partner(status=PartnerStatus.SUSPENDED)

    lines = told(out, make_partner(comment="fini"))

    assert lines[0] == "gains access again (suspended until now): fini"
    assert "gains region all of France" in lines
    assert "gains profile CU22 (profile 1)" in lines


def test_an_entry_that_goes_from_bad_to_worse_says_so(told, make_partner):
    out = make_partner(status=PartnerStatus.SUSPENDED)

    assert told(out, make_partner(status=PartnerStatus.REVOKED, comment="clé")) == [
        "changes status suspended → revoked: clé"
    ]


def test_what_a_suspended_entry_gains_on_paper_is_marked(told, make_partner):
    out = make_partner(status=PartnerStatus.SUSPENDED)

    lines = told(out, replace(out, quota=100))

    assert lines[0].startswith("changes entry that is suspended")
    assert lines[1] == "gains quota 100 questions a minute instead of 60"


def test_a_person_with_another_role_is_one_lost_and_one_gained(told, make_partner, person):
    writer = replace(person, roles=(PersonRole.BED_WRITER,))

    turns = [line.split()[0] for line in told(make_partner(people=(person,)), make_partner(people=(writer,)))]

    assert turns == ["gains", "loses"]


def test_another_key_is_a_change_of_holder(told, make_partner):
    (line,) = told(make_partner(), make_partner(spki="0" * 64))

    assert line.startswith("changes holder CN=")
    assert "0" * 64 in line


@pytest.mark.parametrize("name", ["SAMU du Rhone", "samu DU rhône", "SAMU duRhône", "5AMU du Rhône", "SAMU du Rhône"])
def test_a_name_that_looks_like_anothers_asks_for_a_second_look(make_partner, make_whitelist, name):
    first, second = make_partner(), make_partner("samu-69", name=name)

    shown = difference(make_whitelist(first), make_whitelist(first, second, version=2))

    assert Line("samu-69", Turn.BEWARE, "name that looks like that of", "samu-rhone") in shown.lines


def test_a_subject_that_looks_like_anothers_and_a_shared_key_ask_for_a_second_look(make_partner, make_whitelist):
    first = make_partner(name="Premier")
    subject = DistinguishedName.of(CN="APP SAMU-RH0NE", O="AUTRE", C="FR")
    second = make_partner("autre", name="Autre", subject=subject, spki=first.spki)

    beware = [
        line.what for line in difference(None, make_whitelist(first, second)).of("autre") if line.turn is Turn.BEWARE
    ]

    assert beware == ["name that looks like that of", "key that is also that of"]


def test_officers_and_threshold_are_told(make_whitelist, key, second_key, now):
    before = make_whitelist()
    after = make_whitelist(
        version=2, officers=(Officer("officer-1", second_key.officer.x), Officer("carol", key.officer.x)), threshold=2
    )

    lines = [str(line) for line in difference(before, after).of("officers")]

    assert [line.split()[:2] for line in lines] == [
        ["changes", "officer"],
        ["gains", "officer"],
        ["gains", "threshold"],
    ]
    assert "loses officer carol" in " ".join(map(str, difference(after, before).lines))


def test_a_lifted_stop_is_told_once(make_partner, make_whitelist, now):
    lifted = (Lifted("a" * 64, "samu-rhone", now + timedelta(hours=1)),)
    first = make_whitelist(make_partner())
    second = replace(first, version=2, lifted=lifted)
    third = replace(second, version=3)

    assert [str(line) for line in difference(first, second).of("samu-rhone")] == [
        f"gains access again: the stop {'a' * 64} is lifted"
    ]
    assert difference(second, third).of("samu-rhone") == ()


def test_an_entry_that_is_gone_loses_everything(make_partner, make_whitelist):
    shown = difference(make_whitelist(make_partner()), make_whitelist(version=2))

    assert [str(line) for line in shown.of("samu-rhone")] == ["loses all access: its entry is gone"]


def test_nothing_changes_but_the_end_where_nothing_changes(make_partner, make_whitelist):
    shown = difference(make_whitelist(make_partner()), make_whitelist(make_partner(), version=2))

    assert shown.partners == ()
    assert [line.subject for line in shown.lines] == ["list"]


def test_the_hash_is_the_same_for_the_same_lists(make_partner, make_whitelist):
    lists = make_whitelist(), make_whitelist(make_partner(), version=2)

    assert difference(*lists).digest == difference(*lists).digest


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"environment": "other"},
        {"expires_at": timedelta(days=29)},
        {"issued_at": timedelta(seconds=1)},
        {"officers_version": 2},
    ],
    ids=str,
)
def test_the_hash_is_bound_to_the_whole_outcome(make_partner, make_whitelist, now, change):
    after = make_whitelist(make_partner(), version=2)
    told = {field: now + value if isinstance(value, timedelta) else value for field, value in change.items()}

    assert difference(make_whitelist(), after).digest != difference(make_whitelist(), replace(after, **told)).digest


def test_the_hash_is_bound_to_the_base(make_partner, make_whitelist):
    after = make_whitelist(make_partner(), version=9)
    bases = [None, make_whitelist(), make_whitelist(version=2), make_whitelist(make_partner("x"))]

    assert len({difference(base, after).digest for base in bases}) == len(bases)


_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "perimeter": st.one_of(
            st.just(FRANCE), st.sets(st.sampled_from(["84", "11", "01"]), min_size=1).map(frozenset).map(Perimeter)
        ),
        "transactions": st.sets(st.sampled_from(Transaction), min_size=1).map(tuple),
        "allowed_profiles": st.sets(st.sampled_from(ProfileCode), min_size=1).map(tuple),
        "status": st.sampled_from(PartnerStatus),
        "quota": st.integers(1, 5),
        "signed_vihf": st.booleans(),
        "name": st.sampled_from(["A", "B"]),
    },
)


@given(before=_CHANGES, after=_CHANGES)
@example(
    before={"allowed_profiles": (ProfileCode.CU19,)}, after={"allowed_profiles": (ProfileCode.CU19, ProfileCode.CU23)}
)
def test_two_entries_differ_exactly_where_something_is_told(make_partner, make_whitelist, before, after):
    safe = {"default_profile": ProfileCode.CU23, "comment": "x"}
    one, other = make_partner(**safe | before), make_partner(**safe | after)

    shown = difference(make_whitelist(one), make_whitelist(other, version=2))

    assert (shown.partners == ()) == (one == other)


@given(before=_CHANGES, after=_CHANGES)
def test_what_one_way_gains_the_other_way_loses(make_partner, make_whitelist, before, after):
    safe = {"default_profile": ProfileCode.CU23, "comment": "x", "status": PartnerStatus.ACTIVE}
    one, other = (make_partner(**before | safe), make_partner(**after | safe))

    def rights(first, second, turn):
        lines = difference(make_whitelist(first), make_whitelist(second, version=2)).of(first.id)
        return {
            (line.what, line.value) for line in lines if line.turn is turn and line.what in {"profile", "transaction"}
        }

    assert rights(one, other, Turn.GAINS) == rights(other, one, Turn.LOSES)
