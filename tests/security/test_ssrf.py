"""The gateway calls its nodes and nobody else: whatever the directory, a name, a node or a certificate says."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from yarl import URL

from certs.demonstration_pki import load_authority
from certs.home import Home
from certs.hosts import is_host
from certs.issuing import IssueRequest, issue
from certs.names import DistinguishedName
from certs.profiles import SERV_SSL
from certs.tls import client_context
from gateway.errors import SettingsError
from gateway.federation.node_address import NodeResolver
from gateway.federation.region_client import RegionClient
from gateway.federation.region_directory import Endpoint, read_directory
from gateway.propagation.asking import NodeAsker, Silence
from gateway.routing import Route
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.coverage import Outcome
from ror.question import Criteria, Question
from tests.support.attacked import attacked, copied, plain_question
from tests.support.both_servers import Server, head
from tests.support.scripted_node import StartNode, answering
from tests.support.served_gateway import subject_of
from tests.support.xml_attacks import Bait, baited

NAME = "ror-ara.demo.inter-ror.fr"
ROUTE = Route(ror="ara", codes=("84",), question=Question(criteria=Criteria(), destinations=()))


@pytest.fixture
async def bait(tmp_path: Path) -> AsyncIterator[Bait]:
    async with baited(tmp_path) as laid:
        yield laid


@pytest.fixture
def directory(tmp_path: Path) -> Callable[..., Path]:
    """A directory of one node."""

    def write(url: object = "https://ror.example", server_name: object = NAME) -> Path:
        path = tmp_path / "directory.json"
        path.write_text(json.dumps({"ara": {"url": url, "server_name": server_name}}))
        return path

    return write


# What the directory may say

PLAIN = [
    "https://ror.example",
    "https://ror.example/ROR/careServicesRequest_Binding",
    "https://ror-ara.esante.example:8443/ROR/",
    "https://10.1.2.3:9443/ROR",
    "https://192.168.1.1",
    "https://[2001:db8::1]:443/ROR",
    "https://[fd12:3456::1]/ROR",
]
HOSTILE = {
    "loopback": "https://127.0.0.1:9443/",
    "loopback, another": "https://127.9.9.9/",
    "loopback by name": "https://localhost/\u200b",
    "loopback in IPv6": "https://[::1]/",
    "loopback, mapped": "https://[::ffff:127.0.0.1]/",
    "loopback, mapped in hexadecimal": "https://[::ffff:7f00:1]/",
    "loopback, spelt out": "https://[0:0:0:0:0:0:0:1]/",
    "loopback in two parts": "https://127.1/",
    "loopback in decimal": "https://2130706433/",
    "loopback in hexadecimal": "https://0x7f000001/",
    "loopback in mixed parts": "https://0x7f.1/",
    "loopback in octal": "https://0177.0.0.1/",
    "loopback, zeros before": "https://127.000.000.001/",
    "loopback, full-width": "https://１２７.0.0.1/",
    "loopback, circled": "https://①②⑦.0.0.1/",
    "loopback, another full stop": "https://127。0。0。1/",
    "loopback, a final dot": "https://127.0.0.1./",
    "this host": "https://0.0.0.0/",
    "this host in short": "https://0/",
    "this host in IPv6": "https://[::]/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "metadata in decimal": "https://2852039166/",
    "metadata, mapped": "https://[::ffff:169.254.169.254]/",
    "metadata, translated": "https://[64:ff9b::a9fe:a9fe]/",
    "metadata, 6to4": "https://[2002:a9fe:a9fe::]/",
    "link-local": "https://[fe80::1]/",
    "link-local with a zone": "https://[fe80::1%25eth0]/",
    "a group": "https://224.0.0.1/",
    "everybody": "https://255.255.255.255/",
    "http": "http://ror.example/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://ror.example:6379/_FLUSHALL",
    "ftp": "ftp://ror.example/",
    "ldap": "ldap://ror.example/",
    "unix": "https+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "no scheme": "//ror.example/",
    "upper case": "HTTPS://ROR.example/",
    "a user": "https://ror.example@169.254.169.254/",
    "a user and password": "https://ror.example:443@piege.example/",
    "an empty user": "https://@piege.example/",
    "a backslash": "https://ror.example\\@piege.example/",
    "a fragment": "https://ror.example/#@piege.example/",
    "a query": "https://ror.example/?x=https://piege.example/",
    "a line end": "https://ror.example/\r\nX: y",
    "a tab": "https://ror.ex\tample/",
    "a NUL": "https://ror.example\x00.piege.example/",
    "a space": " https://ror.example/",
    "a port of its own": "https://ror.example:0/",
    "a port too high": "https://ror.example:65536/",
    "a port that is none": "https://ror.example:443x/",
    "two ports": "https://ror.example:443:80/",
    "no host": "https:///ROR",
    "Cyrillic letters": "https://r\u043er.example/",
    "Cyrillic letters, encoded": "https://xn--rr-emc.example/",
    "a dotless i": "https://rornati\u0131onal.example/",
    "a way up": "https://ror.example/ROR/../../admin",
    "an encoded way up": "https://ror.example/%2e%2e/admin",
    "too long": "https://ror.example/" + "a" * 600,
    "no text": 7,
    "nothing": "",
}


@pytest.mark.parametrize("url", PLAIN)
def test_the_control_the_address_of_a_node_is_taken(directory: Callable[..., Path], url: str) -> None:
    assert read_directory(directory(url))["ara"] == Endpoint(URL(url), NAME)


@pytest.mark.parametrize("what", HOSTILE)
def test_an_address_that_no_node_can_have_is_refused(directory: Callable[..., Path], what: str) -> None:
    with pytest.raises(SettingsError, match="ara"):
        read_directory(directory(HOSTILE[what]))


@pytest.mark.parametrize(
    "server_name",
    ["127.0.0.1", "", "*", "*.example", "r\u043er.example", "xn--rr-emc.example", "a b", "a\x00b", 7, "1"],
)
def test_a_server_name_that_is_no_plain_name_is_refused(directory: Callable[..., Path], server_name: object) -> None:
    with pytest.raises(SettingsError, match="ara"):
        read_directory(directory(server_name=server_name))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"ara": {"url": "https://a.example", "url": "https://b.example", "server_name": "a.example"}}',
        '{"ara": null}',
        '{"__proto__": {"url": "https://a.example", "server_name": "a.example"}}',
        '{"ara": {"url": "https://a.example", "server_name": "a.example"}, "ara": {}}',
        " " * 70_000 + "{}",
        "\ufeff{}",
        "[]",
    ],
    ids=["deep", "a key twice", "nothing", "a key of its own", "a region twice", "long", "a mark", "a list"],
)
def test_a_directory_in_any_other_form_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "directory.json"
    path.write_text(text)

    with pytest.raises(SettingsError):
        read_directory(path)


def test_nodes_on_this_machine_are_for_a_gateway_that_is_heard_here_only(directory: Callable[..., Path]) -> None:
    path = directory("https://127.0.0.1:9443/")
    public = GatewaySettings(host="0.0.0.0", directory=path)
    for host in ("127.0.0.1", "::1", "localhost"):
        here = GatewaySettings(host=host, directory=path)
        assert read_directory(path, here=here.nodes_may_be_here)
    with pytest.raises(SettingsError):
        read_directory(path, here=public.nodes_may_be_here)


@pytest.mark.parametrize("what", [name for name in HOSTILE if name not in {"loopback", "loopback in IPv6"}])
def test_even_for_that_one_no_other_spelling_counts(directory: Callable[..., Path], what: str) -> None:
    with pytest.raises(SettingsError):
        read_directory(directory(HOSTILE[what]), here=True)


# What a name stands for


class Answers(AbstractResolver):
    """Resolves to one address after the other."""

    def __init__(self, *addresses: str) -> None:
        self._left = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._left.pop(0)
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to close."""


