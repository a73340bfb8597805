"""Behind a pinned TLS terminator: who is believed, about whom, for how long. The control asks and gets an answer."""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from certs.demonstration_pki import load_authority
from certs.home import LeafFiles
from certs.identity import Identity, identity_from_pem
from certs.issuing import AuthorityRequest, IssueRequest, issue, issue_intermediate, issue_root
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, ORG_AUTH_CLI, SERV_SSL, Domain
from certs.verification import Verdict
from gateway.admission.admission import Admission
from gateway.audit.stored import records, stored_log
from ror.errors import refuse
from ror.faults import Reason
from tests.support.proxied_gateway import PROXY_SUBJECT, Proxied, Told, client_cert, line
from tests.support.served_gateway import Send, written

SAMU, IDF, PORTAL = "partner-samu-rhone", "partner-orientation-idf", "partner-portail-public"
GRANTED = Told(200, None)
UNEXPECTED = Told(403, "client-cert.unexpected")
INVALID = Told(400, "client-cert.invalid")


def told_of(proxied: Proxied, leaf: str) -> list[tuple[str, str]]:
    """What a proxy says of a partner whom it let in."""
    return [("Client-Cert", client_cert(proxied.home.leaf(leaf)))]


def decisions(logged: Iterable[dict]) -> list[tuple[str | None, str | None]]:
    """Whom decisions were about, and why they were refused."""
    return [(one["certificate"], one["reason"]) for one in logged if one["event"] == "decision.taken"]


async def test_the_control_a_partner_behind_the_proxy_gets_an_answer_and_the_log_says_who_brought_it(
    proxied: Proxied, question: bytes
) -> None:
    async with line(proxied, proxied.proxy) as through:
        assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED

    with stored_log(proxied.home.root / "audit") as log:
        found = [one for segment in log.settled_segments() for one in records(segment) if one is not None]
    by_kind = {record.kind: record.event for record in found}
    ours = identity_from_pem(proxied.proxy.certificate.read_bytes()).fingerprint
    theirs = proxied.identity(SAMU).fingerprint
    assert (by_kind["request.proxied"]["proxy"], by_kind["request.proxied"]["certificate"]) == (ours, theirs)
    assert (by_kind["decision.taken"]["partner"], by_kind["decision.taken"]["certificate"]) == ("samu-rhone", theirs)


async def test_every_request_of_one_connection_has_a_caller_of_its_own(proxied: Proxied, question: bytes) -> None:
    with capture_logs() as logged:
        async with line(proxied, proxied.proxy) as through:
            assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED
            assert await through.ask(question) == Told(401, "certificate.missing")
            assert (await through.ask(question, told_of(proxied, IDF))).status in {200, 403}
            assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED
    samu, idf = (proxied.identity(leaf).fingerprint for leaf in (SAMU, IDF))
    proxy = identity_from_pem(proxied.proxy.certificate.read_bytes()).fingerprint
    assert [who for who, _ in decisions(logged)] == [samu, proxy, idf, samu]


@pytest.mark.parametrize(
    "fields",
    [
        lambda one: [("Client-Cert", one), ("Client-Cert", one)],
        lambda one: [("Client-Cert", f"{one}, {one}")],
        lambda one: [("Client-Cert", one.strip(":"))],
        lambda one: [("Client-Cert", f"{one};proxy=1")],
        lambda one: [("Client-Cert", "")],
        lambda one: [("Client-Cert", ":AAAA:")],
        lambda one: [("Client-Cert", one), ("Client-Cert-Chain", "x")],
    ],
    ids=["two fields", "two in one", "no colons", "a parameter", "empty", "no DER", "a bad chain"],
)
async def test_a_field_that_can_be_read_in_two_ways_is_refused(
    proxied: Proxied, question: bytes, fields: Callable[[str], list[tuple[str, str]]]
) -> None:
    async with line(proxied, proxied.proxy) as through:
        told = fields(client_cert(proxied.home.leaf(SAMU)))
        assert await through.ask(question, told) == INVALID


