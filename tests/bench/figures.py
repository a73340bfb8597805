"""What the bench measured: medians, ratios, a table for people and a document for machines."""

import platform
import ssl
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any
from xml.parsers import expat

from lxml import etree
from rich.console import Console
from rich.table import Table

from ror.territory import RORS

OURS, ZEEP, FLOOR = "ours", "zeep", "relay+expat"
TARGET_RATIO = 20
TARGET_UNITS = 100
WORDS = {
    "ours": "the gateway: doors, splice, merge, coverage, log",
    "zeep": "zeep both ways: objects, merged, rendered",
    "lxml": "lxml trees appended and written again",
    "relay": "bare relay of the bytes",
    "relay+expat": "bare relay and one expat pass",
}


@dataclass
class Size:
    """The rounds of one size: CPU milliseconds a search by design, bytes relayed, peak memory by design."""

    units: int
    sent_bytes: int
    rounds: dict[str, list[float]] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)

    def median_of(self, name: str) -> float | None:
        """CPU milliseconds a search, median of the rounds."""
        rounds = self.rounds.get(name)
        return median(rounds) if rounds else None

    def ratio(self, name: str, to: str) -> float | None:
        """How many times the cost of ``to`` the design costs."""
        cost, unit = self.median_of(name), self.median_of(to)
        return cost / unit if cost is not None and unit else None


def table(size: Size) -> Table:
    """One size as a table."""
    title = f"17 x {size.units} results, {size.sent_bytes / 1e6:.1f} MB from the nodes"
    shown = Table(title=title, title_justify="left")
    shown.add_column("design")
    for heading in ("CPU ms/search", "lowest-highest", "times ours", f"times {FLOOR}", "peak MB", "rounds"):
        shown.add_column(heading, justify="right")
    for name in size.rounds:
        rounds = size.rounds[name]
        shown.add_row(
            f"{name}: {WORDS[name]}",
            f"{median(rounds):.1f}",
            f"{min(rounds):.1f}-{max(rounds):.1f}",
            _times(size.ratio(name, OURS)),
            _times(size.ratio(name, FLOOR)),
            f"{size.peak_mb.get(name, 0):.0f}",
            str(len(rounds)),
        )
    return shown


def verdict(sizes: Sequence[Size]) -> tuple[bool, str]:
    """Whether the target holds (also where it was not measured), and the sentence that says so."""
    judged = next((size for size in sizes if size.units == TARGET_UNITS), None)
    ratio = judged.ratio(ZEEP, OURS) if judged else None
    if ratio is None:
        return True, f"The target (zeep/ours >= {TARGET_RATIO} at 17 x {TARGET_UNITS}) was not measured."
    held = ratio >= TARGET_RATIO
    said = "met" if held else "NOT MET"
    return held, f"Target zeep/ours >= {TARGET_RATIO} at 17 x {TARGET_UNITS}: {said}, {ratio:.1f} times."


def document(sizes: Sequence[Size], cores: dict[str, list[int]]) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {
            "processor": _processor(),
            "platform": platform.platform(),
            "cores": cores,
        },
        "versions": {
            "python": platform.python_version(),
            "openssl": ssl.OPENSSL_VERSION,
            "expat": expat.EXPAT_VERSION,
            "libxml2": ".".join(map(str, etree.LIBXML_VERSION)),
            **{name: version(name) for name in ("aiohttp", "lxml", "zeep")},
        },
        "rors": len(RORS),
        "sizes": [
            {
                "units_a_node": size.units,
                "bytes_from_nodes": size.sent_bytes,
                "designs": {
                    name: {
                        "cpu_ms_a_search": round(median(rounds), 3),
                        "rounds_ms": [round(one, 3) for one in rounds],
                        "times_ours": _rounded(size.ratio(name, OURS)),
                        "times_relay_and_expat": _rounded(size.ratio(name, FLOOR)),
                        "peak_mb": round(size.peak_mb.get(name, 0), 1),
                    }
                    for name, rounds in size.rounds.items()
                },
            }
            for size in sizes
        ],
        "target": {"zeep_times_ours": TARGET_RATIO, "units_a_node": TARGET_UNITS, "held": verdict(sizes)[0]},
    }


def show(sizes: Sequence[Size]) -> None:
    """Print every table."""
    console = Console(width=150, highlight=False)
    for size in sizes:
        console.print(table(size))


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)


def _commit() -> str | None:
    git = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(git, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return found.stdout.strip() or None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
