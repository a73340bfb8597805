"""HTTP turned against the gateway and a node: who one is, what was asked and how much it costs cannot be changed by
a header, another form of the same request, another protocol, or a flood of connections.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from certs.home import Home
from gateway.audit.handshakes import HandshakeAudit
from ror import namespaces as ns
from ror.audit.events import Kind
from tests.support.attacked import attacked, copied, plain_question
from tests.support.both_servers import ACTION, SPOOFED, Both, Server, both_servers, head, read_to_end
from tests.support.scripted_node import answering

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = pytest.mark.parametrize("name", ["gateway", "node"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with both_servers(pki_home, golden, tmp_path_factory.mktemp("http")) as servers:
        yield servers


def server_of(both: Both, name: str) -> Server:
    return both.gateway if name == "gateway" else both.node


def post(body: bytes, target: str = ns.PATH_G1, **headers: str) -> bytes:
    """A whole question; headers are replaced or added, in snake case."""
    told = {"Host": "x", "Content-Type": ACTION, "Content-Length": str(len(body)), "Connection": "close"}
    return head("POST", target, **told | {name.replace("_", "-"): value for name, value in headers.items()}) + body


def get(target: str, method: str = "GET", **headers: str) -> bytes:
    told = {"Host": "x", "Connection": "close"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return head(method, target, **told)


@BOTH
async def test_the_control_the_plain_question_is_answered(both: Both, name: str) -> None:
    server = server_of(both, name)

    said = await server.say(post(server.asked()))

    assert said.statuses == [200]
    assert b"careServicesResponse" in said.data


# Who one is


@BOTH
@pytest.mark.parametrize("header", SPOOFED)
async def test_no_header_makes_somebody_of_nobody(both: Both, name: str, header: str) -> None:
    server, before = server_of(both, name), len(both.behind.records())

    said = await server.say(post(server.asked(), **{header: SPOOFED[header]}), None)

    assert (said.statuses, said.slug) == ([401], "certificate.missing")
    if name == "gateway":
        decided = [one.event["reason"] for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert decided == ["certificate.missing"]


@BOTH
async def test_no_header_makes_a_partner_of_another(both: Both, name: str) -> None:
    server, before = server_of(both, name), len(both.behind.records())

    said = await server.say(post(server.asked(), **SPOOFED))

    assert said.statuses == [200]
    if name == "gateway":
        [decision] = [one.event for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert (decision["granted"], decision["partner"]) == (True, "samu-rhone")


async def test_the_certificate_of_another_in_a_header_is_refused_and_recorded(both: Both) -> None:
    for leaf, field in ((None, "Client-Cert"), ("", "Client-Cert"), ("", "client-cert"), ("", "Client-Cert-Chain")):
        before = len(both.behind.records())
        said = await both.gateway.say(post(both.gateway.question, **{field: ":AAAA:"}), leaf)
        assert (said.statuses, said.slug) == ([403], "client-cert.unexpected")
        [decision] = [one.event for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert (decision["granted"], decision["reason"]) == (False, "client-cert.unexpected")


@BOTH
@pytest.mark.parametrize(
    "stripped", ["Content-Type", "Content-Length", "SOAPAction, Host", "X-SSL-Client-Cert, Client-Cert"]
)
async def test_a_header_named_as_of_this_hop_only_still_counts(both: Both, name: str, stripped: str) -> None:
    server = server_of(both, name)

    said = await server.say(post(server.asked(), Connection=f"close, {stripped}"))
    assert said.statuses == [200]
    wrong = post(server.asked(), Connection=f"close, {stripped}, SOAPAction", SOAPAction='"urn:autre"')
    assert (await server.say(wrong)).slug == "soap.action"


# What was asked


@BOTH
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_no_header_makes_another_method(both: Both, name: str, header: str) -> None:
    server = server_of(both, name)

    assert (await server.say(get(ns.PATH_G1, **{header: "POST"}))).slug == "http.method"
    assert (await server.say(get(f"{ns.PATH_G1}?_method=POST", **{header: "POST"}))).slug == "http.method"
    assert (await server.say(post(server.asked(), **{header: "DELETE"}))).statuses == [200]


@BOTH
async def test_the_address_in_the_request_line_changes_nothing(both: Both, name: str) -> None:
    server = server_of(both, name)
    absolute = f"https://piege.example:1{ns.PATH_G1}"

    assert (await server.say(post(server.asked(), absolute))).statuses == [200]
    for host in ("x", "piege.example", "127.0.0.1"):
        wsdl = await server.say(get(f"{absolute}?wsdl", Host=host))
        assert wsdl.statuses == [200]
        assert b"piege.example" not in wsdl.data


@BOTH
async def test_the_host_told_is_told_to_nobody(both: Both, name: str) -> None:
    for host in ("piege.example", "x:1@piege.example", "piege.example\t"):
        said = await server_of(both, name).say(get(f"{ns.PATH_G1}?wsdl", Host=host, X_Forwarded_Host=host))
        assert b"piege.example" not in said.data


@BOTH
@pytest.mark.parametrize(
    "path",
    [
        f"/x/..{ns.PATH_G1}",
        f"/{ns.PATH_G1}",
        f"{ns.PATH_G1}/",
        f"{ns.PATH_G1};x=y",
        f"{ns.PATH_G1}%00",
        f"{ns.PATH_G1}/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/.env",
        "/ROR\\careServicesRequest_Binding",
        ns.PATH_G1.upper(),
    ],
)
async def test_another_spelling_of_a_path_is_another_path(both: Both, name: str, path: str) -> None:
    server = server_of(both, name)
    with capture_logs() as logs:
        said = await server.say(post(server.asked(), path))

    assert said.slug in {"path.unknown", "http.invalid"}
    assert {entry["event"] for entry in logs} & {"request.refused", "http.refused", "http.unreadable"}


@BOTH
@pytest.mark.parametrize("hidden", ["%0d%0aSet-Cookie:%20a=b", "%0aX:y", "%E5%98%8A%E5%98%8DX:y", "\x7f", "%00"])
async def test_no_line_end_in_a_path_comes_back_in_a_head(both: Both, name: str, hidden: str) -> None:
    for target in (f"/{hidden}", f"{ns.PATH_G1}?wsdl={hidden}", f"{ns.PATH_G1}?wsdl&{hidden}"):
        said = await server_of(both, name).say(get(target))
        top = said.data.partition(b"\r\n\r\n")[0].lower()
        assert b"set-cookie" not in top
        assert b"\nx:" not in top


@BOTH
async def test_a_trailer_overrides_no_header(both: Both, name: str) -> None:
    server = server_of(both, name)
    for trailer in (
        'SOAPAction: "urn:autre"',
        "Content-Type: text/html",
        "Client-Cert: :AAAA:",
        "Host: piege.example",
    ):
        body = server.asked()
        start = head(
            "POST",
            ns.PATH_G1,
            **{"Host": "x", "Content-Type": ACTION, "Transfer-Encoding": "chunked", "Connection": "close"},
            Trailer=trailer.partition(":")[0],
        )
        said = await server.say(start + b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(body), body, trailer.encode()))
        assert said.statuses == [200], trailer


@BOTH
async def test_the_trace_of_a_request_is_not_sent_back(both: Both, name: str) -> None:
    said = await server_of(both, name).say(get("/", "TRACE", Authorization="Basic cGllZ2U="))

    assert said.slug in {"http.method", "path.unknown"}
    assert b"cGllZ2U" not in said.data


# Another protocol


@BOTH
async def test_no_other_protocol_is_offered_or_taken_up(both: Both, name: str) -> None:
    server = server_of(both, name)
    context = server.context(server.admitted)
    context.set_alpn_protocols(["h2", "h2c", "spdy/3", "http/1.1"])
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname="localhost")
    try:
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() in {None, "http/1.1"}
        writer.write(get("/healthz"))
        async with asyncio.timeout(5):
            assert (await read_to_end(reader)).startswith(b"HTTP/1.1 200 ")
    finally:
        writer.transport.abort()


@BOTH
@pytest.mark.parametrize("protocol", ["h2c", "websocket", "TLS/1.0, HTTP/1.1"])
async def test_no_upgrade_is_taken_up_and_the_connection_ends_behind_it(both: Both, name: str, protocol: str) -> None:
    server = server_of(both, name)
    upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": protocol, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    websocket = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
    first = get("/healthz", **upgrade | websocket)

    said = await server.say(first + get("/healthz"))

    assert said.statuses == [200], "what comes behind could be of either protocol"


# What it costs


@BOTH
async def test_requests_in_a_row_are_answered_in_their_order_and_bounded(both: Both, name: str) -> None:
    server = server_of(both, name)
    many = head("GET", "/healthz", Host="x") * 500

    said = await server.say(many + get("/nowhere"))

    assert said.statuses == [200] * 500 + [400]


@BOTH
async def test_behind_a_body_that_is_refused_unread_no_other_request_is_taken(both: Both, name: str) -> None:
    server = server_of(both, name)
    refused = head("POST", ns.PATH_G1, **{"Host": "x", "Content-Length": "300000"}) + bytes(1_000)

    said = await server.say(refused + get("/healthz"), None)

    assert said.statuses == [401]


@BOTH
@pytest.mark.parametrize("leaf", ["", None], ids=["a partner", "nobody"])
async def test_extensions_of_chunks_do_not_go_on_for_ever(both: Both, name: str, leaf: str | None) -> None:
    server = server_of(both, name)
    start = head("POST", ns.PATH_G1, **{"Host": "x", "Content-Type": ACTION, "Transfer-Encoding": "chunked"})
    began, sent = monotonic(), 0
    async with server.connected(server.admitted if leaf == "" else None) as (reader, writer):

        async def push() -> None:
            nonlocal sent
            with contextlib.suppress(ConnectionError):
                writer.write(start + b"1;x=")
                while sent < 64 * 2**20:
                    writer.write(b"y" * 65_536)
                    await writer.drain()
                    sent += 65_536

        pushing = asyncio.create_task(push())
        async with asyncio.timeout(8):
            said = await read_to_end(reader)
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)

    assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 "))
    assert sent < 24 * 2**20, "what is not read stays in the network, whose buffers are all that fills"
    assert monotonic() - began < 4


@BOTH
async def test_an_answer_is_whole_whatever_range_is_asked(both: Both, name: str) -> None:
    server = server_of(both, name)
    for wish in ("bytes=0-9", "bytes=-5", "bytes=" + ",".join(f"{n}-{n + 9}" for n in range(500))):
        said = await server.say(post(server.asked(), Range=wish, If_Range="*"))
        assert said.statuses == [200]
        assert b"Content-Range" not in said.data
        assert said.data.rstrip().endswith(b"Envelope>")


async def test_no_answer_to_a_partner_is_packed_so_that_its_length_tells_nothing(both: Both) -> None:
    lengths = set()
    for wish in ("gzip", "gzip, deflate, br, zstd", "*", "identity;q=0, gzip"):
        said = await both.gateway.say(post(both.gateway.asked(), Accept_Encoding=wish))
        top, _, body = said.data.partition(b"\r\n\r\n")
        assert b"content-encoding" not in top.lower()
        lengths.add(len(body) // 100)
    assert len(lengths) == 1


async def test_nothing_of_a_callers_head_goes_on_to_a_node(pki_home: Home, golden: Path, tmp_path: Path) -> None:
    heads: list[bytes] = []
    answer = (golden / "g1_answer.xml").read_bytes()
    reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n" % len(answer)

    async def remember(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            top = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in top.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
            heads.append(top)
            writer.write(reply + answer)

    question = plain_question(golden)
    async with attacked(copied(pki_home, tmp_path / "home"), remember, question) as behind:
        server = Server("gateway", behind.gateway.port, behind.home, "partner-samu-rhone", question)
        claims = SPOOFED | {ns.QUESTION_HEADER: "piege-piege-piege", "X-Piege": "piege"}
        said = await server.say(post(question, **claims))

    asked = [top for top in heads if top.startswith(b"POST /ROR")]
    assert said.statuses == [200]
    assert len(asked) == 1
    assert b"piege" not in asked[0]
    assert not any(header.lower().encode() in asked[0].lower() for header in SPOOFED)


SILENT = 300
HALF_A_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


@pytest.mark.parametrize(
    "begun", [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], ids=["silent", "half a hello"]
)
async def test_a_flood_of_connections_that_never_finish_tls_shuts_out_nobody(
    pki_home: Home, golden: Path, tmp_path: Path, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[object] = []
    hear = HandshakeAudit.__call__
    monkeypatch.setattr(HandshakeAudit, "__call__", lambda audit, one: (failed.append(one), hear(audit, one))[1])
    question, answer = plain_question(golden), (golden / "g1_answer.xml").read_bytes()
    home = copied(pki_home, tmp_path / "home")
    async with attacked(home, answering(answer), question, head_s=2.0) as behind:
        server = Server("gateway", behind.gateway.port, home, "partner-samu-rhone", question)
        opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", server.port) for _ in range(SILENT)))
        for _, writer in opened:
            writer.write(begun)

        began = monotonic()
        said = await server.say(post(question))
        took_s = monotonic() - began
        async with asyncio.timeout(8):
            ended = await asyncio.gather(*(read_to_end(reader) for reader, _ in opened))
            while begun and len(failed) < SILENT:
                await asyncio.sleep(0.02)
        for _, writer in opened:
            writer.close()

    events = [one.event for one in behind.records() if one.kind == Kind.HANDSHAKE]
    assert said.statuses == [200]
    assert took_s < 2
    assert len(ended) == SILENT, "each was closed, whatever TLS had to say"
    counted = sum(int(str(event.get("count", 1))) for event in events if event["problem"] == "unfinished")
    assert counted == (SILENT if begun else 0), "the log counts every handshake that was begun"
    assert len(events) < SILENT, "in fewer records"


async def test_a_plain_request_to_the_tls_port_gets_nothing_readable(both: Both) -> None:
    for server in both.servers:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(get("/healthz"))
        async with asyncio.timeout(5):
            said = await read_to_end(reader)
        writer.close()
        assert b"HTTP" not in said


async def test_the_control_tls_is_all_that_the_plain_request_lacked(both: Both) -> None:
    for server in both.servers:
        assert (await server.say(get("/healthz"), None)).statuses == [200]
    assert ssl.HAS_TLSv1_3
