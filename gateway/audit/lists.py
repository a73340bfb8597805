"""Whitelists and stops taken up and refused, in the log."""

from collections.abc import Callable

from ror.audit.events import Event, ListRefused, ListTakenUp
from whitelist.source import Refresh, WhitelistSource


class ListAudit:
    """Refreshes a source and tells what came of it, by its flaw; a trouble that lasts is told once."""

    def __init__(self, source: WhitelistSource, note: Callable[[Event], None]) -> None:
        self._source = source
        self._note = note

    def refresh(self) -> Refresh:
        """Look at the list, as ``WhitelistSource.refresh`` does."""
        outcome = self._source.refresh()
        index = self._source.current
        if outcome in (Refresh.TAKEN_UP, Refresh.STOPS_CHANGED) and index is not None:
            self._note(ListTakenUp(version=index.version, partners=len(index.whitelist.partners)))
        for refused in self._source.refusals:
            self._note(ListRefused(flaw=refused.flaw, version=refused.version))
        return outcome
