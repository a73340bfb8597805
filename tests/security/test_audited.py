"""Nothing is answered that the audit log does not hold: granted, refused, and when the disk fails."""

import asyncio
import errno
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lxml import etree

from certs.audit.inbox import AuditFiles
from certs.audit.verifying import verify
from certs.home import Home
from certs.tls import client_context
from gateway.audit.disk import FolderDisk
from gateway.audit.errors import AuditBusyError
from gateway.audit.stored import records, stored_log
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.audit.events import Kind
from ror.audit.findings import Report
from ror.audit.record import Record
from tests.support.scripted_node import Behaviour, StartNode, answering
from tests.support.served_gateway import Send, one_connection


@pytest.fixture
def pki_home(pki_home: Home, tmp_path: Path) -> Home:
    """A state folder whose log is this test's alone."""
    shutil.copytree(pki_home.root, tmp_path / "home", ignore=shutil.ignore_patterns("audit", "nodes"))
    return Home(tmp_path / "home")


@pytest.fixture
def behaviour(golden: Path) -> Behaviour:
    """What the one node does: it answers."""
    return answering((golden / "g1_answer.xml").read_bytes())


@pytest.fixture
async def gateway(pki_home: Home, start_node: StartNode, behaviour: Behaviour) -> AsyncIterator[RunningGateway]:
    """The gateway before one node."""
    async with start_node(behaviour) as url:
        directory = pki_home.root / "one-node.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        settings = GatewaySettings(port=0, directory=directory, drain_s=0.2, whitelist_poll_s=0.02)
        async with running(pki_home, settings) as gateway_:
            yield gateway_


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> "Disk":
    """The disk under the log."""
    return Disk(monkeypatch)


