"""What this gateway went by at its last start, so that the next one can tell what has changed."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from certs.private_files import write_private

KNOWN_FILE = "known.json"
_MAX_BYTES = 262_144
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The configuration's facts by name; the thumbprints of the officers, ``None`` before the first list."""

    facts: dict[str, str] = field(default_factory=dict)
    officers: tuple[str, ...] | None = None


class KnownBefore:
    """A small file beside the log. What it says is a help to readers, never a reason to let anybody in."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KNOWN_FILE

    def read(self) -> Known:
        """What is remembered; nothing where the file is missing or damaged."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_MAX_BYTES))
            officers = found["officers"]
            return Known(
                facts={str(name): str(value) for name, value in found["facts"].items()},
                officers=None if officers is None else tuple(map(str, officers)),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Known()

    def keep(self, known: Known) -> None:
        """Remember; a failure is logged, for then the next start only tells too much."""
        data = json.dumps({"facts": known.facts, "officers": known.officers}, indent=1, sort_keys=True).encode()
        try:
            write_private(self._path, data + b"\n")
        except OSError as error:
            _log.warning("audit.known_not_kept", cause=error.strerror or type(error).__name__)
