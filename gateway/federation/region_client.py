"""One region asked once: the only module that speaks HTTP to the nodes. Every way it can fail becomes an outcome."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Final

import aiohttp
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from gateway.errors import MalformedAnswerError
from gateway.federation.body import read_body
from gateway.federation.conformity import ConformitySample
from gateway.federation.messages import Attempts
from gateway.federation.node_connections import CONNECT_S, node_session
from gateway.federation.proportion import Proportion
from gateway.federation.region_directory import Endpoint
from gateway.federation.reply import RegionReply, outcome_of_answer, outcome_of_fault
from gateway.federation.stopwatch import RUNNING, Stopwatch
from gateway.merge.entries import RegionEntries
from gateway.merge.reading import read_answer
from gateway.routing import Route
from ror import namespaces as ns
from ror.coverage import Outcome
from ror.faults import PeerFault
from ror.namespaces import QUESTION_HEADER
from ror.soap.version import SoapVersion

_HEADERS: Final = {
    "Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH),
    "Accept": SoapVersion.V12.media_type,
    "Accept-Encoding": "gzip",
}
_XML_TYPES = frozenset({"application/soap+xml", "text/xml", "application/xml"})
_log = structlog.get_logger(__name__)

_RETRY_SPREAD_S = 0.05
_GREETING_BYTES = 4096
_READ_BYTES = 256 * 1024
_READERS = 2
"""Threads that read what takes long; whatever waits for them is bounded by its question's deadline."""
_READABLE_FAULT_STATUSES = frozenset({200, 400, 401, 403, 404, 408, 413, 415, 429, 500, 503})


@dataclass(frozen=True, slots=True)
class _Call:
    ror: str
    attempts: Attempts
    question_id: str
    proportion: Proportion
    watch: Stopwatch


class RegionClient:
    """Asks the nodes over warm mutual-TLS connections."""

    def __init__(self, directory: Mapping[str, Endpoint], context: ssl.SSLContext, *, per_node: int = 16) -> None:
        self._directory = directory
        self._sample = ConformitySample()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="answer-reader")
        self._session = node_session(context, per_node=per_node, read_bytes=_READ_BYTES)

    async def close(self) -> None:
        """Close every connection; what is still being read is nobody's any more."""
        await self._sample.close()
        await self._session.close()
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def warm(self) -> None:
        """Open a connection to every node, so that the first question does not pay for the handshakes."""
        await asyncio.gather(*(self._greet(endpoint) for endpoint in self._directory.values()))

    async def _greet(self, endpoint: Endpoint) -> None:
        address = endpoint.url.with_path("/healthz")
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with (
                asyncio.timeout(CONNECT_S),
                self._session.get(address, server_hostname=endpoint.server_name, allow_redirects=False) as response,
            ):
                await response.content.read(_GREETING_BYTES)

    async def ask(self, route: Route, attempts: Attempts, budget_s: float, question_id: str) -> RegionReply:
        """Send a message to the route's node and wait at most ``budget_s`` seconds. Never raises.

        ``question_id`` goes along in an HTTP header, so that the node's log and ours tell the same id.
        """
        started = monotonic()
        call = _Call(route.ror, attempts, question_id, Proportion.to(route.question.limit), Stopwatch())
        RUNNING.set(call.watch)
        outcome, detail, entries = await self._outcome(call, budget_s)
        return RegionReply(
            ror=route.ror,
            codes=route.codes,
            outcome=outcome,
            detail=detail,
            entries=entries,
            duration_ms=round((monotonic() - started) * 1000),
            times=call.watch.times(),
        )

    async def _outcome(self, call: _Call, budget_s: float) -> tuple[Outcome | str, str | None, RegionEntries | None]:
        endpoint = self._directory.get(call.ror)
        if endpoint is None:
            return Outcome.UNREACHABLE, "node.no-address", None
        try:
            async with asyncio.timeout(budget_s):
                answer = await self._answer(endpoint, call)
        except aiohttp.ServerTimeoutError:
            return Outcome.UNREACHABLE, "node.connect-timeout", None
        except TimeoutError:
            return Outcome.LATE, "node.late", None
        except MalformedAnswerError as error:
            return Outcome.MALFORMED, error.slug, None
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError):
            return Outcome.UNREACHABLE, "node.tls", None
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
            return Outcome.MALFORMED, "answer.http", None
        except (aiohttp.ClientError, OSError):
            return Outcome.UNREACHABLE, "node.connection", None
        except Exception:
            # A defect of ours that one region's bytes bring out must not take the other sixteen with it.
            _log.exception("region.failed", ror=call.ror, question_id=call.question_id)
            return Outcome.MALFORMED, "answer.unreadable", None
        if isinstance(answer, PeerFault):
            return *outcome_of_fault(answer), None
        detail = answer.told.detail if answer.told is not None else None
        return outcome_of_answer(answer.told), detail, answer

    async def _answer(self, endpoint: Endpoint, call: _Call) -> RegionEntries | PeerFault:
        """Ask; and again, twice at most, where a kept-alive connection was closed: a search changes nothing."""
        try:
            return await self._exchange(endpoint, call)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError):
            again = AsyncRetrying(
                stop=stop_after_attempt(2),
                wait=wait_random(0, _RETRY_SPREAD_S),
                retry=retry_if_exception_type((aiohttp.ServerDisconnectedError, ConnectionResetError)),
                reraise=True,
            )
            return await again(self._exchange, endpoint, call)

    async def _exchange(self, endpoint: Endpoint, call: _Call) -> RegionEntries | PeerFault:
        async with self._session.post(
            endpoint.url,
            data=next(call.attempts),
            headers={**_HEADERS, QUESTION_HEADER: call.question_id},
            server_hostname=endpoint.server_name,
            allow_redirects=False,
        ) as response:
            if response.status not in _READABLE_FAULT_STATUSES:
                raise MalformedAnswerError("answer.status", f"HTTP {response.status}")
            if response.content_type not in _XML_TYPES:
                raise MalformedAnswerError("answer.content-type", "not a SOAP content type")
            encoding = response.headers.get("Content-Encoding", "")
            body = await read_body(response.content.iter_any(), encoding, limit=call.proportion.max_bytes)
        call.watch.heard()
        if call.proportion.takes_long(body):
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._readers, read_answer, body, call.ror)
        else:
            answer = read_answer(body, call.ror)
        call.watch.read()
        self._sample.offer(call.ror, body, call.question_id)
        if not isinstance(answer, PeerFault) and response.status != 200:
            raise MalformedAnswerError("answer.status", "a result with an error status")
        return answer
