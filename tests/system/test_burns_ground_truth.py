"""The proof on real data: the burns places of 2022, found through the whole federation (source: SAE 2022, DREES)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certs.demonstration_pki import ensure as ensure_certificates
from certs.home import Home
from gateway.asking import Answered
from gateway.offer_view import view
from gateway.service import running
from gateway.settings import GatewaySettings
from regional_nodes.habits import HABITS
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.imported import import_open_data
from regional_nodes.store.opening import SourceKind
from ror.coding import Code, Scheme
from ror.question import Criteria, Destination, DestinationLevel, Question
from tests.regional_nodes.test_import_burns import expected
from tests.support.open_data import burns_open_data
from tests.support.seventeen import NOW, Ask, asker, build_stores
from whitelist.demonstration import PKI_PARTNERS
from whitelist.demonstration import ensure as ensure_whitelist


@pytest.fixture(scope="module")
def burns_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Seventeen nodes that hold the seventeen places and nothing else."""
    home = Home(tmp_path_factory.mktemp("burns-home"))
    ensure_certificates(home, at=datetime.now(UTC), partners=PKI_PARTNERS)
    ensure_whitelist(home, at=datetime.now(UTC))
    data = burns_open_data(tmp_path_factory.mktemp("open-data"))
    imported = import_open_data(data.gisco, data.sae, ids_of=lambda ror: HABITS[ror].ids, at=NOW)
    build_stores(home, lambda ror: imported.trees.get(ror, []), SourceKind.IMPORTED)
    return home


@pytest.fixture
async def ask(burns_home: Home) -> AsyncIterator[Ask]:
    async with (
        NodeHost(burns_home, settings=HostSettings(base_port=0, drain_s=0.5)),
        running(burns_home, GatewaySettings(port=0, drain_s=0.5)) as gateway,
    ):
        yield asker(gateway, burns_home)


async def found(ask: Ask, *activities: str) -> dict[str, tuple[str, int]]:
    """Establishments by FINESS with their ROR and installed beds, from a national search."""
    answer = await ask(
        Question(
            criteria=Criteria(activities=tuple(Code(code, Scheme.ACTIVITY) for code in activities)),
            destinations=(Destination(DestinationLevel.COUNTRY, "FR"),),
        )
    )
    assert isinstance(answer, Answered)
    assert (answer.coverage.asked, answer.coverage.complete) == (17, 17)
    units = view(answer.directory, answer.coverage)["units"]
    return {unit["establishment"]["finess"]: (unit["ror"], unit["beds"]["installed"]) for unit in units}


async def test_121_finds_the_sixteen_with_their_beds_under_their_ror(ask: Ask) -> None:
    assert await found(ask, "121") == expected("lit_rea")


async def test_175_finds_the_eleven_with_their_beds_under_their_ror(ask: Ask) -> None:
    assert await found(ask, "175") == expected("lit_bru")


async def test_both_together_find_the_seventeen_in_eleven_rors(ask: Ask) -> None:
    places = await found(ask, "121", "175")

    assert len(places) == 17
    assert len({ror for ror, _ in places.values()}) == 11


def test_the_fixture_names_its_source() -> None:
    facts = Path(__file__).parents[1] / "fixtures" / "burns_2022.csv"

    assert "DREES" in facts.read_text("utf-8").splitlines()[0]
