"""Opening a node's witness with its key and memory. A node that cannot witness still answers searches."""

import structlog

from certs.home import Home
from regional_nodes.errors import WitnessError
from regional_nodes.witness.judging import NodeWitness
from regional_nodes.witness.key import witness_key
from regional_nodes.witness.memory import WitnessMemory

_log = structlog.get_logger(__name__)


def open_witness(home: Home, ror: str) -> NodeWitness | None:
    """The witness of that node; ``None``, and told loudly, where its files cannot be used. Blocks."""
    try:
        key = witness_key(home, ror)
        return NodeWitness(ror, key, WitnessMemory(home.node_witnessed(ror)), home.node_witness_logs(ror))
    except WitnessError as error:
        _log.error("witness.unusable", ror=ror, error=str(error))
        return None
