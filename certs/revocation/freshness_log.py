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

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._told: dict[str, tuple[str, dict[str, str]]] = {}

    def tell(self, state: RevocationState, policy: RevocationPolicy, now: datetime) -> None:
        """Log every change since the last call: ``revocation.list_missing|overdue|fresh|grace_in_use``."""
        for authority in self._trust.authorities:
            if policy.requirement(authority) is Requirement.NOT_REQUIRED:
                continue
            condition = _condition(authority, state, policy, now)
            if self._told.get(authority.id) == condition:
                continue
            first = authority.id not in self._told
            self._told[authority.id] = condition
            event, facts = condition
            if event == "revocation.list_fresh":
                if not first:
                    _log.info(event, authority=authority.common_name, **facts)
            else:
                _log.error(event, authority=authority.common_name, **facts)


def _condition(
    authority: Authority, state: RevocationState, policy: RevocationPolicy, now: datetime
) -> tuple[str, dict[str, str]]:
    listed = state.lists.get(authority.id)
    if listed is None:
        return "revocation.list_missing", {}
    if listed.freshness(now) is not Freshness.OVERDUE:
        return "revocation.list_fresh", {}
    due = {"next_update": listed.next_update.isoformat()}
    grace = policy.grace(authority, listed.next_update, now)
    if grace is None:
        return "revocation.list_overdue", due
    return "revocation.grace_in_use", {
        **due,
        "officer": grace.officer,
        "grace_reason": grace.reason,
        "until": grace.until.isoformat(),
    }
