"""The caller of the bench: one national question, and proof that each answer holds everything."""

import asyncio
import ssl
from collections import Counter
from datetime import timedelta

import aiohttp
from lxml import etree

from certs.home import Home
from certs.tls import client_context
from ror import namespaces as ns
from ror.coding import Code, Scheme
from ror.g1.question import write_question
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.soap.coverage_header import read_coverage
from ror.soap.envelope import write_envelope
from ror.soap.search_header import write_search_header
from ror.soap.version import SoapVersion
from ror.territory import RORS

PARTNER = "partner-banc-essai"
LARGEST_LIMIT = 20_000
_PATIENCE_S = 600.0
_UNIT = b'<facility entityID="'


class NotDoneError(Exception):
    """An answer that lacks something: its design did not do the work."""


def national_question() -> bytes:
    """Every unit of an activity in the country, as many as there are, within the longest deadline."""
    question = Question(
        criteria=Criteria(activities=(Code("121", Scheme.ACTIVITY),)),
        destinations=(Destination(DestinationLevel.COUNTRY, "FR"),),
        limit=LARGEST_LIMIT,
        deadline=timedelta(seconds=30),
    )
    return write_envelope(SoapVersion.V12, headers=[write_search_header(question)], body=write_question(question))


class Caller:
    """Asks over kept connections, as the bench's partner; for synchronous use."""

    def __init__(self, home: Home) -> None:
        self._loop = asyncio.new_event_loop()
        leaf = home.leaf(PARTNER)
        self._session = self._loop.run_until_complete(_session(client_context(leaf.chain, leaf.key, home.trust)))
        self._question = national_question()

    def ask(self, url: str) -> bytes:
        """The body of an answer; ``NotDoneError`` for anything but 200."""
        return self._loop.run_until_complete(self._asked(url))

    def close(self) -> None:
        """Close the connections."""
        self._loop.run_until_complete(self._session.close())
        self._loop.close()

    async def _asked(self, url: str) -> bytes:
        headers = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)}
        async with self._session.post(url + ns.PATH_G1, data=self._question, headers=headers) as response:
            body = await response.read()
        if response.status != 200:
            raise NotDoneError(f"HTTP {response.status}: {body[:500].decode(errors='replace')}")
        return body


async def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, keepalive_timeout=_PATIENCE_S),
        timeout=aiohttp.ClientTimeout(total=_PATIENCE_S),
        read_bufsize=1024 * 1024,
        trust_env=False,
    )


def check_count(name: str, body: bytes, units: int) -> None:
    """Whether an answer has 17 x ``units`` units, by their tags: cheap enough for every answer."""
    found = body.count(_UNIT)
    if found != len(RORS) * units:
        raise NotDoneError(f"{name}: {found} units instead of {len(RORS) * units}")


def check_wholly(name: str, body: bytes, units: int) -> None:
    """Read an answer back: every ROR, every unit once, the number announced, and for ours the coverage."""
    if name.startswith("relay"):
        if body.count(b"</env:Envelope>") != len(RORS):
            raise NotDoneError(f"{name}: not seventeen envelopes")
        return check_count(name, body, units)
    envelope = etree.fromstring(body, etree.XMLParser(huge_tree=True))
    result = envelope.find(f"{{*}}Body/{{{ns.G1}}}careServicesResponse/result")
    ids = [unit.get("entityID") for unit in result.iterfind("facilityDirectory/facility")]
    announced = int(result.findtext("resultNumber/OInumber"))
    if announced != len(ids) or len(ids) != len(RORS) * units:
        raise NotDoneError(f"{name}: {len(ids)} units, {announced} announced, {len(RORS) * units} expected")
    if name == "ours":
        _check_ours(envelope, ids, units)
    return None


def _check_ours(envelope: etree._Element, ids: list[str], units: int) -> None:
    header = envelope.find(f"{{*}}Header/{{{ns.PASSERELLE}}}couverture")
    coverage = read_coverage(header)
    by_ror = Counter(id_.partition(":")[0] for id_ in ids)
    if (coverage.asked, coverage.complete) != (len(RORS), len(RORS)) or len(set(ids)) != len(ids):
        raise NotDoneError(f"ours: {coverage.complete} of {coverage.asked} complete")
    if by_ror != {ror.id: units for ror in RORS}:
        raise NotDoneError("ours: not every ROR has its units")
