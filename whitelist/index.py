"""The list made ready for deciding: every entry found by what a certificate shows, in constant time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from certs.identity import Identity
from certs.names import DistinguishedName
from certs.profiles import Usage
from whitelist.canary_stop import CanaryStop
from whitelist.document import Partner, PartnerStatus, Whitelist
from whitelist.people import Person
from whitelist.stops import RunningStop, Stop, stopped


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
    """Immutable once built, so that any number of readers may share it without a lock.

    ``whitelist`` is the list as it was signed; entries are found as the ``stops`` that hold leave them, and the
    canary as its own does.
    """

    __slots__ = ("_by_spki", "_by_subject", "_persons", "canary_stop", "stops", "whitelist")

    def __init__(
        self, whitelist: Whitelist, stops: Sequence[RunningStop] = (), canary_stop: CanaryStop | None = None
    ) -> None:
        self.whitelist = whitelist
        self.stops = tuple(stops)
        self.canary_stop = canary_stop
        against: defaultdict[str, list[Stop]] = defaultdict(list)
        for running in self.stops:
            against[running.stop.partner].append(running.stop)
        by_spki: defaultdict[str, list[Partner]] = defaultdict(list)
        by_subject: defaultdict[DistinguishedName, list[str]] = defaultdict(list)
        self._persons: dict[str, tuple[Partner, Person]] = {}
        for signed in whitelist.partners:
            partner = self._left(stopped(signed, against.get(signed.id, ())))
            by_spki[partner.spki].append(partner)
            by_subject[partner.subject].append(partner.id)
            for person in partner.people:
                self._persons[person.spki] = (partner, person)
        self._by_spki = {spki: tuple(partners) for spki, partners in by_spki.items()}
        self._by_subject = {subject: tuple(ids) for subject, ids in by_subject.items()}

    def _left(self, partner: Partner) -> Partner:
        """What the canary's own stop leaves of an entry."""
        stop = self.canary_stop
        if stop is None or stop.partner != partner.id or partner.status is not PartnerStatus.ACTIVE:
            return partner
        return replace(partner, status=PartnerStatus.SUSPENDED)

    @property
    def version(self) -> int:
        """The list's version."""
        return self.whitelist.version

    @property
    def expires_at(self) -> datetime:
        """When the list ends."""
        return self.whitelist.expires_at

    def person(self, identity: Identity) -> tuple[Partner, Person] | None:
        """The entry that names a person's certificate, and the person; ``None`` for any other certificate."""
        return self._persons.get(identity.spki) if identity.usage is Usage.PERSONNES else None

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