async def test_a_chain_may_come_along_and_makes_nobody_an_authority(
    proxied: Proxied, question: bytes, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    dates = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=30)}
    root = issue_root(AuthorityRequest(subject=DEMONSTRATION.root, **dates))
    name = DEMONSTRATION.intermediates[Domain.ORGANISATIONS]
    double = issue_intermediate(root, AuthorityRequest(subject=name, path_length=0, **dates))
    stranger = leaf(proxied, tmp_path, authority=double)
    above = written(tmp_path, issue(root, IssueRequest(subject=name, profile=ORG_AUTH_CLI, ca=True, **dates)))
    async with line(proxied, proxied.proxy) as through:
        chain = [("Client-Cert-Chain", client_cert(above))]
        assert await through.ask(question, [*told_of(proxied, SAMU), *chain]) == GRANTED
        told = [("Client-Cert", client_cert(stranger)), *chain]
        assert await through.ask(question, told) == Told(401, "certificate.untrusted")


def leaf(proxied: Proxied, folder: Path, subject: str = PROXY_SUBJECT, authority=None, **changes) -> LeafFiles:
    """A certificate of the demonstration's authority, or another."""
    request = IssueRequest(
        **{
            "subject": DistinguishedName.parse(subject),
            "profile": ORG_AUTH_CLI,
            "not_before": datetime.now(UTC) - timedelta(days=2),
            **changes,
        }
    )
    return written(folder, issue(authority or load_authority(proxied.home, "organisations"), request))


