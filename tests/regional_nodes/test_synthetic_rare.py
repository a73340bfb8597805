"""The rare offers of care are placed on purpose: where, with what, and with open beds."""

from datetime import UTC, datetime

import pytest

from regional_nodes.source import EstablishmentTree, local_ids
from regional_nodes.synthetic import synthesise
from regional_nodes.synthetic.offers import Offer
from regional_nodes.synthetic.rare import RARE
from ror.coding import Scheme
from ror.model import Facility
from ror.nomenclatures import table
from ror.territory import RORS
from tests.support.open_data import activities_of, units_of

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
OVERSEAS = {"gua", "mar", "guy", "oin"}

Found = list[tuple[str, EstablishmentTree, Facility]]


@pytest.fixture(scope="module")
def france() -> Found:
    return [
        (ror.id, tree, unit)
        for ror in RORS
        for tree in synthesise(ror.id, ids=local_ids(), seed=1, scale=1.0, at=AT)
        for unit in units_of(tree)
    ]


def having(france: Found, activity: str, *, act: str | None = None, equipment: str | None = None) -> Found:
    return [
        (ror, tree, unit)
        for ror, tree, unit in france
        if activity in activities_of(tree, unit)
        and (act is None or act in {code.code for code in unit.acts})
        and (
            equipment is None
            or equipment in {device.type.code for device in tree.devices if device.entity_id in unit.equipment}
        )
    ]


@pytest.mark.parametrize("activity", ["121", "175", "359", "379", "239"])
def test_burns_are_treated_in_eleven_rors_and_more_with_open_beds_in_most(france: Found, activity: str) -> None:
    found = having(france, activity)
    rors = {ror for ror, _, _ in found}
    free = {
        ror
        for ror, _, unit in found
        if unit.accommodation and unit.accommodation.beds and unit.accommodation.beds.available
    }
    assert len(rors) >= 11
    assert len(free) > len(rors) / 2
    assert rors & OVERSEAS


def test_burns_units_have_their_acts_and_equipment(france: Found) -> None:
    assert len(having(france, "121", act="0551", equipment="111")) >= 11
    assert {ror for ror, _, unit in having(france, "121") if unit.patients.age_max.value < 18} >= {"idf", "ara"}
    assert len(having(france, "239", act="0745")) >= 11


@pytest.mark.parametrize(
    ("activity", "act", "equipment", "rors"),
    [
        ("123", "0131", "093", 11),
        ("095", "0478", "110", 10),
        ("062", "0473", None, 5),
        ("018", "0471", "154", 4),
        ("055", "0223", "110", 8),
        ("035", "0388", None, 10),
        ("177", "0228", None, 1),
        ("084", "0686", "162", 8),
        ("128", "0503", "135", 17),
        ("258", "0415", None, 11),
        ("052", "0007", "131", 11),
        ("168", "0547", None, 3),
        ("058", "0657", None, 17),
        ("059", "0762", None, 15),
        ("226", "0112", None, 8),
        ("245", "0526", None, 10),
        ("246", None, None, 10),
        ("244", None, None, 10),
        ("093", None, "095", 6),
        ("093", None, "096", 1),
        ("017", "0532", "072", 10),
        ("099", "0537", "052", 10),
        ("049", "0284", None, 17),
        ("284", None, None, 17),
        ("271", None, None, 5),
    ],
)
def test_a_rare_offer_is_found_with_its_acts_and_equipment(
    france: Found, activity: str, act: str | None, equipment: str | None, rors: int
) -> None:
    assert len({ror for ror, _, _ in having(france, activity, act=act, equipment=equipment)}) >= rors


@pytest.mark.parametrize("activity", ["084", "123", "258", "369", "017"])
def test_overseas_have_their_share(france: Found, activity: str) -> None:
    assert {ror for ror, _, _ in having(france, activity)} & OVERSEAS


def test_decontamination_and_prisons_are_sensitive_units(france: Found) -> None:
    told = [unit for _, tree, unit in france if activities_of(tree, unit) & {"052", "089"}]
    assert told
    assert all(unit.sensitive for unit in told)


def offers() -> list[Offer]:
    return [offer for service in RARE for offer in service.offers]


@pytest.mark.parametrize("offer", offers(), ids=lambda offer: offer.name)
def test_every_code_of_a_rare_offer_is_open_at_the_newest_release(offer: Offer) -> None:
    told = [
        (Scheme.ACTIVITY, offer.activities),
        (Scheme.CARE_MODE, (offer.mode,)),
        (Scheme.ACT, offer.acts),
        (Scheme.EQUIPMENT, offer.equipment),
        (Scheme.SPECIALITY, offer.specialities),
        (Scheme.CARE_SPECIALITY, offer.care_specialities),
    ]
    for scheme, codes in told:
        known = table(scheme)
        assert known is not None
        for code in codes:
            concept = known.find(code)
            assert concept is not None, code
            assert concept.code == code
            assert concept.valid_to is None, code


def test_a_small_demonstration_keeps_the_rare_offers() -> None:
    trees = list(synthesise("ara", ids=local_ids(), seed=7, scale=0.02, at=AT))
    assert len(trees) == 1
    found = {code for unit in units_of(trees[0]) for code in activities_of(trees[0], unit)}
    assert found >= {"121", "175", "239", "128", "123"}
