"""What officers must hear of: a list missing, overdue, or relied on by grace. Told once, and when it is over."""

from datetime import datetime

import structlog

from certs.revocation.certificate_list import Freshness
from certs.revocation.policy import Requirement, RevocationPolicy
from certs.revocation.state import RevocationState
from certs.trust import Authority, Trust

_log = structlog.get_logger(__name__)


class FreshnessLog:
    """Remembers what it told of each authority."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[object, ...]] = {}

    def tell(self, trust: Trust, state: RevocationState, policy: RevocationPolicy, now: datetime) -> None:
        """Log every change since the last call."""
        for authority in trust.authorities:
            if policy.requirement(authority) is Requirement.REQUIRED:
                self._tell_of(authority, state, policy, now)

    def _tell_of(self, authority: Authority, state: RevocationState, policy: RevocationPolicy, now: datetime) -> None:
        lists = state.lists_of(authority)
        if not lists:
            self._tell("revocation.list_missing", authority)
            return
        listed = min(lists, key=lambda one: one.next_update)
        if listed.freshness(now) is not Freshness.OVERDUE:
            self._tell("revocation.list_fresh", authority)
            return
        due = listed.next_update.isoformat()
        grace = policy.grace(authority, listed.next_update, now)
        if grace is None:
            self._tell("revocation.list_overdue", authority, next_update=due)
            return
        self._tell(
            "revocation.grace_in_use",
            authority,
            next_update=due,
            officer=grace.officer,
            grace_reason=grace.reason,
            until=grace.until.isoformat(),
        )

    def _tell(self, event: str, authority: Authority, **facts: str) -> None:
        """A list that is fresh from the start is no news."""
        told, last = (event, *facts.values()), self._told.get(authority.id)
        if told == last:
            return
        self._told[authority.id] = told
        if event != "revocation.list_fresh":
            _log.error(event, authority=authority.common_name, **facts)
        elif last is not None:
            _log.info(event, authority=authority.common_name)
