"""Asking a node as its partners do: over mutual TLS, in SOAP."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
from lxml import etree
from yarl import URL

from certs.home import Home, LeafFiles
from certs.tls import client_context
from regional_nodes.host import NodeHost
from ror import namespaces as ns
from ror.coding import Code, Scheme
from ror.coverage import Coverage
from ror.faults import PeerFault
from ror.g1.answer import read_answer
from ror.g1.question import write_question
from ror.model import Directory
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.soap.coverage_header import read_coverage
from ror.soap.envelope import write_envelope
from ror.soap.fault import read_fault
from ror.soap.search_header import write_search_header
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf
from ror.xml_parser import ANSWER_LIMITS, parse
from tests.support.served_gateway import one_connection, subject_of

GATEWAY = "gateway-client"
ROR_BRETAGNE = "partner-ror-bre"
APPLICATION = "partner-samu-rhone"
FRANCE = Destination(DestinationLevel.COUNTRY, "FR")


@dataclass(frozen=True)
class Reply:
    """What a node sent: status, headers, raw body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> etree._Element:
        return parse(self.body, ANSWER_LIMITS)

    @property
    def content(self) -> etree._Element:
        return self.envelope.find("{*}Body")[0]

    @property
    def fault(self) -> PeerFault | None:
        return read_fault(self.content)

    @property
    def slug(self) -> str | None:
        return self.fault.slug if self.fault else None

    @property
    def directory(self) -> Directory:
        return read_answer(self.content)

    @property
    def units(self) -> list[str]:
        return [unit.entity_id for unit in self.directory.units]

    @property
    def coverage(self) -> Coverage:
        return read_coverage(self.envelope.find("{*}Header")[0])


def activity(code: str) -> Code:
    return Code(code, Scheme.ACTIVITY.value)


def question(*destinations: Destination, limit: int | None = None, **criteria: object) -> Question:
    return Question(criteria=Criteria(**criteria), destinations=destinations or (FRANCE,), limit=limit)


class NodeClient:
    """Asks the nodes of a host; ``leaf`` is a name of the demonstration, files, or ``None`` for no certificate."""

    def __init__(self, host: NodeHost, home: Home) -> None:
        self._host = host
        self._home = home

    def context(self, leaf: LeafFiles | str | None) -> ssl.SSLContext:
        files = self._home.leaf(leaf) if isinstance(leaf, str) else leaf
        return client_context(files.chain if files else None, files.key if files else None, self._home.trust)

    def message(
        self,
        asked: Question,
        *,
        profile: str | None = "CU22",
        issuer: str | None = None,
        leaf: str = GATEWAY,
        version: SoapVersion = SoapVersion.V12,
    ) -> bytes:
        blocks = []
        if profile is not None:
            vihf = Vihf(
                issuer=issuer or subject_of(self._home, leaf),
                subject_id="samu-rhone",
                application="test",
                profile_code=profile,
            )
            blocks.append(write_vihf(vihf, at=datetime.now(UTC), assertion_id=f"_{uuid4()}"))
        blocks.append(write_search_header(asked))
        return write_envelope(version, headers=blocks, body=write_question(asked))

    async def ask(
        self,
        asked: Question | None = None,
        *,
        ror: str = "ara",
        leaf: LeafFiles | str | None = GATEWAY,
        profile: str | None = "CU22",
        issuer: str | None = None,
        version: SoapVersion = SoapVersion.V12,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        holder = leaf if isinstance(leaf, str) else GATEWAY
        body = self.message(asked or question(), profile=profile, issuer=issuer, leaf=holder, version=version)
        return await self.send(body, ror=ror, leaf=leaf, version=version, headers=headers)

    async def send(
        self,
        body: bytes | None,
        *,
        ror: str = "ara",
        leaf: LeafFiles | str | None = GATEWAY,
        version: SoapVersion = SoapVersion.V12,
        headers: dict[str, str] | None = None,
        method: str = "POST",
        path: str | None = None,
        session: aiohttp.ClientSession | None = None,
    ) -> Reply:
        url = URL(self._host.url(ror))
        told = {"Content-Type": version.request_content_type(ns.ACTION_SEARCH), "Accept-Encoding": "identity"}
        target = url if path is None else url.origin().join(URL(path))
        if session is not None:
            return await _sent(session, method, target, body, told | (headers or {}))
        async with one_connection(self.context(leaf)) as own:
            return await _sent(own, method, target, body, told | (headers or {}))


async def _sent(
    session: aiohttp.ClientSession, method: str, url: URL, body: bytes | None, headers: dict[str, str]
) -> Reply:
    async with session.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
        return Reply(response.status, dict(response.headers), await response.read())
