"""A gateway under attack: certificates that differ from a listed partner's in one thing, a TLS client that stops at
nothing, and what the audit log says afterwards.
"""

import asyncio
import contextlib
import json
import re
import shutil
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from certs.audit.inbox import AuditFiles
from certs.demonstration_pki import load_authority
from certs.home import Home, LeafFiles
from certs.identity import Identity, identity_from_pem
from certs.issuing import Issued, IssueRequest, SigningAuthority, issue
from certs.keys import PrivateKey
from certs.profiles import ORG_AUTH_CLI
from gateway.audit.stored import records, stored_log
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.audit.events import Kind
from ror.audit.record import Record
from ror.faults import PeerFault
from ror.soap.fault import read_fault
from ror.soap.version import SoapVersion
from tests.support.scripted_node import Behaviour, started_node
from whitelist import office
from whitelist.draft import Draft
from whitelist.files import WhitelistFiles, read_trust

PARTNER = "samu-rhone"
DAY = timedelta(days=1)
POLL_S = 0.02
CUT = "cut"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to: an answer (``status``), or an end before one; what the log recorded meanwhile."""

    status: int | None
    fault: PeerFault | None = None
    error: str | None = None
    reused: bool = False
    session: ssl.SSLSession | None = None
    recorded: tuple[Record, ...] = ()

    @property
    def slug(self) -> str | None:
        return self.fault.slug if self.fault else None

    def events(self, kind: Kind) -> list[dict[str, object]]:
        return [record.event for record in self.recorded if record.kind == kind]


@dataclass(slots=True)
class Attacked:
    """A running gateway whose state folder and log are a test's own."""

    home: Home
    gateway: RunningGateway
    question: bytes
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def victim(self) -> Identity:
        """The listed partner's own certificate."""
        return identity_from_pem(self.home.leaf(f"partner-{PARTNER}").certificate.read_bytes())

    @property
    def key(self) -> PrivateKey:
        """The listed partner's own key."""
        return load_pem_private_key(self.home.leaf(f"partner-{PARTNER}").key.read_bytes(), None)  # type: ignore[return-value]

    def issued(self, by: SigningAuthority | None = None, **changes: object) -> Issued:
        """The listed partner's certificate once more, but for what is changed."""
        wanted: dict[str, object] = {
            "subject": self.victim.subject,
            "profile": ORG_AUTH_CLI,
            "key": self.key,
            "not_before": datetime.now(UTC) - DAY,
            "not_after": datetime.now(UTC) + 30 * DAY,
        }
        request = IssueRequest(**(wanted | changes))  # type: ignore[arg-type]
        return issue(by or load_authority(self.home, "organisations"), request)

    def leaf(self, by: SigningAuthority | None = None, **changes: object) -> LeafFiles:
        """As ``issued``, in files."""
        issued = self.issued(by, **changes)
        return self.files(issued.certificate_pem, issued.key_pem, issued.chain_pem)

    def files(self, certificate: bytes, key: bytes, chain: bytes) -> LeafFiles:
        """Certificate, key and chain (all PEM) as a TLS endpoint loads them."""
        (self.home.root / "attackers").mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.home.root / "attackers"))
        files = LeafFiles(certificate=folder / "cert.pem", key=folder / "key.pem", chain=folder / "chain.pem")
        files.certificate.write_bytes(certificate)
        files.key.write_bytes(key)
        files.chain.write_bytes(chain)
        return files

    def records(self) -> list[Record]:
        """All of the gateway's log."""
        with stored_log(AuditFiles(self.home).folder) as log:
            return [record for segment in log.settled_segments() for record in records(segment) if record is not None]

    async def recorded(self, kind: Kind, after: int = 0) -> list[dict[str, object]]:
        """The records of a kind beyond the first ``after`` of the log, once there is one."""
        async with asyncio.timeout(5):
            while True:
                found = [record.event for record in self.records()[after:] if record.kind == kind]
                if found:
                    return found
                await asyncio.sleep(POLL_S)

    async def attempt(
        self,
        leaf: LeafFiles | ssl.SSLContext | None,
        *,
        session: ssl.SSLSession | None = None,
        body: bytes | None = None,
    ) -> Outcome:
        """Ask on a connection of its own, under any certificate or TLS context.

        Where TLS ends the attempt, this waits until the log says so.
        """
        context = leaf if isinstance(leaf, ssl.SSLContext) else reckless(self.home.trust, leaf)
        async with self._lock:
            before = len(self.records())
            data = request(self.question if body is None else body)
            outcome = await asyncio.to_thread(say, self.gateway.port, context, data, session)
            if outcome.status is None and outcome.error != CUT:
                await self.recorded(Kind.HANDSHAKE, before)
            told = tuple(self.records()[before:])
        return replace(outcome, recorded=told)


