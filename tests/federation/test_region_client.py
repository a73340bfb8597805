"""One region asked once: every way it can fail becomes the right outcome, and nothing is raised."""

import asyncio
import gzip
from pathlib import Path

import pytest
from yarl import URL

from gateway.federation.reply import RegionReply
from gateway.routing import Route
from ror.coverage import Outcome
from ror.errors import refuse
from ror.faults import Reason
from ror.question import Criteria, Question
from ror.soap.fault import write_fault
from ror.soap.version import SoapVersion
from tests.support.scripted_node import answering, request_read

MESSAGES = (b"<question/>", b"<again/>", b"<and-again/>")
ARA = Route(ror="ara", codes=("84",), question=Question(criteria=Criteria(), destinations=()))


@pytest.fixture(scope="module")
def answer() -> bytes:
    return (Path(__file__).parent.parent / "golden" / "g1_answer.xml").read_bytes()


@pytest.fixture
def ask(start_node, client_for):
    async def asked(behaviour, *, budget_s: float = 5.0, **options: str) -> RegionReply:
        async with start_node(behaviour, **options) as url, client_for({"ara": url}) as client:
            return await client.ask(ARA, iter(MESSAGES), budget_s, "question-1")

    return asked


async def test_a_good_answer_is_complete_and_scoped(ask, answer: bytes) -> None:
    reply = await ask(answering(answer))

    assert (reply.outcome, reply.detail) == (Outcome.COMPLETE, None)
    assert reply.entries is not None
    assert all(entry.id.startswith(b"ara:") for entry in reply.entries.facilities)


@pytest.mark.parametrize("told", ["truncated", "stale", "translated-with-loss"])
async def test_a_region_that_says_it_is_incomplete_is_believed(ask, answer: bytes, told: str) -> None:
    line = b'<p:ror id="ara" codes="84" outcome="complete"'
    assert line in answer

    reply = await ask(answering(answer.replace(line, line.replace(b"complete", told.encode()))))

    assert reply.outcome == told
    assert reply.entries is not None


async def test_a_gzipped_answer_is_the_same(ask, answer: bytes) -> None:
    plain = await ask(answering(answer))
    packed = await ask(answering(gzip.compress(answer), headers="Content-Encoding: gzip\r\n"))

    assert packed.entries == plain.entries


def fault(reason: Reason) -> bytes:
    return write_fault(SoapVersion.V12, refuse(reason).fault)


@pytest.mark.parametrize(
    ("reason", "status", "outcome"),
    [
        (Reason.PARTNER_NOT_LISTED, "403 Forbidden", Outcome.REFUSED),
        (Reason.CERTIFICATE_EXPIRED, "401 Unauthorized", Outcome.REFUSED),
        (Reason.CRITERION_UNKNOWN_CODE, "400 Bad Request", Outcome.UNKNOWN_CODE),
        (Reason.INTERNAL, "500 Internal Server Error", Outcome.FAULTY),
        (Reason.OVERLOADED, "503 Service Unavailable", Outcome.FAULTY),
        (Reason.DEADLINE_EXCEEDED, "500 Internal Server Error", Outcome.LATE),
        (Reason.NOT_FORESEEN, "200 OK", Outcome.FAULTY),
    ],
)
async def test_a_fault_becomes_its_outcome_with_its_slug(ask, reason: Reason, status: str, outcome: Outcome) -> None:
    reply = await ask(answering(fault(reason), status=status))

    assert (reply.outcome, reply.detail, reply.entries) == (outcome, reason.slug, None)


BARE_444 = (
    b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>444</e:Value>'
    b'</e:Code><e:Reason><e:Text xml:lang="fr">Erreur</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>'
)


