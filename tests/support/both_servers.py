"""The gateway and a node side by side, spoken to in raw bytes over TLS by whoever a test wants to be.

Both run on one state folder of their own. The node is a real one, that of ara, with one small establishment.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from lxml import etree
from yarl import URL

from certs.demonstration_pki import load_authority
from certs.demonstration_revocation import publisher_of
from certs.home import Home, LeafFiles
from certs.issuing import IssueRequest, issue
from certs.names import DistinguishedName
from certs.profiles import ORG_AUTH_CLI
from certs.reading import to_der
from certs.revocation.publishing import revoke
from certs.revocation.revoked import RevocationReason
from certs.tls import client_context
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.store.loading import build_store
from ror import namespaces as ns
from ror.soap.fault import read_fault
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf
from tests.regional_nodes.hand_made import TreeFactory, recipe_for
from tests.support.attacked import Attacked, attacked, copied, plain_question, publish
from tests.support.scripted_node import answering
from tests.support.served_gateway import subject_of

GATEWAY_LEAF, PARTNER_LEAF = "gateway-client", "partner-samu-rhone"
ODD_NAME = "CLINIQUE 100%_SÛRE 'L\"ÉTOILE' {0} $(x) *)(uid=*"
"""An establishment whose real name looks like an attack, so that one can see it being taken literally."""
ACTION = SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)
SPOOFED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;proto=https",
    "X-Forwarded-Client-Cert": "Hash=00;Subject=CN=x",
    "X-SSL-Client-Cert": "-----BEGIN CERTIFICATE-----",
    "X-SSL-Client-Verify": "SUCCESS",
    "X-SSL-Client-S-DN": "CN=x",
    "X-Client-DN": "CN=x",
    "X-ARR-ClientCert": "AAAA",
    "Ssl-Client-Cert": "AAAA",
    "X-Remote-User": "samu-rhone",
    "Authorization": "Basic c2FtdTpzYW11",
    "Cookie": "session=admin",
}
"""Headers by which some proxy tells some server who asks."""


@dataclass(frozen=True, slots=True)
class Said:
    """All the bytes that came back on one connection."""

    data: bytes

    @property
    def statuses(self) -> list[int]:
        """The status of every answer, interim ones included."""
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) [A-Z]", self.data)]

    @property
    def slug(self) -> str | None:
        """The reason of the first fault."""
        start, end = self.data.find(b"<env:Envelope"), self.data.find(b"</env:Envelope>")
        if start < 0:
            start, end = self.data.find(b"<soap:Envelope"), self.data.find(b"</soap:Envelope>") + 1
        fault = read_fault(etree.fromstring(self.data[start : end + 15]).find("{*}Body")[0]) if start > 0 else None
        return fault.slug if fault is not None else None


@dataclass(slots=True)
class Server:
    """One of the two: its port, who may ask it, and a question that it answers."""

    name: str
    port: int
    home: Home
    admitted: str
    question: bytes

    def context(self, leaf: LeafFiles | str | None) -> ssl.SSLContext:
        """The TLS of a holder; ``None`` shows no certificate."""
        files = self.home.leaf(leaf) if isinstance(leaf, str) else leaf
        return client_context(files.chain if files else None, files.key if files else None, self.home.trust)

    @asynccontextmanager
    async def connected(
        self, leaf: LeafFiles | str | None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """One connection, cut at the end."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context(leaf), server_hostname="localhost"
        )
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def say(self, raw: bytes, leaf: LeafFiles | str | None = "", *, within_s: float = 8) -> Said:
        """Send bytes on a connection of their own and read to its end; as whom it admits, unless told otherwise."""
        async with self.connected(self.admitted if leaf == "" else leaf) as (reader, writer):
            writer.write(raw)
            async with asyncio.timeout(within_s):
                return Said(await read_to_end(reader))

    async def ask(self, body: bytes, leaf: LeafFiles | str | None = "", **headers: str) -> Said:
        """POST a body on the search path; headers in snake case replace the usual ones."""
        told = {"Host": "x", "Content-Type": ACTION, "Content-Length": str(len(body)), "Connection": "close"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.say(head("POST", ns.PATH_G1, **told) + body, leaf)

    def asked(self, replacing: tuple[bytes, bytes] | None = None) -> bytes:
        """The question; a node's with a VIHF of its own, since none is taken twice."""
        body = self.question.replace(*replacing) if replacing else self.question
        assert replacing is None or body != self.question
        if self.name != "node":
            return body
        vihf = Vihf(issuer=subject_of(self.home, self.admitted), subject_id="p", application="t", profile_code="CU22")
        block = write_vihf(vihf, at=datetime.now(UTC), assertion_id=f"_{uuid4()}")
        return re.sub(rb"(<\w+:Header>)", lambda found: found[1] + block, body, count=1)


@dataclass(slots=True)
class Both:
    """The two servers, the gateway's log, and certificates of those who are not let in."""

    gateway: Server
    node: Server
    behind: Attacked
    stranger: LeafFiles
    revoked: LeafFiles

    @property
    def servers(self) -> tuple[Server, Server]:
        return self.gateway, self.node


def head(method: str, target: str, **headers: str) -> bytes:
    """A request's head."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode()


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection ends, however it ends."""
    said = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while block := await reader.read(65_536):
            said += block
    return said


def _issued(target: Attacked, subject: str) -> tuple[LeafFiles, int]:
    request = IssueRequest(
        subject=DistinguishedName.parse(subject), profile=ORG_AUTH_CLI, not_before=datetime.now(UTC)
    )
    issued = issue(load_authority(target.home, "organisations"), request)
    assert to_der(issued.certificate)
    files = target.files(issued.certificate_pem, issued.key_pem, issued.chain_pem)
    return files, issued.certificate.serial_number


def _prepared(home: Home) -> None:
    """A store for ara, and on the list a partner who may ask once a minute, and one whose entry is revoked."""
    make = TreeFactory()
    trees = [
        make.tree("690000010", make.unit(id="u1"), name="CLINIQUE DU PARC"),
        make.tree("690000020", make.unit(id="u2"), name=ODD_NAME),
    ]
    build_store(home.node_store("ara"), trees, recipe_for("ara"))
    publish(
        home,
        lambda draft: draft.with_revoked("orientation-idf", "essai").with_changed(
            replace(draft.partner("coordination-pdl"), quota=1)
        ),
    )


@asynccontextmanager
async def both_servers(pki_home: Home, golden: Path, folder: Path) -> AsyncIterator[Both]:
    """Run both."""
    home = copied(pki_home, folder / "home")
    await asyncio.to_thread(_prepared, home)
    question = plain_question(golden)
    behave = answering((golden / "g1_answer.xml").read_bytes())
    async with (
        attacked(home, behave, question) as behind,
        NodeHost(home, ("ara",), HostSettings(base_port=0, drain_s=0.2, poll_s=0.02)) as host,
    ):
        stranger, _ = _issued(behind, "CN=INCONNU,OU=1690000000,O=DEMO INCONNU,ST=Rhône (69),C=FR")
        revoked, serial = _issued(behind, "CN=REVOQUE,OU=1690000000,O=DEMO INCONNU,ST=Rhône (69),C=FR")
        revoke(publisher_of(home, "organisations"), serial, RevocationReason.KEY_COMPROMISE, at=datetime.now(UTC))
        port = URL(host.url("ara")).port
        assert port is not None
        yield Both(
            Server("gateway", behind.gateway.port, home, PARTNER_LEAF, question),
            Server("node", port, home, GATEWAY_LEAF, question),
            behind,
            stranger,
            revoked,
        )
