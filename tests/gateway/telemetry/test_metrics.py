"""What is counted, how the gateway stands, and the page on which both are told."""

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from certs.handshakes import HandshakeFailure, HandshakeProblem
from certs.home import Home
from gateway.federation.reply import RegionReply
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from gateway.telemetry.counting import Counters
from gateway.telemetry.decisions import CountedDecisions
from ror.access import Transaction
from ror.coverage import Coverage, Outcome, RorCoverage
from tests.support.canary import own_home
from tests.support.scripted_node import answering
from whitelist.decision_log import Decision
from whitelist.files import WhitelistFiles


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def counters(registry) -> Counters:
    return Counters(registry)


@pytest.fixture
async def gateway(pki_home, tmp_path, start_node, golden) -> AsyncIterator[RunningGateway]:
    async with start_node(answering((golden / "g1_answer.xml").read_bytes())) as url:
        home = own_home(pki_home, tmp_path / "home")
        directory = tmp_path / "directory.json"
        directory.write_text(f'{{"ara": {{"url": "{url}", "server_name": "ror-ara.demo.inter-ror.fr"}}}}')
        settings = GatewaySettings(
            port=0,
            directory=directory,
            drain_s=0.2,
            metrics_port=0,
            whitelist_poll_s=0.05,
            unheard_s=0.3,
            revocation_poll_s=0.05,
        )
        async with running(home, settings) as gateway_:
            yield gateway_


async def page(gateway: RunningGateway, accept: str = "*/*") -> str:
    assert gateway.metrics_url is not None
    async with (
        aiohttp.ClientSession() as session,
        session.get(gateway.metrics_url, headers={"Accept": accept}) as response,
    ):
        assert response.status == 200
        return await response.text()


async def values(gateway: RunningGateway) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    return {
        (
            sample.name.removeprefix("ror_gateway_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(await page(gateway))
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("outcomes", "result"),
    [
        ((Outcome.COMPLETE, Outcome.COMPLETE), "complete"),
        ((Outcome.COMPLETE, Outcome.LATE), "partial"),
        ((Outcome.LATE, Outcome.LATE), "none"),
    ],
)
def test_a_search_counts_by_what_became_of_it(counters, registry, outcomes, result) -> None:
    lines = tuple(
        RorCoverage(ror=ror, codes=("84",), outcome=outcome, returned=1 if outcome is Outcome.COMPLETE else None)
        for ror, outcome in zip(("ara", "bre"), outcomes, strict=True)
    )
    counters.searched(Coverage(question_id="q", rors=lines), 0.2)

    assert registry.get_sample_value("ror_gateway_searches_total", {"result": result}) == 1
    assert registry.get_sample_value("ror_gateway_search_duration_seconds_sum") == pytest.approx(0.2)


def test_an_outcome_that_a_node_invents_is_no_label(counters, registry) -> None:
    for outcome in ("surprise-1", "surprise-2", Outcome.LATE):
        counters.replied(RegionReply(ror="ara", codes=("84",), outcome=outcome, duration_ms=100))

    told = {outcome: {"ror": "ara", "outcome": outcome} for outcome in ("other", "late", "surprise-1")}
    name = "ror_gateway_region_replies_total"
    assert [registry.get_sample_value(name, labels) for labels in told.values()] == [2, 1, None]


def test_the_canarys_decisions_are_handed_on_and_not_counted(counters, registry) -> None:
    handed: list[Decision] = []

    class Sink:
        record = staticmethod(handed.append)

    sink = CountedDecisions(Sink(), counters, lambda: "canari")
    for partner in ("canari", "samu-rhone", None):
        sink.record(
            Decision(
                granted=False,
                transaction=Transaction.SEARCH,
                question_id="q",
                reason="partner.suspended",
                partner=partner,
            )
        )

    labels = {"transaction": "recherche", "reason": "partner.suspended"}
    assert registry.get_sample_value("ror_gateway_decisions_total", labels) == 2
    assert len(handed) == 3


def test_a_failed_handshake_counts_by_its_problem(counters, registry) -> None:
    counters.handshake_failed(HandshakeFailure(problem=HandshakeProblem.PROTOCOL))
    assert registry.get_sample_value("ror_gateway_handshakes_refused_total", {"problem": "protocol"}) == 1


async def test_a_search_a_refusal_and_the_gateways_standing_are_on_the_page(gateway, send, question) -> None:
    await send(question)
    await send(question, None)

    told = await values(gateway)
    assert told[("searches_total", "partial")] + told[("searches_total", "complete")] == 1
    assert told[("region_replies_total", "complete", "ara")] == 1
    assert told[("decisions_total", "granted", "recherche")] == 1
    assert told[("decisions_total", "certificate.missing", "recherche")] == 1
    assert told[("whitelist_version",)] == 1
    assert told[("whitelist_usable",)] == told[("whitelist_heard",)] == told[("crl_heard",)] == 1
    assert told[("stops_in_force",)] == told[("searches_running",)] == told[("searches_waiting",)] == 0
    assert told[("crl_fresh", "DEMO AC INTER-ROR ORGANISATIONS")] == 1
    assert told[("audit_available",)] == 1
    assert told[("audit_records",)] >= 3
    assert ("follower_lag_seconds", "ara") in told


async def test_the_page_names_no_partner_no_certificate_and_no_time_of_birth(gateway, send, question) -> None:
    await send(question)
    await send(question, "gateway-client")
    text = await page(gateway)

    assert "samu" not in text.lower()
    assert not re.search(r"[0-9a-f]{32}", text)
    assert "_created" not in text


async def test_a_monitoring_system_that_reads_openmetrics_gets_it(gateway) -> None:
    assert (await page(gateway, "application/openmetrics-text; version=1.0.0")).endswith("# EOF\n")


async def test_a_list_that_cannot_be_looked_at_is_on_the_page(gateway, tmp_path) -> None:
    files = WhitelistFiles(Home(tmp_path / "home"))
    files.published.rename(files.published.with_name("away"))
    async with asyncio.timeout(5):
        while (await values(gateway))[("whitelist_heard",)]:
            await asyncio.sleep(0.05)

    told = await values(gateway)
    assert told[("whitelist_usable",)] == 0
    assert ("whitelist_version",) not in told


async def test_other_pages_and_methods_are_not_there(gateway) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(gateway.metrics_url.replace("/metrics", "/")) as response:
            assert response.status == 404
        async with session.post(gateway.metrics_url, data=b"x") as response:
            assert response.status in {405, 413}


async def test_without_a_port_nothing_is_served(pki_home, tmp_path) -> None:
    directory = tmp_path / "directory.json"
    directory.write_text("{}")
    home = own_home(pki_home, tmp_path / "home")
    async with running(home, GatewaySettings(port=0, directory=directory, drain_s=0.1)) as gateway_:
        assert gateway_.metrics_url is None
