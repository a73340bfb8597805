"""The network edge: only listed places, bounded in time and size, and what comes is judged before it counts."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.x509 import ocsp
from structlog.testing import capture_logs

from certs.errors import FetchError
from certs.home import Home
from certs.profiles import Purpose
from certs.reasons import Reason
from certs.revocation import fetching
from certs.revocation.addresses import Address, AddressKind
from certs.revocation.fetching import Fetcher
from certs.revocation.policy import RevocationPolicy
from certs.revocation.policy_document import save_policy
from certs.revocation.source import MAX_WANTED, RevocationSource
from certs.revocation.watching import ask_about, fetch_lists, keep_fetching
from certs.tls import server_context
from certs.verification import verify
from tests.support.revocation import (
    answer_about,
    asked_about,
    authority_of,
    list_of,
    serial_of,
)


@dataclass
class Place:
    """A server on loopback that answers as told and counts who comes."""

    url: str = ""
    answer: object = None
    requests: list[web.BaseRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, request):
        self.requests.append(request)
        self.bodies.append(await request.read())
        if callable(self.answer):
            return await self.answer(request)
        return web.Response(body=self.answer)


@asynccontextmanager
async def serving(tls=None):
    place = Place()
    runner = web.ServerRunner(web.Server(place.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    place.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/x"
    try:
        yield place
    finally:
        await runner.cleanup()


@pytest.fixture
async def place():
    async with serving() as place:
        yield place


def crl_at(url, authority="x", **changes):
    return Address(**({"url": url, "kind": AddressKind.CRL, "authority": authority, "private": True} | changes))


def ocsp_at(url, authority="x"):
    return crl_at(url, authority, kind=AddressKind.OCSP)


class Names(AbstractResolver):
    """A resolver that answers as told, one answer a look-up."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in found
        ]

    async def close(self):
        pass


async def test_a_listed_address_is_fetched_without_a_trace_of_us(place):
    place.answer = b"content"
    assert await Fetcher()(crl_at(place.url)) == b"content"
    (request,) = place.requests
    assert (request.method, request.headers.get("User-Agent"), request.headers.get("Cookie")) == ("GET", None, None)
    assert request.headers["Accept-Encoding"] == "identity"


