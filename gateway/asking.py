"""The other side of the wire: a partner's client for the gateway's search, over SOAP and mutual TLS."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp

from gateway.errors import GatewayError, MalformedAnswerError
from gateway.federation.body import read_body
from ror import namespaces as ns
from ror.coverage import Coverage
from ror.errors import RorError
from ror.faults import PeerFault
from ror.g1.answer import read_answer
from ror.g1.question import write_question
from ror.model import Directory
from ror.question import Question
from ror.soap.coverage_header import read_coverage
from ror.soap.envelope import COVERAGE, Envelope, read_envelope, write_envelope
from ror.soap.fault import read_fault
from ror.soap.search_header import write_search_header
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf
from ror.xml_parser import ANSWER_LIMITS

_PATIENCE_S = 35.0
"""A little more than the longest deadline that the gateway grants."""


class GatewayUnreachableError(GatewayError):
    """No answer came that can be read: the gateway is not there, refused the connection, or is none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the subject DN of the client certificate, a name for the log, and the profile code claimed.

    ``sign`` signs the VIHF that claims it.
    """

    issuer: str
    subject_id: str
    profile_code: str | None
    sign: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its coverage."""

    directory: Directory
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Refused:
    """A fault, and the coverage where the gateway told one."""

    fault: PeerFault
    coverage: Coverage | None


async def ask_gateway(url: str, context: ssl.SSLContext, caller: Caller, question: Question) -> Answered | Refused:
    """Ask the gateway at ``url``. Raises ``GatewayUnreachableError`` where no SOAP answer comes back."""
    body, content_type = await _exchange(url, context, _message(caller, question))
    try:
        envelope = read_envelope(body, content_type=content_type, soap_action=None, limits=ANSWER_LIMITS)
        return _read(envelope)
    except RorError as error:
        raise GatewayUnreachableError(f"the answer cannot be read: {error}") from error


def _message(caller: Caller, question: Question) -> bytes:
    headers = [write_search_header(question)]
    if caller.profile_code is not None:
        vihf = Vihf(
            issuer=caller.issuer,
            subject_id=caller.subject_id,
            application="ror search",
            profile_code=caller.profile_code,
        )
        block = write_vihf(vihf, at=datetime.now(UTC), assertion_id=f"_{uuid4()}")
        headers.insert(0, block if caller.sign is None else caller.sign(block))
    return write_envelope(SoapVersion.V12, headers=headers, body=write_question(question))


def _reason_of(error: Exception) -> str:
    """One phrase, without the objects that aiohttp shows."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, aiohttp.InvalidURL):
        return "no address of the form https://host:port/path"
    return getattr(cause, "strerror", None) or type(cause).__name__


async def _exchange(url: str, context: ssl.SSLContext, message: bytes) -> tuple[bytes, str | None]:
    """The body of the answer and its Content-Type."""
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
    headers = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH), "Accept-Encoding": "gzip"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False, auto_decompress=False) as session,
            session.post(url, data=message, headers=headers, ssl=context, allow_redirects=False) as response,
        ):
            encoding = response.headers.get("Content-Encoding", "")
            body = await read_body(response.content.iter_any(), encoding, limit=ANSWER_LIMITS.max_bytes)
            return body, response.headers.get("Content-Type")
    except TimeoutError as error:
        raise GatewayUnreachableError(f"{url}: no answer within {_PATIENCE_S:.0f} s") from error
    except (aiohttp.ClientError, OSError, MalformedAnswerError) as error:
        why = _reason_of(error)
        raise GatewayUnreachableError(
            f"{url}: {why}; does a gateway run there (`ror gateway`, `ror demo`)?"
        ) from error


def _read(envelope: Envelope) -> Answered | Refused:
    header = envelope.header(COVERAGE)
    coverage = read_coverage(header) if header is not None else None
    fault = read_fault(envelope.body)
    if fault is not None:
        return Refused(fault, coverage)
    if coverage is None:
        raise GatewayUnreachableError("the answer tells no coverage, so nobody can say what is missing")
    return Answered(read_answer(envelope.body), coverage)
