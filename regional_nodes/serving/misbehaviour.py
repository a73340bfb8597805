"""What each fault does, as a table from kind to effect.

An effect gets the request, its fault and ``respond``, which works out the correct answer. It sends what it likes and
gives back a prepared response, or cuts the connection and raises ``ConnectionResetError``.
"""

import asyncio
import random
import re
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from aiohttp import web

from regional_nodes.serving.connections import Bounds
from regional_nodes.serving.exchange import Answer, fault_answer, head, send
from regional_nodes.serving.faults import FaultKind, NodeFault
from ror import namespaces
from ror.faults import Fault, Reason
from ror.soap.version import SoapVersion

Respond = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an effect works with. ``released`` is set when the node is mended or stops: nothing waits beyond it."""

    request: web.BaseRequest
    version: SoapVersion
    fault: NodeFault
    respond: Respond
    bounds: Bounds
    released: asyncio.Event


Effect = Callable[[Situation], Awaitable[web.StreamResponse]]

_HTML = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Service indisponible</body></html>"
_REASONS: Final = {
    400: Reason.NOT_CONFORMANT,
    401: Reason.CERTIFICATE_INVALID,
    403: Reason.PARTNER_NOT_LISTED,
    404: Reason.IDENTIFIER_UNKNOWN,
    405: Reason.COUNT_MISMATCH,
    408: Reason.DEADLINE_EXCEEDED,
    413: Reason.REQUEST_TOO_LARGE,
    415: Reason.CONTENT_TYPE,
    429: Reason.QUOTA_EXCEEDED,
    444: Reason.NOT_FORESEEN,
    500: Reason.INTERNAL,
    503: Reason.OVERLOADED,
}
"""What a fault of a number says, one reason a number."""
_COUNT = re.compile(rb"<OInumber>([0-9]+)</OInumber>")
_BLOCK = b" " * 65_536


async def misbehave(situation: Situation) -> web.StreamResponse:
    """Do what the fault says."""
    return await _EFFECTS[situation.fault.kind](situation)


async def _hang(situation: Situation) -> web.StreamResponse:
    await situation.released.wait()
    _cut(situation)


async def _correctly(situation: Situation) -> web.StreamResponse:
    return await _send(situation, await situation.respond())


async def _slow(situation: Situation) -> web.StreamResponse:
    await _pause(situation, situation.fault.number / 1_000)
    return await _send(situation, await situation.respond())


async def _drip(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    response = head(situation.request, answer)
    await response.prepare(situation.request)
    for start in range(len(answer.body)):
        if situation.released.is_set():
            _cut(situation)
        await response.write(answer.body[start : start + 1])
        await asyncio.sleep(1 / max(1, situation.fault.number))
    await response.write_eof()
    return response


async def _reset(situation: Situation) -> web.StreamResponse:
    _cut(situation)


async def _reset_late(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    response = head(situation.request, answer)
    await response.prepare(situation.request)
    await response.write(answer.body[: _share(answer.body, situation.fault.number)])
    _cut(situation)


async def _truncated(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    return await _send(situation, replace(answer, body=answer.body[: _share(answer.body, situation.fault.number)]))


async def _empty(situation: Situation) -> web.StreamResponse:
    return await _send(situation, _ok(situation, b""))


async def _garbage(situation: Situation) -> web.StreamResponse:
    noise = random.Random(situation.fault.number).randbytes(situation.fault.number)  # noqa: S311 - noise, not a secret
    return await _send(situation, _ok(situation, noise))


async def _malformed(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    return await _send(situation, replace(answer, body=answer.body.replace(b"</result>", b"</resultat>", 1)))


async def _html(situation: Situation) -> web.StreamResponse:
    return await _send(situation, Answer(status=200, content_type="text/html; charset=utf-8", body=_HTML.encode()))


async def _status(situation: Situation) -> web.StreamResponse:
    status = min(max(situation.fault.number, 200), 599)
    return await _send(situation, Answer(status=status, content_type="text/html; charset=utf-8", body=_HTML.encode()))


async def _redirect(situation: Situation) -> web.StreamResponse:
    status = min(max(situation.fault.number, 300), 399)
    response = head(situation.request, Answer(status=status, content_type="text/plain", body=b""))
    response.headers["Location"] = f"https://elsewhere.invalid{namespaces.PATH_G1}"
    await response.prepare(situation.request)
    await response.write_eof()
    return response


async def _oversized(situation: Situation) -> web.StreamResponse:
    return await _stream(situation, _spaces(situation.fault.number), situation.fault.number, None)


async def _gzip_bomb(situation: Situation) -> web.StreamResponse:
    packer = zlib.compressobj(level=1, wbits=31)
    packed = [packer.compress(block) for block in _spaces(situation.fault.number)]
    packed.append(packer.flush())
    return await _stream(situation, iter(packed), sum(map(len, packed)), "gzip")


async def _wrong_count(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    more = situation.fault.number
    body = _COUNT.sub(lambda match: b"<OInumber>%d</OInumber>" % (int(match[1]) + more), answer.body, count=1)
    return await _send(situation, replace(answer, body=body))


async def _doctype(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    declaration, end, rest = answer.body.partition(b"?>")
    start, rest = (declaration + end, rest) if end and declaration.startswith(b"<?xml") else (b"", answer.body)
    return await _send(situation, replace(answer, body=start + b"<!DOCTYPE x [<!ENTITY e 'e'>]>" + rest))


async def _comments(situation: Situation) -> web.StreamResponse:
    answer = await situation.respond()
    body = answer.body.replace(b"<result>", b"<result><!-- a comment --><?target data?><![CDATA[ ]]>", 1)
    return await _send(situation, replace(answer, body=body))


async def _fault_444(situation: Situation) -> web.StreamResponse:
    body = (
        f'<env:Envelope xmlns:env="{situation.version.namespace}"><env:Body><env:Fault><env:Code><env:Value>444'
        '</env:Value></env:Code><env:Reason><env:Text xml:lang="fr">Non prévu sur la plateforme</env:Text>'
        "</env:Reason></env:Fault></env:Body></env:Envelope>"
    )
    return await _send(situation, replace(_ok(situation, body.encode()), status=500))


async def _unknown_code(situation: Situation) -> web.StreamResponse:
    return await _send_fault(situation, Reason.CRITERION_UNKNOWN_CODE)


async def _fault(situation: Situation) -> web.StreamResponse:
    return await _send_fault(situation, _REASONS.get(situation.fault.number, Reason.INTERNAL))


_EFFECTS: Final[dict[FaultKind, Effect]] = {
    FaultKind.DOWN: _reset,
    FaultKind.HANG: _hang,
    FaultKind.SLOW: _slow,
    FaultKind.DRIP: _drip,
    FaultKind.RESET: _reset,
    FaultKind.RESET_LATE: _reset_late,
    FaultKind.TRUNCATED: _truncated,
    FaultKind.EMPTY: _empty,
    FaultKind.GARBAGE: _garbage,
    FaultKind.MALFORMED: _malformed,
    FaultKind.HTML: _html,
    FaultKind.STATUS: _status,
    FaultKind.REDIRECT: _redirect,
    FaultKind.OVERSIZED: _oversized,
    FaultKind.GZIP_BOMB: _gzip_bomb,
    FaultKind.WRONG_COUNT: _wrong_count,
    FaultKind.DOCTYPE: _doctype,
    FaultKind.COMMENTS: _comments,
    FaultKind.FAULT_444: _fault_444,
    FaultKind.UNKNOWN_CODE: _unknown_code,
    FaultKind.FAULT: _fault,
    FaultKind.STALE_LIST: _correctly,
}
"""``DOWN`` closes the listener; what still comes over an open connection is cut."""


def _cut(situation: Situation) -> NoReturn:
    transport = situation.request.transport
    if transport is not None:
        transport.abort()
    raise ConnectionResetError


async def _pause(situation: Situation, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await situation.released.wait()
    except TimeoutError:
        return


async def _send(situation: Situation, answer: Answer) -> web.StreamResponse:
    return await send(situation.request, answer, situation.bounds)


async def _send_fault(situation: Situation, reason: Reason) -> web.StreamResponse:
    return await _send(situation, fault_answer(situation.version, Fault(reason=reason, message=reason.message)))


async def _stream(
    situation: Situation, blocks: Iterator[bytes], length: int, encoding: str | None
) -> web.StreamResponse:
    response = head(situation.request, replace(_ok(situation, b""), encoding=encoding))
    response.content_length = length
    await response.prepare(situation.request)
    for block in blocks:
        if situation.released.is_set():
            _cut(situation)
        await response.write(block)
    await response.write_eof()
    return response


def _ok(situation: Situation, body: bytes) -> Answer:
    return Answer(status=200, content_type=situation.version.content_type, body=body)


def _spaces(size: int) -> Iterator[bytes]:
    for start in range(0, size, len(_BLOCK)):
        yield _BLOCK[: min(len(_BLOCK), size - start)]


def _share(body: bytes, percent: int) -> int:
    return len(body) * min(percent, 99) // 100