def request(body: bytes, *, path: str = ns.PATH_G1, close: bool = True) -> bytes:
    """A whole question in HTTP."""
    content_type = SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + (b"Connection: close\r\n\r\n" if close else b"\r\n") + body


def reckless(trust: Path, leaf: LeafFiles | None = None) -> ssl.SSLContext:
    """A client that will use any key, digest, cipher and version; it checks the server all the same."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_verify_locations(trust)
    if leaf is not None:
        context.load_cert_chain(leaf.chain, leaf.key)
    return context


def say(port: int, context: ssl.SSLContext, data: bytes, session: ssl.SSLSession | None = None) -> Outcome:
    """Send ``data`` over one blocking connection and read to its end."""
    heard = Heard()
    try:
        hear(heard, port, context, data, session)
    except (ssl.SSLError, ConnectionError) as error:
        if not heard.said:
            return Outcome(None, error=getattr(error, "reason", None) or type(error).__name__, reused=heard.reused)
    return replace(read_reply(heard.said), reused=heard.reused, session=heard.session)


def spoken(port: int, context: ssl.SSLContext, data: bytes) -> bytes:
    """Send ``data`` over one blocking connection; all that comes back."""
    heard = Heard()
    hear(heard, port, context, data, None)
    return heard.said


@dataclass(slots=True)
class Heard:
    """What came of one connection so far."""

    said: bytes = b""
    reused: bool = False
    session: ssl.SSLSession | None = None


def hear(heard: Heard, port: int, context: ssl.SSLContext, data: bytes, session: ssl.SSLSession | None) -> None:
    """Send ``data`` and listen to the end."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as connection,
    ):
        heard.reused = bool(connection.session_reused)
        connection.sendall(data)
        while block := connection.recv(65_536):
            heard.said += block
            heard.session = connection.session
        with contextlib.suppress(OSError):
            connection.unwrap()  # A session whose connection broke off is resumed by nobody.


def read_reply(said: bytes) -> Outcome:
    """The HTTP answer in ``said``; nothing at all is an end without one, less than its length one that was cut."""
    if not said:
        return Outcome(None, error="closed")
    head, _, body = said.partition(b"\r\n\r\n")
    if len(body) < int(re.findall(rb"(?i)content-length: *(\d+)", head)[0]):
        return Outcome(None, error=CUT)
    content = etree.fromstring(body).find("{*}Body")
    return Outcome(int(said[9:12]), read_fault(content[0]))


def plain_question(golden: Path) -> bytes:
    """The golden question without its VIHF, as a caller of 2016 sends it."""
    envelope = etree.fromstring((golden / "g1_question.xml").read_bytes())
    for block in envelope.iter(f"{{{ns.WSSE}}}Security"):
        block.getparent().remove(block)
    return etree.tostring(envelope)


def publish(home: Home, change: Callable[[Draft], Draft]) -> None:
    """Publish a changed list, signed by all officers at one desk."""
    files, now = WhitelistFiles(home), datetime.now(UTC).replace(microsecond=0)
    office.publish_changed(files, office.keys_here(files, read_trust(files)), now, change)


def copied(home: Home, to: Path, *, without: Iterable[str] = ("audit", "nodes")) -> Home:
    """A state folder of its own."""
    shutil.copytree(home.root, to, ignore=shutil.ignore_patterns(*without))
    return Home(to)


@asynccontextmanager
async def attacked(
    home: Home, behave: Behaviour, question: bytes, *, node_leaf: str = "node-ara", **settings: object
) -> AsyncIterator[Attacked]:
    """The gateway of ``home`` before one node, that of ara."""
    async with started_node(home, behave, leaf=node_leaf) as url:
        directory = home.root / "one-node.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        wanted = {
            "port": 0,
            "directory": directory,
            "drain_s": 0.2,
            "whitelist_poll_s": POLL_S,
            "revocation_poll_s": POLL_S,
        }
        async with running(home, GatewaySettings(**(wanted | settings))) as gateway:  # type: ignore[arg-type]
            yield Attacked(home, gateway, question)
