"""A node's witness key: made once, kept 0600, told to the gateway's operator through the directory of nodes."""

from certs.audit.keys import KeyUse, PrivateKey
from certs.demonstration_holders import server_name_of
from certs.errors import KeyMaterialError
from certs.home import Home
from certs.private_files import make_private_folder, write_private
from regional_nodes.errors import WitnessError


def witness_key(home: Home, ror: str) -> PrivateKey:
    """The key of that node, made where there is none. Raises ``WitnessError`` for one that cannot be used or kept."""
    path = home.node_witness_key(ror)
    try:
        return PrivateKey.from_json(path.read_bytes())
    except FileNotFoundError:
        return _made(home, ror)
    except (KeyMaterialError, OSError) as error:
        raise WitnessError(f"{path} cannot be used: {error}") from error


def _made(home: Home, ror: str) -> PrivateKey:
    """A witness that has lost its key and still knows heads is told to nobody as a new one."""
    path = home.node_witness_key(ror)
    if home.node_witnessed(ror).exists():
        raise WitnessError(f"{path} is gone, though heads were co-signed with it: restore it")
    key = PrivateKey.generate(f"{server_name_of(ror)}/witness", KeyUse.WITNESS)
    try:
        make_private_folder(path.parent)
        write_private(path, key.to_json())
    except OSError as error:
        raise WitnessError(f"{path} cannot be written: {error.strerror or error}") from error
    return key
