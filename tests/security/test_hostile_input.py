"""Bad input gets a fault with a stable slug; the gateway stays up and nothing of its inside is told."""

import asyncio

import pytest
from structlog.testing import capture_logs

from certs.home import Home
from certs.tls import client_context
from gateway.service import RunningGateway
from ror import namespaces as ns
from ror.soap.version import SoapVersion
from tests.support.served_gateway import Send


def changed(old: bytes, new: bytes):
    def change(question: bytes) -> bytes:
        assert old in question
        return question.replace(old, new)

    return change


DESTINATION = b'<destination>\n              <type code="5"'
BAD_QUESTIONS = {
    "truncated": (lambda q: q[:-40], "request.malformed-xml"),
    "empty": (lambda _: b"", "request.malformed-xml"),
    "binary": (lambda _: b"\x00\x01\x02", "request.encoding"),
    "doctype": (lambda q: b"<!DOCTYPE e>" + q, "request.doctype"),
    "entities": (lambda q: b'<!DOCTYPE e [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + q, "request.doctype"),
    "external entity": (lambda q: b'<!DOCTYPE e SYSTEM "file:///etc/passwd">' + q, "request.doctype"),
    "instruction": (lambda q: b'<?xml-stylesheet href="http://127.0.0.1/"?>' + q, "request.processing-instruction"),
    "deep": (changed(b"<organization/>", b"<a>" * 500 + b"</a>" * 500), "request.xml-limit"),
    "many attributes": (
        changed(b"<organization/>", b"<organization " + b" ".join(b'a%d=""' % n for n in range(20_000)) + b"/>"),
        "request.xml-limit",
    ),
    "no envelope": (lambda _: b"<a/>", "soap.envelope"),
    "two bodies": (
        changed(b"</env:Body>", b'</env:Body><env:Body xmlns:env="http://www.w3.org/2003/05/soap-envelope"/>'),
        "soap.body-count",
    ),
    "unknown header": (
        changed(b"<p:recherche", b'<x:x xmlns:x="urn:x" env:mustUnderstand="true"/><p:recherche'),
        "soap.must-understand",
    ),
    "bad own header": (changed(b'limite="50"', b'limite="-1"'), "header.invalid"),
    "unknown criterion": (changed(b"<organization/>", b"<organization/><beauty/>"), "criterion.unknown"),
    "unknown code": (changed(b'code="121"', b'code="9999"'), "criterion.unknown-code"),
    "wrong scheme": (
        changed(b'code="121" codingScheme="1.2.250.1.213.3.3.12"', b'code="121" codingScheme="1.2.3"'),
        "criterion.wrong-scheme",
    ),
    "unknown destination": (changed(b'code="FR"', b'code="ZZ"'), "destination.unknown"),
    "health territory": (changed(b'<type code="5"', b'<type code="4"'), "destination.not-handled"),
    "absurd age": (
        changed(
            b"</otherParams>", b'<patient><age><value>999</value><timeUnity code="a"/></age></patient></otherParams>'
        ),
        "age.invalid",
    ),
}


@pytest.mark.parametrize("name", BAD_QUESTIONS)
async def test_a_bad_question_is_a_fault(send: Send, question: bytes, name: str) -> None:
    change, slug = BAD_QUESTIONS[name]

    reply = await send(change(question))

    assert reply.slug == slug
    assert reply.status == 400
    assert (await send(question)).status == 200


async def test_an_oversized_body_is_refused_before_it_is_read(send: Send) -> None:
    reply = await send(b" " * 300_000)

    assert (reply.status, reply.slug) == (413, "request.too-large")


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/html", "multipart/related", "application/soap+xml; charset=utf-16"]
)
async def test_another_content_type_is_refused(send: Send, question: bytes, content_type: str) -> None:
    reply = await send(question, headers={"Content-Type": content_type})

    assert (reply.status, reply.slug) == (415, "http.content-type")


async def test_a_compressed_request_is_refused(send: Send, question: bytes) -> None:
    reply = await send(question, headers={"Content-Encoding": "gzip"})

    assert (reply.status, reply.slug) == (415, "http.content-type")


async def test_a_wrong_action_is_refused(send: Send, question: bytes) -> None:
    reply = await send(question, headers={"Content-Type": 'application/soap+xml; action="urn:other"'})

    assert (reply.status, reply.slug) == (400, "soap.action")


async def test_soap_11_faults_have_status_500_and_their_code(send: Send, question: bytes) -> None:
    old = question.replace(ns.SOAP_12.encode(), ns.SOAP_11.encode()).replace(b'code="121"', b'code="9999"')

    reply = await send(old, version=SoapVersion.V11)

    assert (reply.status, reply.slug) == (500, "criterion.unknown-code")
    assert reply.envelope.findtext(".//faultcode").endswith("Client.E400")


async def test_an_unknown_path_and_method_are_faults(send: Send, question: bytes) -> None:
    assert (await send(question, path="/ROR/elsewhere")).slug == "path.unknown"
    assert (await send(question, method="PUT")).slug == "http.method"
    assert (await send(b"", method="GET")).slug == "http.method"


async def test_forwarded_identities_are_ignored(send: Send, question: bytes) -> None:
    claims = {"X-SSL-Client-Cert": "x", "X-SSL-Client-Verify": "SUCCESS", "X-Forwarded-For": "127.0.0.1"}

    assert (await send(question, None, headers=claims)).slug == "certificate.missing"


async def test_no_answer_tells_what_the_server_runs_on(send: Send, question: bytes) -> None:
    for reply in (await send(question), await send(b"<a/>"), await send(question, path="/x")):
        assert reply.headers["Server"] == "ror"
        assert "Python" not in str(reply.headers)


async def test_a_body_that_never_comes_is_given_up(
    gateway: RunningGateway, pki_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.server.exchange.BODY_S", 0.2)
    leaf = pki_home.leaf("partner-samu-rhone")
    context = client_context(leaf.chain, leaf.key, pki_home.trust)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", gateway.port, ssl=context, server_hostname="localhost"
    )
    head = (
        f"POST {ns.PATH_G1} HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml\r\nContent-Length: 100\r\n\r\n"
    )
    writer.write(head.encode() + b"<")

    async with asyncio.timeout(5):
        said = await reader.read()

    assert b"deadline.exceeded" in said
    writer.close()


@pytest.mark.parametrize(
    "bytes_sent",
    [b"NONSENSE\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 9_000 + b"\r\n\r\n"],
)
async def test_what_is_no_http_gets_a_fault_that_quotes_nothing(
    gateway: RunningGateway, pki_home: Home, bytes_sent: bytes
) -> None:
    context = client_context(None, None, pki_home.trust)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", gateway.port, ssl=context, server_hostname="localhost"
    )
    writer.write(bytes_sent)

    async with asyncio.timeout(5):
        said = await reader.read()

    assert b"http.invalid" in said
    assert b"NONSENSE" not in said
    assert b"yyy" not in said
    assert b"Server: ror\r\n" in said
    writer.close()


async def test_the_evidence_of_a_refusal_is_in_the_log_and_not_in_the_fault(send: Send, question: bytes) -> None:
    with capture_logs() as logged:
        reply = await send(question, "partner-coordination-pdl")

    refused = next(entry for entry in logged if entry["event"] == "request.refused")
    assert reply.slug == refused["reason"]
    assert refused["question_id"] in {entry["question_id"] for entry in logged if entry["event"] == "decision.taken"}