async def test_the_bare_444_of_old_peers_is_read(ask) -> None:
    reply = await ask(answering(BARE_444))

    assert (reply.outcome, reply.detail) == (Outcome.FAULTY, "fault.444")


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (answering(b"<html>It works!</html>", content_type="text/html"), "answer.content-type"),
        (answering(b"<html>It works!</html>"), "answer.envelope"),
        (answering(b"\x00\xff garbage"), "answer.malformed-xml"),
        (answering(b""), "answer.malformed-xml"),
        (answering(b"", status="204 No Content"), "answer.status"),
        (answering(b"", status="302 Found", headers="Location: https://169.254.169.254/\r\n"), "answer.status"),
        (answering(b"x", headers="Content-Encoding: br\r\n"), "answer.content-encoding"),
        (answering(b"no gzip", headers="Content-Encoding: gzip\r\n"), "answer.gzip"),
    ],
)
async def test_what_is_no_answer_is_malformed(ask, behaviour, detail: str) -> None:
    reply = await ask(behaviour)

    assert (reply.outcome, reply.detail) == (Outcome.MALFORMED, detail)


async def test_a_wrong_count_is_malformed_and_not_merged(ask, answer: bytes) -> None:
    reply = await ask(answering(answer.replace(b"<OInumber>1<", b"<OInumber>2<")))

    assert (reply.outcome, reply.detail, reply.entries) == (Outcome.MALFORMED, "answer.count-mismatch", None)


async def test_a_cut_body_is_malformed(ask, answer: bytes) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(answer)}\r\n\r\n"
        writer.write(head.encode() + answer[: len(answer) // 2])
        await writer.drain()

    reply = await ask(cut)

    assert reply.outcome is Outcome.MALFORMED


async def test_silence_is_late_and_takes_no_longer_than_its_budget(ask) -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        await asyncio.sleep(60)

    reply = await ask(hang, budget_s=0.2)

    assert (reply.outcome, reply.detail) == (Outcome.LATE, "node.late")
    assert reply.duration_ms < 1000


async def test_a_body_that_drips_is_late(ask) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    reply = await ask(drip, budget_s=0.3)

    assert reply.outcome is Outcome.LATE


async def test_nobody_there_is_unreachable(client_for, unused_tcp_port: int) -> None:
    async with client_for({"ara": URL(f"https://127.0.0.1:{unused_tcp_port}/")}) as client:
        reply = await client.ask(ARA, iter(MESSAGES), 5.0, "question-1")

    assert (reply.outcome, reply.detail) == (Outcome.UNREACHABLE, "node.connection")


async def test_a_region_without_address_is_unreachable(client_for) -> None:
    async with client_for({}) as client:
        reply = await client.ask(ARA, iter(MESSAGES), 5.0, "question-1")

    assert (reply.outcome, reply.detail) == (Outcome.UNREACHABLE, "node.no-address")


async def test_a_node_with_another_nodes_certificate_is_not_believed(ask, answer: bytes) -> None:
    reply = await ask(answering(answer), leaf="node-bre")

    assert (reply.outcome, reply.detail) == (Outcome.UNREACHABLE, "node.tls")


async def test_a_connection_closed_while_idle_is_opened_again(start_node, client_for, answer: bytes) -> None:
    served = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await request_read(reader)
        served += 1
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(answer)}\r\n\r\n"
        writer.write(head.encode() + answer)
        await writer.drain()
        await reader.read(1)

    async with start_node(once) as url, client_for({"ara": url}) as client:
        outcomes = [(await client.ask(ARA, iter(MESSAGES), 5.0, "question-1")).outcome for _ in range(3)]

    assert outcomes == [Outcome.COMPLETE] * 3
    assert served == 3


async def test_what_is_said_again_is_another_message(start_node, client_for, answer: bytes) -> None:
    heard: list[bytes] = []

    async def closing_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await request_read(reader))
        if len(heard) > 2:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(answer)}\r\n\r\n"
            writer.write(head.encode() + answer)
            await writer.drain()

    async with start_node(closing_twice) as url, client_for({"ara": url}) as client:
        reply = await client.ask(ARA, iter(MESSAGES), 5.0, "question-1")

    assert reply.outcome == Outcome.COMPLETE
    assert heard == list(MESSAGES)
