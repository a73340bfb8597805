"""The canary in a running gateway: admitted, stopped, refused by every path, admitted again, and told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gateway.canary import rounds
from gateway.canary.figures import CanaryFigures
from gateway.canary.paths import PathName, ResumedHandshake
from gateway.canary.rounds import Canary
from gateway.errors import GatewayError
from gateway.service import running
from gateway.settings import GatewaySettings
from tests.support.canary import Aviary, aviary, own_home
from whitelist import office
from whitelist.canary_key import read_canary_key
from whitelist.demonstration import CANARY
from whitelist.files import WhitelistFiles, read_trust
from whitelist.officers import OfficerKey
from whitelist.source import WhitelistSource

POLL_S = 0.05


@pytest.fixture
async def nest(pki_home, tmp_path) -> AsyncIterator[Aviary]:
    async with aviary(own_home(pki_home, tmp_path / "home"), whitelist_poll_s=POLL_S) as nest_:
        yield nest_


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def canary(nest, registry) -> Canary:
    lists = WhitelistSource.of_home(nest.home)
    lists.refresh()
    return Canary(nest.home, lists, nest.listener, CanaryFigures(registry), hold_s=2.0)


def publish(home, change) -> None:
    files, now = WhitelistFiles(home), datetime.now(UTC).replace(microsecond=0)
    office.publish_changed(files, office.keys_here(files, read_trust(files)), now, change)


async def test_a_round_measures_every_path_for_the_canary_alone_and_sees_it_let_in_again(canary, registry) -> None:
    with capture_logs() as logs:
        delays = await canary.round()

    assert set(delays) == set(PathName)
    assert all(delay_s is not None and delay_s < 2.0 for delay_s in delays.values())
    told = next(entry for entry in logs if entry["event"] == "canary.round")
    assert set(told["delays_s"]) == {path.value for path in PathName}
    assert registry.get_sample_value("ror_gateway_canary_last_success_timestamp_seconds") > 0
    for path in PathName:
        labels = {"path": path.value}
        assert registry.get_sample_value("ror_gateway_canary_delay_seconds_count", labels) == 1
        assert registry.get_sample_value("ror_gateway_canary_last_delay_seconds", labels) == delays[path]
    assert sum(_failures(registry).values()) == 0

    refused = {entry["partner"] for entry in logs if entry["event"] == "decision.taken" and entry["reason"]}
    assert refused == {CANARY}
    assert not [entry for entry in logs if entry["event"] in {"partner.stopped", "whitelist.taken_up"}]
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_a_round_in_which_the_refusal_comes_too_late_is_an_alarm(canary, registry, monkeypatch) -> None:
    monkeypatch.setattr(rounds, "BOUND_S", 0.0)
    with capture_logs() as logs:
        await canary.round()

    late = next(entry for entry in logs if entry["event"] == "canary.too-late")
    assert late["log_level"] == "error"
    assert set(late["paths"]) == {path.value for path in PathName}
    assert _failures(registry)["too-late"] == 1
    assert registry.get_sample_value("ror_gateway_canary_last_success_timestamp_seconds") == 0


async def test_a_canary_that_is_not_let_in_to_begin_with_proves_nothing(nest, canary, registry) -> None:
    with capture_logs() as logs:
        publish(nest.home, lambda draft: draft.with_suspended(CANARY, "essai"))
        while not [entry for entry in logs if entry["event"] == "whitelist.taken_up"]:
            await asyncio.sleep(POLL_S)
        assert await canary.round() == {}

    assert [entry["cause"] for entry in logs if entry["event"] == "canary.failed"] == ["not-admitted"]
    assert _failures(registry)["not-admitted"] == 1
    assert not WhitelistFiles(nest.home).canary_stop.exists()


async def test_a_list_without_a_canary_or_with_another_key_fails_the_round(nest, registry) -> None:
    figures, lists = CanaryFigures(registry), WhitelistSource.of_home(nest.home)
    WhitelistFiles(nest.home).canary_key.write_bytes(OfficerKey.generate(CANARY).to_json())
    for change in (lambda draft: draft, lambda draft: draft.without_canary()):
        publish(nest.home, change)
        lists.refresh()
        await Canary(nest.home, lists, nest.listener, figures).round()

    assert _failures(registry)["not-listed"] == 2


async def test_a_session_is_offered_again_and_never_taken_up(nest) -> None:
    path = next(path for path in nest.paths() if isinstance(path, ResumedHandshake))
    assert await path.admitted()
    assert path._session is not None
    assert len(path._session.id) == 32
    assert not path.taken_up


async def test_a_gateway_runs_its_canary_when_told_to(pki_home, tmp_path, monkeypatch) -> None:
    begun = []
    monkeypatch.setattr(Canary, "round", lambda self: _noted(begun))
    async with aviary(own_home(pki_home, tmp_path / "home"), canary_every_s=20):
        while not begun:
            await asyncio.sleep(0.01)


async def test_a_gateway_without_the_canarys_key_does_not_start_with_one(pki_home, tmp_path) -> None:
    home = own_home(pki_home, tmp_path / "home")
    WhitelistFiles(home).canary_key.unlink()
    directory = tmp_path / "directory.json"
    directory.write_text("{}")
    with pytest.raises(GatewayError, match="the canary is on, but its key is not there"):
        async with running(home, GatewaySettings(port=0, directory=directory, canary_every_s=20)):
            pass


def test_a_stop_of_the_canary_is_longer_than_the_bound_and_shorter_than_it_may_be(canary, nest) -> None:
    whole = Canary(nest.home, canary._lists, nest.listener, canary._figures)
    stop = whole._stop(canary._lists.current, CANARY)
    held = stop.until - datetime.now(UTC)
    assert timedelta(seconds=rounds.BOUND_S) < held <= timedelta(seconds=60)
    assert read_canary_key(WhitelistFiles(nest.home), CANARY).officer.kid


def _failures(registry: CollectorRegistry) -> dict[str, float]:
    name = "ror_gateway_canary_failures_total"
    return {
        sample.labels["cause"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == name
    }


async def _noted(begun: list[bool]) -> dict[PathName, float]:
    begun.append(True)
    return {}
