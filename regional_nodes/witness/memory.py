"""What a node has witnessed: of every log its pinned key, the last head co-signed, and heads that contradicted it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certs.audit.heads import authentic_head
from certs.audit.keys import PublicKey
from certs.errors import CertsError
from certs.private_files import make_private_folder, write_private
from regional_nodes.errors import WitnessError
from ror.audit.errors import AuditFormError
from ror.audit.note import SignedNote
from ror.audit.tree_head import TreeHead

FORMAT = 1
MAX_MEMORY_BYTES = 8 * 2**20
MAX_CONTRADICTIONS = 8
"""Kept of one log, the first ones: one is enough to prove what was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """One log: whose it is, its pinned key, the last head with our signature, and authentic heads not signed."""

    gateway: str
    log: PublicKey
    note: SignedNote
    contradictions: tuple[SignedNote, ...] = ()
    head: TreeHead = field(init=False)

    def __post_init__(self) -> None:
        head = authentic_head(self.note, self.log)
        if head is None:
            raise WitnessError(f"the head kept of {self.log.name} is not that log's")
        object.__setattr__(self, "head", head)


class WitnessMemory:
    """A file that is written whole, and durable when ``keep`` returns. What is in memory is what is on disk."""

    def __init__(self, path: Path) -> None:
        """Read the file, if there is one. Raises ``WitnessError``: nobody may begin anew without being told to."""
        self._path = path
        self._logs = _read(path)

    def of(self, origin: str) -> Witnessed | None:
        """What is known of the log of that name."""
        return self._logs.get(origin)

    def of_gateway(self, gateway: str) -> tuple[Witnessed, ...]:
        """Every log of that gateway."""
        return tuple(one for one in self._logs.values() if one.gateway == gateway)

    def keep(self, witnessed: Witnessed) -> None:
        """Remember; durable when this returns. Raises ``OSError``: then nothing has changed."""
        logs = {**self._logs, witnessed.log.name: witnessed}
        make_private_folder(self._path.parent)
        write_private(self._path, _written(logs))
        self._logs = logs


def _written(logs: Mapping[str, Witnessed]) -> bytes:
    told = [
        {
            "gateway": one.gateway,
            "key": one.log.text,
            "note": one.note.document,
            "contradictions": [note.document for note in one.contradictions],
        }
        for _, one in sorted(logs.items())
    ]
    return json.dumps({"format": FORMAT, "logs": told}, indent=1).encode() + b"\n"


def _read(path: Path) -> dict[str, Witnessed]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_MEMORY_BYTES))
        if found["format"] != FORMAT:
            raise WitnessError(f"{path} has format {found['format']!r}, {FORMAT} is understood")
        logs = [_entry(one) for one in found["logs"]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AuditFormError, CertsError) as error:
        raise WitnessError(f"{path} cannot be used: {error}") from error
    return {one.log.name: one for one in logs}


def _entry(found: Mapping[str, object]) -> Witnessed:
    contradictions = found["contradictions"]
    if not isinstance(contradictions, list):
        raise WitnessError("the heads that contradicted are no list")
    return Witnessed(
        gateway=str(found["gateway"]),
        log=PublicKey.read(str(found["key"])),
        note=SignedNote.read(str(found["note"])),
        contradictions=tuple(SignedNote.read(str(one)) for one in contradictions),
    )
