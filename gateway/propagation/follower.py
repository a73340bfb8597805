"""One follower as the gateway sees it: what it said last, how the last question ended, since when it lags."""

from datetime import datetime

from gateway.propagation.asking import Silence
from whitelist.acknowledgement.checking import AcknowledgementFlaw
from whitelist.acknowledgement.folder import Follower
from whitelist.acknowledgement.statement import Acknowledgement
from whitelist.in_force import InForce
from whitelist.propagation import FollowerState, Standing, standing_of

Failure = AcknowledgementFlaw | Silence


class FollowerWatch:
    """Keeps the account of one follower; ``begun_at`` is when it is watched from."""

    def __init__(self, follower: str, server_name: str | None, *, begun_at: datetime, alarm_after_s: float) -> None:
        self.id = follower
        self.server_name = server_name
        self._alarm_after_s = alarm_after_s
        self._begun_at = begun_at
        self._said: Acknowledgement | None = None
        self._heard_at: datetime | None = None
        self._failure: Failure | None = Silence.NOT_ASKED
        self._failed_at: datetime | None = None
        self._lags_since: datetime | None = None
        self._caught_up_s: float | None = None

    @property
    def entry(self) -> Follower:
        """What to keep beside its acknowledgement."""
        return Follower(
            id=self.id,
            server_name=self.server_name,
            flaw=self._failure and self._failure.value,
            flaw_at=self._failed_at,
        )

    def recall(self, said: Acknowledgement) -> None:
        """What it said before the gateway started; the next question still decides."""
        self._said, self._heard_at = said, said.said_at

    def heard(self, said: Acknowledgement, reference: InForce, at: datetime) -> None:
        """An acknowledgement that counts."""
        self._said, self._heard_at = said, at
        self._failure = self._failed_at = None
        self.compare(reference, at)

    def failed(self, failure: Failure, at: datetime) -> None:
        """A question that brought none."""
        if failure is not self._failure:
            self._failure, self._failed_at = failure, at

    def compare(self, reference: InForce, at: datetime) -> None:
        """Hold what it said last against what must be in force, whenever either is new."""
        if self._said is None:
            self._lags_since = self._lags_since or reference.taken_up_at
            return
        match standing_of(self._said.in_force, reference):
            case Standing.CURRENT:
                if self._lags_since is not None:
                    self._caught_up_s = max(0.0, (at - self._lags_since).total_seconds())
                self._lags_since = None
            case Standing.BEHIND:
                self._lags_since = self._lags_since or reference.taken_up_at
            case _:
                self._lags_since = self._lags_since or at

    def state(self, reference: InForce | None, now: datetime) -> FollowerState:
        """How it stands."""
        standing = self._standing(reference)
        lags_since, said = self._lags_since, self._said
        return FollowerState(
            follower=self.id,
            standing=standing,
            said=said,
            versions_behind=reference.version - said.in_force.version if reference and said else None,
            behind_s=max(0.0, (now - lags_since).total_seconds()) if lags_since is not None else 0.0,
            silent_since=self._heard_at if standing in (Standing.SILENT, Standing.REFUSED) else None,
            flaw=self._failure.value if self._failure is not None else None,
            caught_up_s=self._caught_up_s,
            is_alarm=self._is_alarm(standing, now),
        )

    def _standing(self, reference: InForce | None) -> Standing:
        if isinstance(self._failure, AcknowledgementFlaw):
            return Standing.REFUSED
        if self._failure is not None or self._said is None:
            return Standing.SILENT
        return Standing.DIVERGED if reference is None else standing_of(self._said.in_force, reference)

    def _is_alarm(self, standing: Standing, now: datetime) -> bool:
        match standing:
            case Standing.CURRENT:
                return False
            case Standing.REFUSED:
                return True
            case Standing.SILENT if self._failure is Silence.NOT_ASKED:
                return False
            case Standing.SILENT:
                since = self._heard_at or self._begun_at
            case _:
                since = self._lags_since or now
        return (now - since).total_seconds() >= self._alarm_after_s
