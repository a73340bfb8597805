"""Whitelists and stops taken up and refused, in the log, with who decided them."""

from collections.abc import Callable
from dataclasses import replace

from gateway.audit.known import KnownBefore
from gateway.audit.officers import officer_mark
from ror.audit.events import Event, ListRefused, ListTakenUp, OfficersChanged, PartnerStopped, StopEnded
from ror.audit.moments import moment_text
from whitelist.document import Whitelist
from whitelist.index import WhitelistIndex
from whitelist.source import Refresh, WhitelistSource
from whitelist.stops import RunningStop
from whitelist.verdict import Verified


class ListAudit:
    """Refreshes a source and tells what came of it, by its flaw; a trouble that lasts is told once.

    ``known`` remembers the officers across restarts; without it only changes while this runs are told.
    """

    def __init__(
        self, source: WhitelistSource, note: Callable[[Event], None], known: KnownBefore | None = None
    ) -> None:
        self._source = source
        self._note = note
        self._known = known
        self._before: Whitelist | None = None
        self._stops: dict[str, RunningStop] = {}
        self._officers = known.read().officers if known is not None else None
        self._is_first = known is None

    def refresh(self) -> Refresh:
        """Look at the list, as ``WhitelistSource.refresh`` does."""
        outcome = self._source.refresh()
        index, verified = self._source.current, self._source.verified
        if index is not None and verified is not None and outcome in (Refresh.TAKEN_UP, Refresh.STOPS_CHANGED):
            if outcome is Refresh.TAKEN_UP:
                self._tell_list(verified)
                self._tell_officers(verified)
            self._tell_stops(index)
        for refused in self._source.refusals:
            self._note(ListRefused(flaw=refused.flaw, version=refused.version))
        return outcome

    def in_force(self) -> Whitelist | None:
        """The list that was taken up last."""
        return self._before

    def _tell_list(self, verified: Verified) -> None:
        self._note(taken_up(verified, self._before))
        self._before = verified.whitelist

    def _tell_officers(self, verified: Verified) -> None:
        officers = tuple(sorted(one.kid for one in verified.officers.officers))
        before, self._officers = self._officers, officers
        silent, self._is_first = self._is_first, False
        if officers == before:
            return
        if self._known is not None:
            self._known.keep(replace(self._known.read(), officers=officers))
        if not silent:
            self._note(
                OfficersChanged(
                    version=verified.officers.version,
                    threshold=verified.officers.threshold,
                    added=tuple(sorted(set(officers) - set(before or ()))),
                    removed=tuple(sorted(set(before or ()) - set(officers))),
                )
            )

    def _tell_stops(self, index: WhitelistIndex) -> None:
        holding = {one.stop.id: one for one in index.stops}
        for stop_id, one in holding.items():
            if stop_id not in self._stops:
                self._note(
                    PartnerStopped(
                        partner=one.stop.partner,
                        stop=stop_id,
                        severity=one.stop.kind.value,
                        officer=officer_mark(one.stop.officer, index.whitelist),
                        until=moment_text(one.until),
                        list_version=index.version,
                    )
                )
        for stop_id, one in self._stops.items():
            if stop_id not in holding:
                self._note(StopEnded(partner=one.stop.partner, stop=stop_id, list_version=index.version))
        self._stops = holding


def taken_up(verified: Verified, before: Whitelist | None) -> ListTakenUp:
    """What is recorded of a list in force: who put it forward, who approved it, the hash of what they were shown."""
    whitelist, origin = verified.whitelist, verified.whitelist.origin
    kids = {name: officer.kid for name in verified.signers if (officer := verified.officers.named(name)) is not None}
    author = origin.author if origin else None
    told = ListTakenUp(
        version=whitelist.version,
        partners=len(whitelist.partners),
        digest=verified.digest,
        base_version=origin.base_version if origin else None,
        difference=origin.difference if origin else None,
        author=kids.get(author) if author else None,
        approvers=tuple(kid for name, kid in kids.items() if name != author),
        officers_version=verified.officers.version,
    )
    if before is None:
        return told
    old = {partner.id: partner for partner in before.partners}
    new = {partner.id: partner for partner in whitelist.partners}
    return replace(
        told,
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        changed=sum(new[one] != old[one] for one in new.keys() & old.keys()),
    )
