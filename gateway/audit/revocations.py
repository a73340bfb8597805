"""Revocation lists taken up, and officers' patience with overdue ones, in the log."""

import asyncio
import hashlib
from collections.abc import Callable

from certs.revocation.certificate_list import CertificateList
from certs.revocation.policy import Grace
from certs.revocation.source import RevocationSource
from gateway.audit.officers import officer_mark
from ror.audit.events import ConfigurationChanged, Event, GraceEnded, GraceGiven, RevocationTakenUp
from ror.audit.moments import moment_text
from whitelist.document import Whitelist


class RevocationAudit:
    """Looks at what is known of revocation and tells what has changed since the last look."""

    def __init__(
        self, source: RevocationSource, whitelist: Callable[[], Whitelist | None], note: Callable[[Event], None]
    ) -> None:
        self._source = source
        self._whitelist = whitelist
        self._note = note
        self._lists: dict[str, int] = {}
        self._graces: tuple[Grace, ...] = ()
        self._demanded: object = None

    async def watch(self, every_s: float) -> None:
        """Look every ``every_s`` seconds until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(every_s)

    def look(self) -> None:
        """Tell every list, grace and rule that is new, and every grace that is gone."""
        known = self._source.current
        for key, listed in known.state.lists.items():
            if self._lists.get(key) != listed.number:
                self._lists[key] = listed.number
                self._note(_told(listed))
        for grace in known.policy.graces:
            if grace not in self._graces:
                officer = officer_mark(grace.officer, self._whitelist())
                self._note(GraceGiven(authority=grace.authority, officer=officer, until=moment_text(grace.until)))
        for grace in self._graces:
            if grace not in known.policy.graces:
                self._note(
                    GraceEnded(authority=grace.authority, officer=officer_mark(grace.officer, self._whitelist()))
                )
        self._graces = known.policy.graces
        self._tell_rules((dict(known.policy.requirements), known.policy.addresses))

    def _tell_rules(self, demanded: object) -> None:
        before, self._demanded = self._demanded, demanded
        if before is not None and before != demanded:
            digest = hashlib.sha256(repr(demanded).encode()).hexdigest()
            self._note(ConfigurationChanged(setting="revocation.rules", digest=digest))


def _told(listed: CertificateList) -> RevocationTakenUp:
    return RevocationTakenUp(
        authority=listed.authority.common_name,
        number=str(listed.number),
        revoked=len(listed.revoked),
        digest=listed.digest,
    )
