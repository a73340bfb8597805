"""How the gateway stands, looked at when somebody asks: nothing is kept up to date in between."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from certs.revocation.certificate_list import CertificateList, Freshness
from certs.revocation.source import RevocationSource
from gateway.admission.slots import SearchSlots
from gateway.audit.log import AuditLog
from gateway.telemetry.counting import PREFIX
from ror.territory import RORS
from whitelist.propagation import FollowerState
from whitelist.source import WhitelistSource

_Row = tuple[Sequence[str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Collector):
    """Reads list, revocation, audit log, slots, followers and suspended regions; ``followers`` is empty where nobody
    follows.
    """

    whitelist: WhitelistSource
    revocation: RevocationSource
    audit: AuditLog
    slots: SearchSlots
    followers: Callable[[], Sequence[FollowerState]] = tuple
    suspended: Callable[[], Collection[str]] = tuple
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def collect(self) -> Iterable[Metric]:
        """Every gauge, as it is now."""
        yield from self._list()
        yield from self._revocation()
        yield from self._audit()
        yield from self._slots()
        yield from self._followers()
        yield from self._regions()

    def _list(self) -> Iterator[Metric]:
        index = self.whitelist.current
        yield _one("whitelist_usable", "1 while a list is in force, 0 while nobody can be let in.", index is not None)
        yield _one("whitelist_heard", "0 while list or stops cannot be looked at.", not self.whitelist.unheard)
        if index is None:
            return
        yield _one("whitelist_version", "Version of the list in force.", index.version)
        yield _one("whitelist_expiry_timestamp_seconds", "When the list in force ends.", index.expires_at.timestamp())
        yield _one("whitelist_partners", "Entries on the list in force.", len(index.whitelist.partners))
        yield _one("stops_in_force", "Partners' stops that hold, the canary's left out.", len(index.stops))

    def _revocation(self) -> Iterator[Metric]:
        yield _one("crl_heard", "0 while revocation lists cannot be looked at.", not self.revocation.unheard)
        lists = self._lists_by_authority()
        now = self.now()
        yield _many(
            "crl_fresh",
            "1 for an authority whose revocation lists are there and not overdue.",
            ["authority"],
            (
                ([name], bool(found) and all(one.freshness(now) is Freshness.FRESH for one in found))
                for name, found in lists.items()
            ),
        )
        yield _many(
            "crl_next_update_timestamp_seconds",
            "When an authority's next revocation list is due.",
            ["authority"],
            (([name], min(one.next_update.timestamp() for one in found)) for name, found in lists.items() if found),
        )

    def _lists_by_authority(self) -> dict[str, list[CertificateList]]:
        """By common name, which two authorities share while one succeeds the other."""
        found: dict[str, list[CertificateList]] = {one.common_name: [] for one in self.revocation.trust.authorities}
        for listed in self.revocation.current.state.lists.values():
            found.setdefault(listed.authority.common_name, []).append(listed)
        return found

    def _audit(self) -> Iterator[Metric]:
        yield _one("audit_available", "0 while the audit log cannot be written: no service.", not self.audit.failure)
        yield _one("audit_records", "Records that are durable.", self.audit.size)
        yield _one("audit_waiting_events", "Events handed in and not yet being written.", self.audit.waiting)

    def _slots(self) -> Iterator[Metric]:
        yield _one("searches_running", "Searches that hold a slot.", self.slots.running)
        yield _one("searches_waiting", "Searches that wait for one.", self.slots.waiting)

    def _regions(self) -> Iterator[Metric]:
        suspended = self.suspended()
        yield _many(
            "region_suspended",
            "1 for a ROR that is suspended because it failed too often.",
            ["ror"],
            (([ror.id], ror.id in suspended) for ror in RORS),
        )

    def _followers(self) -> Iterator[Metric]:
        states = self.followers()
        if not states:
            return
        yield _many(
            "follower_current",
            "1 for a follower that goes by the list in force.",
            ["follower"],
            (([state.follower], state.is_current) for state in states),
        )
        yield _many(
            "follower_lag_seconds",
            "For how long a follower has not gone by the list in force.",
            ["follower"],
            (([state.follower], state.behind_s) for state in states),
        )
        yield _many(
            "follower_versions_behind",
            "How many versions a follower is behind.",
            ["follower"],
            (([state.follower], state.versions_behind) for state in states if state.versions_behind is not None),
        )


def _one(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", told, value=float(value))


def _many(name: str, told: str, labels: Sequence[str], rows: Iterable[_Row]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", told, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family
