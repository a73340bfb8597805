"""Who follows, for an officer's eye and for programs."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ror.audit.moments import moment_text
from whitelist.acknowledgement.survey import Survey
from whitelist.propagation import FollowerState, Standing

_STYLES = {
    Standing.CURRENT: "green",
    Standing.BEHIND: "yellow",
    Standing.SILENT: "yellow",
    Standing.DIVERGED: "bold red",
    Standing.REFUSED: "bold red",
}


def propagation_heading(found: Survey) -> str:
    """One line: how many of all follow which version."""
    current = sum(state.is_current for state in found.followers)
    return f"Version {found.reference.version}: {current} of {len(found.followers)} follow"


def propagation_table(found: Survey) -> Table:
    """One row a follower. Values are shown as they are, never as markup."""
    table = Table(box=SIMPLE_HEAD, header_style="bold", padding=(0, 1))
    table.add_column("Follower", no_wrap=True)
    table.add_column("Stands", no_wrap=True)
    table.add_column("Version", justify="right", no_wrap=True)
    table.add_column("Behind", justify="right", no_wrap=True)
    table.add_column("Lag", justify="right", no_wrap=True)
    table.add_column("Heard (UTC)", overflow="fold")
    for state in found.followers:
        table.add_row(
            Text(state.follower, style="bold"),
            Text(state.standing.value, style=_STYLES[state.standing]),
            "" if state.version is None else str(state.version),
            _behind(state),
            _seconds(state.behind_s) if state.behind_s else "",
            Text(_heard(state)),
        )
    return table


def propagation_view(found: Survey) -> dict[str, object]:
    """The same as JSON-ready values."""
    return {
        "version": found.reference.version,
        "digest": found.reference.digest,
        "stops": found.reference.stops,
        "current": found.is_current,
        "followers": [_view(state) for state in found.followers],
    }


def _view(state: FollowerState) -> dict[str, object]:
    said = state.said
    return {
        "follower": state.follower,
        "standing": state.standing.value,
        "version": state.version,
        "versions_behind": state.versions_behind,
        "behind_s": round(state.behind_s, 3),
        "taken_up_at": moment_text(said.in_force.taken_up_at) if said is not None else None,
        "said_at": moment_text(said.said_at) if said is not None else None,
        "silent_since": moment_text(state.silent_since) if state.silent_since is not None else None,
        "flaw": state.flaw,
    }


def _behind(state: FollowerState) -> str:
    behind = state.versions_behind
    if behind is None:
        return ""
    if behind == 0 and state.behind_s:
        return "stops" if state.standing is not Standing.DIVERGED else "content"
    return str(behind) if behind >= 0 else f"{-behind} ahead"


def _heard(state: FollowerState) -> str:
    if state.said is None:
        heard = "never"
    elif state.silent_since is not None:
        heard = f"not since {state.silent_since:%Y-%m-%d %H:%M:%S}"
    else:
        heard = f"{state.said.said_at:%H:%M:%S}"
    return heard if state.flaw is None else f"{heard}\n{state.flaw}"


def _seconds(seconds: float) -> str:
    """Seconds while one counts in them."""
    if seconds < 600:
        return f"{max(0, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 36_000 else f"{round(seconds / 3600)} h"
