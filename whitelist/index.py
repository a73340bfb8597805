"""The list made ready for deciding: every entry found by what a certificate shows, in constant time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from certs.identity import Identity
from certs.names import DistinguishedName
from whitelist.document import Partner, Whitelist


class Match(Enum):
    """How a certificate stands to the list. Only ``EXACT`` admits; the others say what to tell and to log."""

    EXACT = "exact"
    OTHER_KEY = "other-key"
    OTHER_NAME = "other-name"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a look-up: the entry when exact, else the ids of those that share the name or the key."""

    match: Match
    partner: Partner | None = None
    near: tuple[str, ...] = ()


_NOBODY = Found(Match.NONE)


class WhitelistIndex:
    """Immutable once built, so that any number of readers may share it without a lock."""

    __slots__ = ("_by_spki", "_by_subject", "whitelist")

    def __init__(self, whitelist: Whitelist) -> None:
        self.whitelist = whitelist
        by_spki: defaultdict[str, list[Partner]] = defaultdict(list)
        by_subject: defaultdict[DistinguishedName, list[str]] = defaultdict(list)
        for partner in whitelist.partners:
            by_spki[partner.spki].append(partner)
            by_subject[partner.subject].append(partner.id)
        self._by_spki = {spki: tuple(partners) for spki, partners in by_spki.items()}
        self._by_subject = {subject: tuple(ids) for subject, ids in by_subject.items()}

    @property
    def version(self) -> int:
        """The list's version."""
        return self.whitelist.version

    @property
    def expires_at(self) -> datetime:
        """When the list ends."""
        return self.whitelist.expires_at

    def find(self, identity: Identity) -> Found:
        """Look a certificate's holder up: public key, issuer and subject must all be those of one entry.

        The same subject under another key is ``OTHER_KEY``: an attack or a renewal that nobody announced, never the
        same partner. The same key under another subject or issuer is ``OTHER_NAME``.
        """
        same_key = self._by_spki.get(identity.spki, ())
        for partner in same_key:
            if partner.subject == identity.subject and partner.issuer == identity.issuer:
                return Found(Match.EXACT, partner)
        if same_key:
            return Found(Match.OTHER_NAME, near=tuple(partner.id for partner in same_key))
        same_subject = self._by_subject.get(identity.subject)
        return Found(Match.OTHER_KEY, near=same_subject) if same_subject else _NOBODY
