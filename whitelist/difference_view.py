"""A difference for an officer's eye: who gains what, who loses what; the hash to approve below."""

from rich.text import Text

from whitelist.access import Turn
from whitelist.difference import Difference

_STYLES = {
    Turn.ADDED: "bold green",
    Turn.GAINS: "green",
    Turn.LOSES: "red",
    Turn.CHANGES: "yellow",
    Turn.BEWARE: "bold red",
}


def difference_text(shown: Difference) -> Text:
    """Every change, under its partner. Values are shown as they are, never as markup."""
    before = f"version {shown.base_version}" if shown.base_version else "nothing"
    text = Text.assemble((f"From {before} to version {shown.version}", "bold"))
    for subject in dict.fromkeys(line.subject for line in shown.lines):
        text.append(f"\n{subject}", "bold")
        for line in shown.of(subject):
            text.append(f"\n  {line.turn.value:<8}", _STYLES[line.turn])
            text.append(f"{line.what} {line.value}")
    return text


def difference_view(shown: Difference) -> dict[str, object]:
    """The difference as JSON-ready values."""
    return {
        "base": {"version": shown.base_version, "digest": shown.base_digest},
        "version": shown.version,
        "changes": [
            {"subject": line.subject, "turn": line.turn.value, "what": line.what, "value": line.value}
            for line in shown.lines
        ],
    }
