"""The faults of the running nodes, as a small file that anybody may change while they run."""

import json
from collections.abc import Mapping
from pathlib import Path

from certs.home import Home
from certs.private_files import make_private_folder, write_private
from regional_nodes.errors import FaultSyntaxError
from regional_nodes.serving.faults import NodeFault
from ror.territory import ROR_BY_ID

_MAX_BYTES = 65_536


def plan_path(home: Home) -> Path:
    """Where the file stands in the state folder."""
    return home.nodes / "faults.json"


def read_plan(path: Path) -> dict[str, NodeFault]:
    """The faults by ROR id; none without a file. Raises ``FaultSyntaxError`` for a file that is not one."""
    try:
        with path.open("rb") as file:
            raw = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise FaultSyntaxError(f"{path}: no plan of faults ({error})") from error
    if not isinstance(raw, dict) or not all(isinstance(text, str) for text in raw.values()):
        raise FaultSyntaxError(f"{path}: an object of ROR ids and faults is expected")
    return {known_ror(ror): NodeFault.parse(text) for ror, text in raw.items()}


def write_plan(path: Path, plan: Mapping[str, NodeFault]) -> None:
    """Write the file whole or not at all."""
    make_private_folder(path.parent)
    write_private(path, json.dumps({ror: str(fault) for ror, fault in sorted(plan.items())}, indent=1).encode())


def parse_fault_option(text: str) -> tuple[str, NodeFault]:
    """Read ``ROR=fault`` of the command line."""
    ror, equals, fault = text.partition("=")
    if not equals:
        raise FaultSyntaxError(f"{text[:60]!r}: ROR=fault is expected, such as idf=hang or ara=slow:800")
    return known_ror(ror.strip()), NodeFault.parse(fault)


def known_ror(ror: str) -> str:
    """``ror`` if it is one of the seventeen; else a ``FaultSyntaxError`` that names them."""
    if ror not in ROR_BY_ID:
        raise FaultSyntaxError(f"{ror[:20]!r} is no ROR; there are: {', '.join(ROR_BY_ID)}")
    return ror
