"""Receipts for partners while the gateway runs: one thread, a short queue, no search waits for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from certs.audit.keys import PublicKey
from gateway.audit.errors import AuditError, UnreadableLogError
from gateway.audit.proving import receipt_at
from gateway.audit.question_index import IndexBehindError, QuestionIndex
from gateway.audit.stored import stored_log

_log = structlog.get_logger(__name__)

MOST_WAITING = 16
_CATCH_UP_S = 5.0
_BETWEEN_S = 0.5
"""Between two segments, so that a log never indexed before costs no search its place."""


class ReceiptsBusyError(AuditError):
    """Too many wait for a receipt, or older records are still being indexed: come again."""

    code = "receipts.busy"


class ReceiptNotYetError(AuditError):
    """The record is there, and no signed head covers it yet."""

    code = "receipts.not-yet"


class ReceiptDesk:
    """Looks receipts up one after the other."""

    def __init__(self, folder: Path, key: PublicKey) -> None:
        self._folder = folder
        self._key = key
        self._index = QuestionIndex(folder)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="receipts")
        self._waiting = 0

    async def receipt(self, partner: str, question: str) -> bytes | None:
        """The receipt's document; ``None`` where that partner asked no such question.

        Raises ``ReceiptNotYetError``, ``ReceiptsBusyError``, ``UnreadableLogError``.
        """
        if self._waiting >= MOST_WAITING:
            raise ReceiptsBusyError("too many wait for a receipt")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._made, partner, question)
        finally:
            self._waiting -= 1

    async def keep_up(self, between_s: float = _BETWEEN_S) -> None:
        """Index closed segments until cancelled, one at a time, so that a receipt never waits for more than one."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                more = await loop.run_in_executor(self._thread, self._index.catch_up)
            except OSError as error:
                _log.warning("receipts.index_failed", cause=error.strerror or type(error).__name__)
                more = False
            await asyncio.sleep(between_s if more else _CATCH_UP_S)

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _made(self, partner: str, question: str) -> bytes | None:
        try:
            place = self._index.find(partner, question)
        except IndexBehindError as error:
            raise ReceiptsBusyError("older records are being indexed") from error
        except OSError as error:
            raise UnreadableLogError(f"the log cannot be read: {error.strerror or error}") from error
        if place is None:
            return None
        with stored_log(self._folder) as log:
            receipt = receipt_at(log, place, self._key)
        if receipt is None:
            raise ReceiptNotYetError(f"record {place.record.seq} is not signed yet")
        return receipt.document
