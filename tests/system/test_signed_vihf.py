"""Signatures from end to end: a partner signs for the gateway, the gateway for the nodes, and both are demanded."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from certs.home import Home
from gateway.asking import Answered, Refused, ask_gateway
from gateway.cli.partner import AskingPartner
from gateway.service import running
from gateway.settings import GatewaySettings
from regional_nodes.host import HostSettings, NodeHost
from ror import namespaces as ns
from ror.question import Criteria, Destination, DestinationLevel, Question
from tests.support.attacked import copied, publish

FRANCE = Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.COUNTRY, "FR"),), limit=20)


@pytest.fixture
async def demanding(synthetic_home: Home, tmp_path: Path) -> AsyncIterator[Home]:
    """A state folder whose list demands signatures of a partner and of the gateway, with its nodes running."""
    home = copied(synthetic_home, tmp_path / "home", without=("audit",))

    def change(draft):
        for id_ in ("samu-rhone", "passerelle"):
            draft = draft.with_changed(replace(draft.partner(id_), signed_vihf=True))
        return draft

    publish(home, change)
    async with NodeHost(home, settings=HostSettings(base_port=0, drain_s=0.5)):
        yield home


async def ask(home: Home, url: str, *, sign_vihf: bool) -> Answered | Refused:
    asking = AskingPartner.of_home(home, "samu-rhone", "CU22", sign_vihf=sign_vihf)
    return await ask_gateway(url + ns.PATH_G1, asking.context, asking.caller, FRANCE)


async def test_seventeen_regions_answer_question_after_question(demanding: Home) -> None:
    async with running(demanding, GatewaySettings(port=0, drain_s=0.5, sign_vihf=True)) as gateway:
        answers = [await ask(demanding, gateway.url, sign_vihf=True) for _ in range(2)]
        unsigned = await ask(demanding, gateway.url, sign_vihf=False)

    for answer in answers:
        assert isinstance(answer, Answered)
        assert len(answer.coverage.rors) == 17
        assert all(line.found for line in answer.coverage.rors)
    assert isinstance(unsigned, Refused)
    assert unsigned.fault.slug == "vihf.signature-missing"


async def test_the_control_nodes_that_demand_a_signature_refuse_a_gateway_that_does_not_sign(
    demanding: Home,
) -> None:
    async with running(demanding, GatewaySettings(port=0, drain_s=0.5)) as gateway:
        refused = await ask(demanding, gateway.url, sign_vihf=True)

    assert isinstance(refused, Refused)
    assert refused.coverage is not None
    assert {(str(line.outcome), line.detail) for line in refused.coverage.rors} == {
        ("refused", "vihf.signature-missing")
    }
