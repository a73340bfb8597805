"""A version published: the gateway and all seventeen nodes sign that they go by it, or are told not to."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from certs.audit.inbox import AuditFiles
from certs.home import Home
from gateway.audit.stored import records, stored_log
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.serving.faults import NodeFault
from ror.territory import RORS
from whitelist import emergency, office
from whitelist.cli import app
from whitelist.files import WhitelistFiles
from whitelist.propagation import FollowerState, Standing
from whitelist.stops import StopKind

ALL = {"gateway", *(ror.id for ror in RORS)}
WITHIN_S = 5.0
"""What all of them need on a busy machine; alone it is well under a second."""
QUICK = {"propagation_s": 0.3, "propagation_alarm_s": 0.6}


@pytest.fixture
def home(synthetic_home: Home, tmp_path: Path) -> Home:
    """A state folder that this test may publish in."""
    own = Home(tmp_path / "home")
    left = shutil.ignore_patterns("audit", "acknowledgements", "directory.json", "faults.json")
    shutil.copytree(synthetic_home.root, own.root, ignore=left, copy_function=_linked)
    return own


def _linked(source: str, target: str) -> None:
    os.link(source, target) if source.endswith(".sqlite") else shutil.copy2(source, target)


@pytest.fixture
async def hosted(home: Home) -> AsyncIterator[NodeHost]:
    async with NodeHost(home, settings=HostSettings(base_port=0, drain_s=0.2)) as host:
        yield host


@pytest.fixture
def serving(home: Home, hosted: NodeHost) -> Callable[..., AbstractAsyncContextManager[RunningGateway]]:
    """Run the gateway before the nodes."""

    @asynccontextmanager
    async def serving(**settings: float) -> AsyncIterator[RunningGateway]:
        async with running(home, GatewaySettings(port=0, drain_s=0.2, **settings)) as gateway:  # type: ignore[arg-type]
            yield gateway

    return serving


@pytest.fixture
def publish(home: Home):
    """Publish the next version; its number."""
    files = WhitelistFiles(home)

    def publish() -> int:
        now = datetime.now(UTC).replace(microsecond=0)
        keys = office.keys_here(files, office.base_of(files, now).officers)
        done = office.publish_changed(files, keys, now, lambda draft: draft, reason="essai")
        return done.verified.whitelist.version

    return lambda: asyncio.to_thread(publish)


async def until(
    gateway: RunningGateway, holds: Callable[[dict[str, FollowerState]], bool]
) -> dict[str, FollowerState]:
    """The followers once that holds."""
    give_up = time.monotonic() + 2 * WITHIN_S
    while time.monotonic() < give_up:
        found = {state.follower: state for state in gateway.propagation.followers}
        if holds(found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError({state.follower: (state.standing, state.flaw) for state in gateway.propagation.followers})


def follow(found: dict[str, FollowerState], version: int, *, but: frozenset[str] = frozenset()) -> bool:
    assert set(found) == ALL
    return all(state.is_current and state.version == version for name, state in found.items() if name not in but)


def told_by_command(home: Home) -> tuple[int, dict[str, dict[str, object]]]:
    result = CliRunner().invoke(app, ["propagation", "--json", "--home", str(home.root)], catch_exceptions=False)
    return result.exit_code, {one["follower"]: one for one in json.loads(result.stdout)["followers"]}


def audited(home: Home) -> list[dict[str, object]]:
    with stored_log(AuditFiles(home).folder) as log:
        found = [record for segment in log.settled_segments() for record in records(segment) if record is not None]
    return [{"kind": record.kind, **record.event} for record in found if record.kind.startswith("propagation.")]


async def test_all_eighteen_acknowledge_a_new_version_and_a_stop_within_moments(home: Home, serving, publish) -> None:
    async with serving() as gateway:
        await until(gateway, lambda found: all(state.is_current for state in found.values()))
        version = await publish()
        began = time.monotonic()
        await until(gateway, lambda found: follow(found, version))
        assert time.monotonic() - began < WITHIN_S

        files, now = WhitelistFiles(home), datetime.now(UTC).replace(microsecond=0)
        base = office.base_of(files, now)
        key = office.read_officer_key(files, "officer-1", base.officers)
        before = {state.follower: state.said.in_force.stops for state in gateway.propagation.followers if state.said}
        emergency.stop_partner(
            files, key, base, now, partner_id="samu-rhone", kind=StopKind.REVOKE, reason="essai", hours=1
        )
        found = await until(
            gateway,
            lambda found: all(
                state.is_current and state.said is not None and state.said.in_force.stops != before[name]
                for name, state in found.items()
            ),
        )
        assert len({state.said.in_force.stops for state in found.values() if state.said}) == 1

        exit_code, told = await asyncio.to_thread(told_by_command, home)
        assert exit_code == 0
        assert set(told) == ALL
        assert {one["version"] for one in told.values()} == {version}
    assert audited(home) == []


async def test_a_node_that_keeps_its_old_list_is_told_and_told_again_when_it_follows(
    home: Home, hosted: NodeHost, serving, publish
) -> None:
    with capture_logs() as logs:
        async with serving(**QUICK) as gateway:
            await until(gateway, lambda found: all(state.is_current for state in found.values()))
            await hosted.set_fault("ara", NodeFault.parse("stale-list"))
            version = await publish()
            await until(gateway, lambda found: follow(found, version, but=frozenset({"ara"})))
            found = await until(gateway, lambda _: any(line["event"] == "propagation.behind" for line in logs))
            assert found["ara"].standing is Standing.BEHIND
            assert found["ara"].is_alarm
            assert found["ara"].versions_behind == 1
            assert follow(found, version, but=frozenset({"ara"}))
            exit_code, told = await asyncio.to_thread(told_by_command, home)
            assert exit_code == 4
            assert [name for name, one in told.items() if one["standing"] != "current"] == ["ara"]

            await hosted.set_fault("ara", None)
            await until(gateway, lambda found: follow(found, version))
            await until(gateway, lambda _: any(line["event"] == "propagation.caught_up" for line in logs))
    events = [line for line in logs if line["event"].startswith("propagation.")]
    assert [(line["event"], line["follower"]) for line in events] == [
        ("propagation.behind", "ara"),
        ("propagation.caught_up", "ara"),
    ]
    behind, caught_up = audited(home)
    assert (behind["kind"], behind["follower"], behind["standing"]) == ("propagation.behind", "ara", "behind")
    assert (behind["version"], behind["expected"]) == (version - 1, version)
    assert (caught_up["kind"], caught_up["version"]) == ("propagation.caught-up", version)


async def test_hanging_and_killed_nodes_are_told_as_silent_and_delay_nobody(
    hosted: NodeHost, serving, publish
) -> None:
    mute = frozenset({"idf", "cor", "pac"})
    async with serving(**QUICK) as gateway:
        await until(gateway, lambda found: all(state.is_current for state in found.values()))
        await hosted.set_fault("idf", NodeFault.parse("hang"))
        await hosted.set_fault("cor", NodeFault.parse("drip:1"))
        await hosted.stop("pac")
        version = await publish()
        began = time.monotonic()
        await until(gateway, lambda found: follow(found, version, but=mute))
        assert time.monotonic() - began < WITHIN_S
        found = await until(gateway, lambda found: all(found[name].standing is Standing.SILENT for name in mute))
        assert all(found[name].is_alarm for name in mute)
        assert {name: (found[name].standing, found[name].flaw) for name in mute} == {
            "idf": (Standing.SILENT, "silence.late"),
            "cor": (Standing.SILENT, "silence.late"),
            "pac": (Standing.SILENT, "silence.unreachable"),
        }
        assert follow(found, version, but=mute)


async def test_whatever_else_a_node_answers_is_told_for_what_it_is(hosted: NodeHost, serving) -> None:
    expected = {
        "garbage": (Standing.REFUSED, "acknowledgement.malformed"),
        "empty": (Standing.REFUSED, "acknowledgement.malformed"),
        "oversized:1000000": (Standing.REFUSED, "acknowledgement.too-large"),
        "gzip-bomb:1000000": (Standing.REFUSED, "acknowledgement.malformed"),
        "truncated": (Standing.REFUSED, "acknowledgement.malformed"),
        "status:503": (Standing.SILENT, "silence.refused"),
        "redirect": (Standing.SILENT, "silence.refused"),
        "reset": (Standing.SILENT, "silence.unreachable"),
    }
    faults = dict(zip((ror.id for ror in RORS), expected, strict=False))
    for ror, fault in faults.items():
        await hosted.set_fault(ror, NodeFault.parse(fault))
    async with serving(**QUICK) as gateway:
        found = await until(gateway, lambda found: all(found[ror].is_alarm for ror in faults))
        told = {fault: (found[ror].standing, found[ror].flaw) for ror, fault in faults.items()}
        assert told == expected
        for ror in faults:
            await hosted.set_fault(ror, None)
        await until(gateway, lambda found: all(state.is_current for state in found.values()))


async def test_what_was_said_before_a_restart_is_known_again(hosted: NodeHost, serving, home: Home) -> None:
    async with serving(**QUICK) as gateway:
        found = await until(gateway, lambda found: all(state.is_current for state in found.values()))
        heard = found["idf"].said
    assert heard is not None
    await hosted.stop("idf")
    async with serving(**QUICK) as gateway:
        found = await until(gateway, lambda found: found["idf"].is_alarm)
        assert found["idf"].silent_since is not None
        assert found["idf"].silent_since >= heard.said_at
        assert found["idf"].version == heard.in_force.version