async def test_a_question_is_posted_as_one(place):
    place.answer = b"content"
    assert await Fetcher()(ocsp_at(place.url), b"question") == b"content"
    assert place.requests[0].method == "POST"
    assert place.requests[0].headers["Content-Type"] == "application/ocsp-request"
    assert place.bodies == [b"question"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(place, status):
    async with serving() as elsewhere:
        elsewhere.answer = b"content"

        async def redirect(request):
            return web.Response(status=status, headers={"Location": elsewhere.url})

        place.answer = redirect
        with pytest.raises(FetchError, match=str(status)):
            await Fetcher()(crl_at(place.url))
        assert elsewhere.requests == []
        assert await Fetcher()(crl_at(elsewhere.url)) == b"content"


@pytest.mark.parametrize("status", [204, 206, 404, 500, 503])
async def test_what_is_no_success_is_nothing(place, status):
    async def answer(request):
        return web.Response(status=status, body=b"" if status == 204 else b"content")

    place.answer = answer
    with pytest.raises(FetchError, match=str(status)):
        await Fetcher()(crl_at(place.url))


async def test_compression_is_refused(place):
    async def answer(request):
        return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    place.answer = answer
    with pytest.raises(FetchError, match="compressed"):
        await Fetcher()(crl_at(place.url))


@pytest.mark.parametrize("announced", [True, False])
async def test_too_much_is_cut_off(place, monkeypatch, announced):
    monkeypatch.setitem(fetching._MOST_BYTES, AddressKind.CRL, 1000)

    async def answer(request):
        response = web.StreamResponse()
        if announced:
            response.content_length = 1001
        await response.prepare(request)
        await response.write(b"x" * 1001)
        return response

    place.answer = answer
    with pytest.raises(FetchError, match="more than 1000"):
        await Fetcher()(crl_at(place.url))
    place.answer = b"x" * 1000
    assert len(await Fetcher()(crl_at(place.url))) == 1000


async def test_silence_and_dripping_end_in_time(place):
    async def drip(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x")
            await asyncio.sleep(0.02)
        return response

    for answer in (drip, lambda request: asyncio.sleep(30)):
        place.answer = answer
        with pytest.raises(FetchError, match="in time"):
            await Fetcher(timeout_s=0.2, list_timeout_s=0.2)(crl_at(place.url))


async def test_nobody_there_is_an_error_of_ours():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(FetchError, match="cannot be fetched"):
            await Fetcher()(crl_at(url))


async def test_garbage_instead_of_http_is_an_error_of_ours():
    async def garbage(reader, writer):
        writer.write(b"nothing\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(FetchError, match="cannot be fetched"):
            await Fetcher()(crl_at(url))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1%1"]
)
async def test_a_name_that_stands_for_a_private_address_is_not_connected_to(place, address):
    place.answer = b"content"
    url = place.url.replace("127.0.0.1", "ocsp.example.fr")
    public = crl_at(url, private=False)
    with pytest.raises(FetchError):
        await Fetcher(resolver=lambda: Names([address]))(public)
    assert place.requests == []
    assert await Fetcher(resolver=lambda: Names(["127.0.0.1"]))(crl_at(url)) == b"content"


async def test_a_name_is_looked_up_once_for_each_connection_and_judged_by_what_is_connected_to(place):
    """Rebinding: the first answer is public, the second would be ours."""
    place.answer = b"content"
    names = Names(["127.0.0.1"], ["203.0.113.1"])
    with pytest.raises(FetchError):
        await Fetcher(resolver=lambda: names)(
            crl_at(place.url.replace("127.0.0.1", "ocsp.example.fr"), private=False)
        )
    assert names.asked == 1
    assert place.requests == []


async def test_a_proxy_of_the_environment_is_ignored(place, monkeypatch):
    async with serving() as proxy:
        proxy.answer = b"from the proxy"
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        place.answer = b"content"
        assert await Fetcher()(crl_at(place.url)) == b"content"
        assert proxy.requests == []


async def test_https_is_verified(present_pki, write_leaf, tmp_path):
    trust = tmp_path / "trust.pem"
    trust.write_bytes(present_pki.trust.to_pem())
    address = present_pki.server(addresses=(IPv4Address("127.0.0.1"),))
    files = write_leaf("server", address)
    async with serving(server_context(files.chain, files.key, trust, client_certificate="none")) as place:
        place.answer = b"content"
        with pytest.raises(FetchError):
            await Fetcher()(crl_at(place.url))
        assert place.requests == []
        known = ssl.create_default_context(cafile=trust)
        assert await Fetcher(tls=known)(crl_at(place.url)) == b"content"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def source_with(home, pki):
    """A source whose policy lists these addresses."""

    def make(*addresses):
        home.pki.mkdir(parents=True, exist_ok=True)
        save_policy(home.revocation_policy, RevocationPolicy(addresses=addresses))
        source = RevocationSource(home, pki.trust, lambda: pki.now)
        source.offer_list(list_of(pki, by=pki.root))
        source.refresh()
        return source

    return make


def name_of(pki):
    return authority_of(pki, pki.organisations).common_name


async def test_lists_come_from_listed_addresses_and_count_at_once(pki, place, source_with):
    leaf = pki.client()
    verdict = verify(leaf.chain, pki.trust, Purpose.CLIENT, pki.now)
    source = source_with(crl_at(place.url, name_of(pki)))
    place.answer = list_of(pki)
    await fetch_lists(source, Fetcher())
    assert source.apply(verdict, pki.now).ok
    place.answer = list_of(pki, serial_of(leaf), number=2)
    await fetch_lists(source, Fetcher())
    assert source.apply(verdict, pki.now).reason is Reason.REVOKED
    assert len(place.requests) == 2


async def test_the_next_address_is_asked_when_one_brings_nothing_that_holds(pki, place, source_with):
    async with serving() as second:
        place.answer, second.answer = b"<html>maintenance</html>", list_of(pki)
        source = source_with(crl_at(place.url, name_of(pki)), crl_at(second.url, name_of(pki)))
        with capture_logs() as logs:
            await fetch_lists(source, Fetcher())
        assert [(log["event"], log["flaw"]) for log in logs if "url" in log] == [
            ("revocation.fetched_refused", "crl.malformed")
        ]
        assert authority_of(pki, pki.organisations).id in source.current.state.lists


async def test_without_a_listed_address_nobody_is_asked_whatever_a_certificate_says(pki, place, source_with):
    place.answer = list_of(pki)
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(place.url)], None, None, None)
    access = x509.AccessDescription(
        x509.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(place.url)
    )
    pointed = pki.client(
        extra_extensions=(
            (x509.CRLDistributionPoints([point]), False),
            (x509.AuthorityInformationAccess([access]), False),
        )
    )
    verdict = verify(pointed.chain, pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.ok
    source = source_with()
    assert source.apply(verdict, pki.now).reason is Reason.REVOCATION_UNKNOWN
    await fetch_lists(source, Fetcher())
    assert source.take_wanted() == ()
    assert not await ask_about(source, Fetcher(), asked_about(pki, pointed))
    assert place.requests == []
    await fetch_lists(source_with(crl_at(place.url, name_of(pki))), Fetcher())
    assert len(place.requests) == 1


async def test_a_responder_is_asked_about_whoever_comes_and_its_answer_counts(pki, place, source_with):
    leaf = pki.client()
    verdict = verify(leaf.chain, pki.trust, Purpose.CLIENT, pki.now)
    source = source_with(ocsp_at(place.url, name_of(pki)))
    assert source.apply(verdict, pki.now).reason is Reason.REVOCATION_UNKNOWN
    (asked,) = source.take_wanted()
    place.answer = answer_about(pki, leaf)
    assert await ask_about(source, Fetcher(), asked)
    assert source.apply(verdict, pki.now).ok
    question = ocsp.load_der_ocsp_request(place.bodies[0])
    assert question.serial_number == serial_of(leaf)
    assert len(question.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce) == 16


async def test_an_answer_recorded_earlier_is_refused_by_its_nonce(pki, place, source_with):
    leaf = pki.client()
    source = source_with(ocsp_at(place.url, name_of(pki)))
    place.answer = answer_about(pki, leaf, nonce=b"recorded" * 2)
    with capture_logs() as logs:
        assert not await ask_about(source, Fetcher(), asked_about(pki, leaf))
    assert logs[-1]["flaw"] == "ocsp.other-nonce"


async def test_no_two_questions_have_one_nonce(pki, place, source_with):
    leaf = pki.client()
    place.answer = answer_about(pki, leaf)
    source = source_with(ocsp_at(place.url, name_of(pki)))
    for _ in range(2):
        await ask_about(source, Fetcher(), asked_about(pki, leaf))
    assert place.bodies[0] != place.bodies[1]


async def test_what_cannot_be_fetched_is_told_and_changes_nothing(pki, place, source_with):
    async def fail(request):
        return web.Response(status=503)

    place.answer = fail
    source = source_with(crl_at(place.url, name_of(pki)), ocsp_at(place.url, name_of(pki)))
    before = source.current.state
    with capture_logs() as logs:
        await fetch_lists(source, Fetcher())
        await ask_about(source, Fetcher(), asked_about(pki, pki.client()))
    assert [log["event"] for log in logs] == ["revocation.fetch_failed"] * 2
    assert source.current.state == before


async def test_the_background_keeps_both_fresh_asks_nobody_twice_and_ends_when_cancelled(pki, source_with):
    leaf = pki.client()
    verdict = verify(leaf.chain, pki.trust, Purpose.CLIENT, pki.now)
    asked = []

    async def fetch(address, body):
        asked.append(address.kind)
        return list_of(pki, number=len(asked) + 1) if body is None else answer_about(pki, leaf)

    source = source_with(crl_at("http://127.0.0.1/a", name_of(pki)), ocsp_at("http://127.0.0.1/b", name_of(pki)))
    source.apply(verdict, pki.now)
    task = asyncio.create_task(keep_fetching(source, fetch, lists_every_s=3600, answers_every_s=3600))
    async with asyncio.timeout(10):
        while len(asked) < 2:
            await asyncio.sleep(0.01)
        source.apply(verdict, pki.now)
        await asyncio.sleep(1.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(asked, key=lambda kind: kind.value) == [AddressKind.CRL, AddressKind.OCSP]
    assert source.apply(verdict, pki.now).ok


def test_a_flood_of_certificates_to_ask_about_is_bounded(pki, source_with, monkeypatch):
    monkeypatch.setattr("certs.revocation.source.MAX_WANTED", 2)
    source = source_with(ocsp_at("http://127.0.0.1/b", name_of(pki)))
    for _ in range(4):
        source.apply(verify(pki.client().chain, pki.trust, Purpose.CLIENT, pki.now), pki.now)
    assert len(source.take_wanted()) == 2
    assert source.take_wanted() == ()
    assert MAX_WANTED <= 10_000