async def test_a_certificate_that_does_not_hold_is_refused_as_if_its_holder_had_come_himself(
    proxied: Proxied, question: bytes, tmp_path: Path
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    server = {"profile": SERV_SSL, "server_names": ("x.example",)}
    cases = {
        "certificate.expired": leaf(proxied, tmp_path, not_after=yesterday),
        "certificate.wrong-usage": leaf(proxied, tmp_path, **server),
        "partner.not-listed": leaf(proxied, tmp_path),
        "partner.key-mismatch": leaf(proxied, tmp_path, subject=str(proxied.identity(SAMU).subject)),
    }
    async with line(proxied, proxied.proxy) as through:
        for slug, files in cases.items():
            assert (await through.ask(question, [("Client-Cert", client_cert(files))])).slug == slug


@pytest.mark.parametrize("header", ["Client-Cert", "Client-Cert-Chain", "client-cert"])
async def test_the_header_from_anybody_else_is_refused_and_recorded_under_who_sent_it(
    proxied: Proxied, question: bytes, tmp_path: Path, header: str
) -> None:
    fields = [(header, client_cert(proxied.home.leaf(SAMU)))]
    with capture_logs() as logged:
        for files in (None, proxied.home.leaf(IDF), proxied.home.leaf(SAMU), leaf(proxied, tmp_path)):
            async with line(proxied, files) as direct:
                assert await direct.ask(question, fields) == UNEXPECTED
    seen = decisions(logged)
    assert {reason for _, reason in seen} == {"client-cert.unexpected"}
    assert [who for who, _ in seen][:3] == [None, *(proxied.identity(one).fingerprint for one in (IDF, SAMU))]


async def test_without_pinned_proxies_the_header_is_refused_too(send: Send, question: bytes, pki_home) -> None:
    told = {"Client-Cert": client_cert(pki_home.leaf(SAMU))}
    assert (await send(question, IDF, headers=told)).slug == "client-cert.unexpected"
    assert (await send(question, None, headers=told)).slug == "client-cert.unexpected"


async def test_other_headers_about_a_client_are_not_looked_at(proxied: Proxied, question: bytes) -> None:
    told = client_cert(proxied.home.leaf(SAMU))
    names = (
        "X-SSL-Client-Cert",
        "X-Forwarded-Client-Cert",
        "X-Client-Cert",
        "Client_Cert",
        "Forwarded",
        "X-Forwarded-For",
    )
    async with line(proxied, proxied.proxy) as through:
        for name in names:
            assert await through.ask(question, [(name, told)]) == Told(401, "certificate.missing")


async def test_a_proxy_cannot_ask_for_itself(proxied: Proxied, question: bytes) -> None:
    """Not even one that is listed as a partner."""
    for files in (proxied.proxy, proxied.home.leaf(PORTAL)):
        async with line(proxied, files) as through:
            assert await through.ask(question) == Told(401, "certificate.missing")
            for own in (files, proxied.proxy, proxied.home.leaf(PORTAL)):
                told = [("Client-Cert", client_cert(own))]
                assert await through.ask(question, told) == Told(403, "transaction.not-allowed")


async def test_a_pinned_key_under_a_certificate_that_does_not_hold_is_not_believed(
    proxied: Proxied, question: bytes
) -> None:
    async with line(proxied, proxied.proxy) as through:
        assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED
        proxied.revoke(proxied.proxy)
        await until(lambda: through.ask(question, told_of(proxied, SAMU)), Told(401, "certificate.revoked"))


async def test_a_client_revoked_is_refused_at_the_next_request_and_its_neighbour_is_not(
    proxied: Proxied, question: bytes
) -> None:
    async with line(proxied, proxied.proxy) as through:
        assert await through.ask(question, told_of(proxied, IDF)) != UNEXPECTED
        proxied.revoke(proxied.home.leaf(IDF))
        await until(lambda: through.ask(question, told_of(proxied, IDF)), Told(401, "certificate.revoked"))
        assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED


async def until(ask, wanted: Told) -> None:
    """Ask until that is the answer; a connection closed meanwhile is one of the ways to get there."""
    async with asyncio.timeout(5):
        while True:
            try:
                if await ask() == wanted:
                    return
            except (ConnectionError, OSError, aiohttp.ClientError):
                pass
            await asyncio.sleep(0.02)


async def test_an_idle_proxy_keeps_its_connection_though_it_is_on_no_list_until_it_is_revoked(
    proxied: Proxied, question: bytes
) -> None:
    with capture_logs() as logged:
        async with line(proxied, proxied.proxy) as through:
            assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED
            proxied.revoke(proxied.home.leaf(IDF))
            await seen(logged, "revocation.list_taken_up")
            assert await through.ask(question, told_of(proxied, SAMU)) == GRANTED
            assert not any(entry["event"] == "connections.closed" for entry in logged)
            proxied.revoke(proxied.proxy)
            await seen(logged, "connections.closed")


async def seen(logged: list, event: str) -> None:
    deadline = time.monotonic() + 5
    while not any(entry["event"] == event for entry in logged):
        assert time.monotonic() < deadline, f"{event} was not seen"
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("revoked", ["the client", "the proxy"])
async def test_an_answer_is_cut_when_the_client_or_the_proxy_is_revoked_while_it_is_sent(
    proxied: Proxied, question: bytes, monkeypatch: pytest.MonkeyPatch, revoked: str
) -> None:
    files = proxied.proxy if revoked == "the proxy" else proxied.home.leaf(SAMU)
    holder = identity_from_pem(files.certificate.read_bytes()).fingerprint
    asked, real = [], Admission.require_certificate

    def require(admission: Admission, judged: Verdict) -> Identity:
        """Refuse the holder from the moment at which its answer is on its way."""
        identity = real(admission, judged)
        asked.append(identity.fingerprint)
        if asked.count(holder) > 3:
            raise refuse(Reason.CERTIFICATE_REVOKED)
        return identity

    monkeypatch.setattr("gateway.merge.writing._BLOCK", 1)
    monkeypatch.setattr(Admission, "require_certificate", require)
    with capture_logs() as logged:
        async with line(proxied, proxied.proxy) as through:
            with pytest.raises((OSError, aiohttp.ClientError)):
                await through.ask(question, told_of(proxied, SAMU))
    assert [entry["event"] for entry in logged].count("answer.cut") == 1