NEVER = [
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "0.0.0.0",
    "::",
    "169.254.169.254",
    "fe80::1%2",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
]


@pytest.mark.parametrize("address", NEVER)
async def test_a_name_that_flips_to_an_address_that_no_node_has_leads_nowhere(address: str) -> None:
    resolver = NodeResolver(Answers("192.0.2.1", address, "10.0.0.1"))

    assert [one["host"] for one in await resolver.resolve("ror.example")] == ["192.0.2.1"]
    with pytest.raises(OSError, match="no address"):
        await resolver.resolve("ror.example")
    assert [one["host"] for one in await resolver.resolve("ror.example")] == ["10.0.0.1"]


def test_no_wrapped_spelling_of_an_address_counts_for_it() -> None:
    for plain in ("10.0.0.1", "192.0.2.1", "127.0.0.1", "169.254.169.254"):
        number = int(ip_address(plain))
        for wrapped in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
            assert not is_host(ip_address(wrapped) if wrapped >= 2**32 else ip_address(plain))


@pytest.fixture
def rebound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name stands for this machine."""

    async def here(
        _self: object, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", here)


@pytest.fixture
def context(pki_home: Home) -> ssl.SSLContext:
    leaf = pki_home.leaf("gateway-client")
    return client_context(leaf.chain, leaf.key, pki_home.trust)


async def asked(context: ssl.SSLContext, url: URL) -> tuple[Outcome | str, str | None]:
    client = RegionClient({"ara": Endpoint(url, NAME)}, context)
    try:
        reply = await client.ask(ROUTE, iter([b"<question/>"] * 3), 5.0, "question-1")
    finally:
        await client.close()
    return reply.outcome, reply.detail


@pytest.mark.usefixtures("rebound")
async def test_a_name_rebound_to_this_machine_is_not_connected_to(context: ssl.SSLContext, bait: Bait) -> None:
    url = URL(f"https://ror.example:{bait.port}{ns.PATH_G1}")

    assert await asked(context, url) == (Outcome.UNREACHABLE, "node.connection")
    asker = NodeAsker(context, within_s=2)
    assert await asker.ask(Endpoint(url, NAME), "a" * 32) is Silence.UNREACHABLE
    await asker.close()
    assert bait.calls == []


@pytest.mark.usefixtures("rebound")
async def test_the_control_without_the_judgement_it_would_be_connected_to(
    context: ssl.SSLContext, bait: Bait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.federation.node_address.is_host", lambda _: True)

    await asked(context, URL(f"https://ror.example:{bait.port}{ns.PATH_G1}"))

    assert len(bait.calls) == 1


async def test_a_stranger_behind_the_address_gets_no_byte_of_a_question(context: ssl.SSLContext, bait: Bait) -> None:
    outcome = await asked(context, URL(f"https://127.0.0.1:{bait.port}{ns.PATH_G1}"))

    assert outcome[0] == Outcome.UNREACHABLE
    assert all(b"question" not in call and not call.startswith(b"POST") for call in bait.calls)


# Where a node sends us


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(
    context: ssl.SSLContext, bait: Bait, start_node: StartNode, status: str
) -> None:
    for target in (bait.url, bait.url.replace("http:", "https:"), "file:///etc/passwd", f"//127.0.0.1:{bait.port}/"):
        moved = answering(b"", status=status, headers=f"Location: {target}\r\nRefresh: 0;url={target}\r\n")
        async with start_node(moved) as url:
            assert await asked(context, url) == (Outcome.MALFORMED, "answer.status")
            asker = NodeAsker(context, within_s=2)
            assert isinstance(await asker.ask(Endpoint(url, NAME), "a" * 32), Silence)
            await asker.close()

    assert bait.calls == []


async def test_the_control_the_same_client_takes_an_answer(
    context: ssl.SSLContext, start_node: StartNode, golden: Path
) -> None:
    answer = (golden / "g1_answer.xml").read_bytes()
    async with start_node(answering(answer, headers="Link: <https://piege.example>; rel=preload\r\n")) as url:
        assert await asked(context, url) == (Outcome.COMPLETE, None)


PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


async def test_a_proxy_of_the_environment_is_not_used(
    context: ssl.SSLContext, bait: Bait, start_node: StartNode, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, bait.url)
    answer = (golden / "g1_answer.xml").read_bytes()
    async with start_node(answering(answer)) as url:
        assert await asked(context, url) == (Outcome.COMPLETE, None)

    assert bait.calls == []


async def test_the_control_a_client_that_heeds_the_environment_uses_it(
    bait: Bait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", bait.url)
    monkeypatch.delenv("no_proxy", raising=False)
    async with aiohttp.ClientSession(trust_env=True) as session, session.get("http://ror.example/") as response:
        await response.read()

    assert len(bait.calls) == 1


# Where a certificate sends us


def pointing(url: str) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """Extensions that name an address for everything that an address can be named for."""
    there = x509.UniformResourceIdentifier(url)
    points = x509.CRLDistributionPoints(
        [x509.DistributionPoint(full_name=[there], relative_name=None, reasons=None, crl_issuer=None)]
    )
    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, there),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, there),
    ]
    return (points, False), (x509.AuthorityInformationAccess(access), False)


async def test_no_address_in_a_certificate_is_called(
    pki_home: Home, golden: Path, tmp_path: Path, bait: Bait
) -> None:
    question, answer = plain_question(golden), (golden / "g1_answer.xml").read_bytes()
    home = copied(pki_home, tmp_path / "home")
    async with attacked(home, answering(answer), question, revocation_answers_s=0.05) as behind:
        server = Server("gateway", behind.gateway.port, home, "partner-samu-rhone", question)
        asks = head("POST", ns.PATH_G1, **{"Host": "x", "Connection": "close", "Content-Length": "0"})
        for url in (bait.url, bait.url.replace("http:", "ldap:"), bait.url.replace("http:", "https:")):
            said = await server.say(asks, behind.leaf(extra_extensions=pointing(url)))
            assert said.statuses[0] in {400, 415}, "let in, and asked for a body"
        await asyncio.sleep(0.3)

    assert bait.calls == []


async def test_no_address_in_a_nodes_certificate_is_called(
    pki_home: Home, golden: Path, tmp_path: Path, bait: Bait
) -> None:
    question, answer = plain_question(golden), (golden / "g1_answer.xml").read_bytes()
    home = copied(pki_home, tmp_path / "home")
    leaf, now = home.leaf("node-ara"), datetime.now(UTC)
    request = IssueRequest(
        subject=DistinguishedName.parse(subject_of(home, "node-ara")),
        profile=SERV_SSL,
        server_names=(NAME,),
        not_before=now - timedelta(days=1),
        extra_extensions=pointing(bait.url),
    )
    issued = issue(load_authority(home, "organisations"), request)
    leaf.chain.write_bytes(issued.chain_pem)
    leaf.certificate.write_bytes(issued.certificate_pem)
    leaf.key.write_bytes(issued.key_pem)
    async with attacked(home, answering(answer), question) as behind:
        server = Server("gateway", behind.gateway.port, home, "partner-samu-rhone", question)
        said = await server.ask(question)

    assert said.statuses == [200], "that node has answered"
    assert bait.calls == []
