"""The asynchronous edge: fetch what may be fetched, again and again, hold up nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from secrets import token_bytes
from time import monotonic

import structlog

from certs.errors import FetchError
from certs.revocation.addresses import Address, AddressKind
from certs.revocation.certificate_list import CertificateList
from certs.revocation.flaws import Rejected
from certs.revocation.ocsp import Asked, build_request
from certs.revocation.scope import WHOLE
from certs.revocation.source import RevocationSource

Fetch = Callable[[Address, bytes | None], Awaitable[bytes]]
"""Asks one listed address; ``certs.revocation.fetching.Fetcher`` is one. Raises ``FetchError``."""

_NONCE_BYTES = 16
_MOST_AT_ONCE = 8
_log = structlog.get_logger(__name__)


async def keep_fetching(
    source: RevocationSource, fetch: Fetch, *, lists_every_s: float, answers_every_s: float
) -> None:
    """Fetch lists and answers until cancelled; without listed addresses nothing is asked of anybody.

    Lists are fetched every ``lists_every_s``. A certificate is asked about when somebody shows it, and again after
    ``answers_every_s`` while it is being shown.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_keep_fetching_lists(source, fetch, lists_every_s))
        tasks.create_task(_keep_asking(source, fetch, answers_every_s))


async def fetch_lists(source: RevocationSource, fetch: Fetch) -> None:
    """Fetch the lists of every authority from its listed addresses, up to the first that speaks of everything."""
    policy = source.current.policy
    for authority in source.trust.authorities:
        for address in policy.addresses_of(AddressKind.CRL, authority):
            listed = await _fetch_list(source, fetch, address)
            if listed is not None and listed.scope == WHOLE:
                break


async def ask_about(source: RevocationSource, fetch: Fetch, asked: Asked) -> bool:
    """Ask the responders of a certificate's authority, one after the other; whether one gave an answer that holds."""
    nonce = token_bytes(_NONCE_BYTES)
    request = build_request(asked, nonce=nonce)
    for address in source.current.policy.addresses_of(AddressKind.OCSP, asked.authority):
        try:
            data = await fetch(address, request)
        except FetchError as error:
            _log.warning("revocation.fetch_failed", url=address.url, error=str(error))
            continue
        judged = await asyncio.to_thread(source.offer_answer, data, asked, nonce)
        if not isinstance(judged, Rejected):
            return True
        _refused(address, judged)
    return False


async def _keep_fetching_lists(source: RevocationSource, fetch: Fetch, every_s: float) -> None:
    while True:
        await fetch_lists(source, fetch)
        await asyncio.sleep(every_s)


async def _keep_asking(source: RevocationSource, fetch: Fetch, every_s: float) -> None:
    asked_at: dict[tuple[str, int], float] = {}
    while True:
        now = monotonic()
        asked_at = {key: moment for key, moment in asked_at.items() if now - moment < every_s}
        due = [asked for asked in source.take_wanted() if asked.key not in asked_at]
        asked_at |= {asked.key: now for asked in due}
        await _ask_all(source, fetch, due)
        await asyncio.sleep(min(1.0, every_s))


async def _ask_all(source: RevocationSource, fetch: Fetch, due: Iterable[Asked]) -> None:
    slots = asyncio.Semaphore(_MOST_AT_ONCE)

    async def ask(asked: Asked) -> None:
        async with slots:
            await ask_about(source, fetch, asked)

    async with asyncio.TaskGroup() as tasks:
        for asked in due:
            tasks.create_task(ask(asked))


async def _fetch_list(source: RevocationSource, fetch: Fetch, address: Address) -> CertificateList | None:
    try:
        data = await fetch(address, None)
    except FetchError as error:
        _log.warning("revocation.fetch_failed", url=address.url, error=str(error))
        return None
    judged = await asyncio.to_thread(source.offer_list, data)
    if isinstance(judged, Rejected):
        _refused(address, judged)
        return None
    return judged


def _refused(address: Address, rejected: Rejected) -> None:
    _log.warning("revocation.fetched_refused", url=address.url, flaw=rejected.flaw.value, detail=rejected.detail)
