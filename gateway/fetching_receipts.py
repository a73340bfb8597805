"""The other side of the wire for receipts: a partner waits until its question is signed, and takes the proof home."""

import asyncio
import json
import ssl

import aiohttp
from yarl import URL

from gateway.asking import GatewayUnreachableError
from gateway.errors import GatewayError
from ror.audit.errors import AuditFormError
from ror.audit.receipt import MAX_RECEIPT_BYTES, PATH, Receipt
from ror.audit.record import read_record

PATIENCE_S = 30.0
"""Long enough for the next signed head and a few more."""
_LATER = frozenset({429, 503})
_LONGEST_PAUSE_S = 10.0


class NoReceiptError(GatewayError):
    """The gateway hands out no receipt; ``args[0]`` says what it said."""


async def fetch_receipt(
    url: str, context: ssl.SSLContext, question_id: str, *, within_s: float = PATIENCE_S
) -> Receipt:
    """The receipt of a question from the gateway that answered at ``url``; it is not yet checked against any key.

    Raises ``NoReceiptError``, ``GatewayUnreachableError``.
    """
    address = URL(url).origin().with_path(PATH + question_id)
    try:
        async with (
            asyncio.timeout(within_s),
            aiohttp.ClientSession(trust_env=False, connector=aiohttp.TCPConnector(ssl=context)) as session,
        ):
            document = await _awaited(session, address)
    except TimeoutError as error:
        raise NoReceiptError(f"not signed within {within_s:.0f} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise GatewayUnreachableError(f"{address}: {type(error).__name__}") from error
    return _read(document, question_id)


async def _awaited(session: aiohttp.ClientSession, address: URL) -> bytes:
    while True:
        async with session.get(address, allow_redirects=False) as response:
            body = await response.content.read(MAX_RECEIPT_BYTES + 1)
            while not response.content.at_eof() and len(body) <= MAX_RECEIPT_BYTES:
                body += await response.content.read(MAX_RECEIPT_BYTES + 1)
            if response.status == 200:
                return body
            if response.status not in _LATER:
                raise NoReceiptError(_reason(response.status, body))
            pause = response.headers.get("Retry-After", "1")
        await asyncio.sleep(min(_LONGEST_PAUSE_S, int(pause) if pause.isascii() and pause.isdigit() else 1))


def _reason(status: int, body: bytes) -> str:
    try:
        error = json.loads(body)["error"]
        return f"{error['slug']} ({error['number']}): {error['message']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {status}"


def _read(document: bytes, question_id: str) -> Receipt:
    try:
        receipt = Receipt.read(document)
        record = read_record(receipt.line)
    except AuditFormError as error:
        raise NoReceiptError(f"what came is no receipt: {error}") from error
    if record.event.get("question") != question_id:
        raise NoReceiptError("what came is the receipt of another question")
    return receipt
