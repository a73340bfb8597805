"""Keeping what was taken up for whoever starts later: the list outlives a power cut, then its number is remembered.

In this order, for a number without its list would have every list there refused as older. Nothing here delays a
revocation: it counts before it is kept, and where it cannot be kept it counts all the same. What was remembered
before is doubted then, so that whoever starts meanwhile is on guard, and keeping is tried again at every look.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from certs.errors import SeenNumberError
from certs.revocation.certificate_list import CertificateList
from certs.revocation.seen import SeenNumbers

Outlast = Callable[[CertificateList], bool]
"""Has a list outlive a power cut; whether that was possible. Never raises."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Owed:
    listed: CertificateList
    outlast: Outlast
    is_told: bool = False


class ListKeeper:
    """Keeps lists; what it owes is tried again by ``settle``."""

    def __init__(self, seen: SeenNumbers) -> None:
        self._seen = seen
        self._owed: dict[str, _Owed] = {}

    def keep(self, listed: CertificateList, outlast: Outlast) -> None:
        """Keep a list that was taken up. Never raises."""
        self._try(_Owed(listed, outlast))

    def settle(self) -> None:
        """Try again what could not be kept. Never raises."""
        for key, owed in tuple(self._owed.items()):
            self._try(owed)
            if key in self._owed:
                return

    def _try(self, owed: _Owed) -> None:
        lasts = owed.outlast(owed.listed)
        if self._is_remembered(owed) and lasts:
            self._owed.pop(owed.listed.key, None)
        else:
            self._owed[owed.listed.key] = owed

    def _is_remembered(self, owed: _Owed) -> bool:
        authority = owed.listed.authority.common_name
        try:
            self._seen.remember(owed.listed.key, owed.listed.seen)
        except SeenNumberError as error:
            guarded = self._seen.doubt()
            if not owed.is_told:
                owed.is_told = True
                _log.error("revocation.seen_not_kept", authority=authority, error=str(error), restart_guarded=guarded)
            return False
        if owed.is_told:
            owed.is_told = False
            _log.warning("revocation.seen_kept", authority=authority)
        return True