class Disk:
    """A disk that a test may fill up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        real = FolderDisk.append

        def append(disk: FolderDisk, name: str, data: bytes) -> None:
            if self.is_full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(disk, name, data)

        monkeypatch.setattr(FolderDisk, "append", append)


def read(home: Home) -> list[Record]:
    with stored_log(AuditFiles(home).folder) as log:
        return [record for segment in log.settled_segments() for record in records(segment) if record is not None]


def verified(home: Home) -> Report:
    with stored_log(AuditFiles(home).folder) as log:
        return verify(log.settled_segments(), log.notes(), log.key())


def of_kind(home: Home, kind: Kind) -> list[dict[str, object]]:
    return [record.event for record in read(home) if record.kind == kind]


def bytes_of_the_log(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(AuditFiles(home).folder.glob("*.jsonl")))


async def test_an_answered_search_is_in_the_log_when_its_answer_arrives(
    send: Send, question: bytes, pki_home: Home
) -> None:
    reply = await send(question)

    coverage = reply.envelope.find(f".//{{{ns.PASSERELLE}}}couverture")
    [decision], [search] = of_kind(pki_home, Kind.DECISION), of_kind(pki_home, Kind.SEARCH)
    assert decision["granted"] is True
    assert decision["question"] == search["question"]
    assert str(search["question"]) in coverage.attrib.values()
    assert search["partner"] == "samu-rhone"
    assert len(search["regions"]) == 17
    assert verified(pki_home).holds


async def test_a_refusal_is_in_the_log_when_its_fault_arrives(send: Send, question: bytes, pki_home: Home) -> None:
    reply = await send(question, None)

    assert reply.slug == "certificate.missing"
    [decision] = of_kind(pki_home, Kind.DECISION)
    assert (decision["granted"], decision["reason"]) == (False, "certificate.missing")
    assert of_kind(pki_home, Kind.SEARCH) == []
    assert verified(pki_home).holds


@pytest.mark.parametrize("behaviour", [answering(b"")])
async def test_the_fault_that_no_ror_answered_is_in_the_log_too(send: Send, question: bytes, pki_home: Home) -> None:
    reply = await send(question)

    assert reply.slug == "federation.no-answer"
    [search] = of_kind(pki_home, Kind.SEARCH)
    assert {region[2] for region in search["regions"]} == {"unreachable", "malformed"}
    assert search["units"] == 0


async def test_the_answer_waits_until_the_disk_has_its_records(
    send: Send, question: bytes, pki_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, real = asyncio.Event(), FolderDisk.sync
    loop = asyncio.get_running_loop()

    def slow_sync(disk: FolderDisk, name: str) -> None:
        asyncio.run_coroutine_threadsafe(held.wait(), loop).result(10)
        real(disk, name)

    monkeypatch.setattr(FolderDisk, "sync", slow_sync)
    asking = asyncio.create_task(send(question))
    done, _ = await asyncio.wait({asking}, timeout=0.5)
    assert not done

    held.set()
    assert (await asking).fault is None


@pytest.mark.parametrize("leaf", ["partner-samu-rhone", None])
async def test_a_full_disk_refuses_service_and_says_when_to_come_back(
    send: Send, question: bytes, disk: Disk, leaf: str | None
) -> None:
    disk.is_full = True

    reply = await send(question, leaf)

    assert (reply.status, reply.slug) == (503, "service.audit-unavailable")
    assert int(reply.headers["Retry-After"]) > 0


async def test_while_the_log_fails_no_region_is_asked_and_the_gateway_is_not_ready(
    send: Send, question: bytes, disk: Disk, gateway: RunningGateway, pki_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.is_full = True
    await send(question)
    asked: list[object] = []
    monkeypatch.setattr("gateway.search.Search.answer", lambda *told: asked.append(told))

    reply = await send(question)

    assert reply.slug == "service.audit-unavailable"
    assert asked == []
    context = client_context(None, None, pki_home.trust)
    async with one_connection(context) as session, session.get(f"{gateway.url}/readyz") as ready:
        assert ready.status == 503
        assert "No space" in await ready.text()


async def test_service_resumes_once_the_disk_takes_records_again(
    send: Send, question: bytes, disk: Disk, pki_home: Home
) -> None:
    disk.is_full = True
    assert (await send(question)).slug == "service.audit-unavailable"
    disk.is_full = False

    async with asyncio.timeout(10):
        while (await send(question)).fault is not None:
            await asyncio.sleep(0.1)

    [resumed] = of_kind(pki_home, Kind.RESUMED)
    assert resumed["unrecorded"] >= 1
    assert verified(pki_home).holds


async def test_no_persons_name_and_no_envelope_is_in_the_log(
    send: Send, question: bytes, golden: Path, pki_home: Home
) -> None:
    with_vihf = (golden / "g1_question.xml").read_bytes()
    vihf = next(etree.fromstring(with_vihf).iter(f"{{{ns.WSSE}}}Security"))
    for body in (question, with_vihf, b"<Dupont>Jeanne</Dupont>"):
        await send(body)

    log = bytes_of_the_log(pki_home)
    assert log.count(b'"decision.taken"') == 3
    persons = {text.strip().encode() for text in vihf.itertext() if len(text.strip()) > 8}
    assert persons
    for told in (*persons, b"Dupont", b"Jeanne", b"Envelope", b"facility", b"codedType", b"CN="):
        assert told not in log, told


async def test_start_list_and_stop_are_in_the_log(pki_home: Home) -> None:
    directory = pki_home.root / "no-node.json"
    directory.write_text("{}")
    async with running(pki_home, GatewaySettings(port=0, directory=directory, drain_s=0.2)):
        pass

    kinds = [record.kind for record in read(pki_home)]
    assert kinds[0] == Kind.STARTED
    assert kinds[-1] == Kind.STOPPED
    assert kinds.count(Kind.LIST_TAKEN_UP) == 1
    told = {Kind.LIST_TAKEN_UP, Kind.OFFICERS_CHANGED, Kind.CONFIGURATION, Kind.REVOCATION_TAKEN_UP}
    assert told <= set(kinds)
    report = verified(pki_home)
    assert report.holds
    assert report.signed_up_to == len(kinds)


async def test_a_refused_handshake_is_in_the_log(gateway: RunningGateway, pki_home: Home) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await reader.read()
    writer.close()

    async with asyncio.timeout(5):
        while not of_kind(pki_home, Kind.HANDSHAKE):
            await asyncio.sleep(0.02)


async def test_a_second_gateway_on_the_same_log_does_not_start(gateway: RunningGateway, pki_home: Home) -> None:
    settings = GatewaySettings(port=0, directory=pki_home.root / "one-node.json")
    with pytest.raises(AuditBusyError):
        async with running(pki_home, settings):
            pass
