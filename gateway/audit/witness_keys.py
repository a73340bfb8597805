"""The witnesses' public keys beside the log: those that its heads were ever shown to, a key a line.

Whoever verifies the log with keys from elsewhere need not believe this file.
"""

from collections.abc import Iterable
from pathlib import Path

from certs.audit.keys import KeyUse, PublicKey
from certs.errors import KeyMaterialError
from certs.private_files import write_private

WITNESSES_FILE = "witnesses.pub"
MOST_WITNESSES = 256
_MAX_FILE_BYTES = 65_536


def remember_witnesses(folder: Path, keys: Iterable[PublicKey]) -> None:
    """Add keys to the file; blocks. Raises ``OSError``."""
    path = folder / WITNESSES_FILE
    try:
        with path.open("rb") as file:
            known = read_witnesses(file.read(_MAX_FILE_BYTES))
    except FileNotFoundError:
        known = ()
    every = tuple(dict.fromkeys((*known, *keys)))
    if every != known:
        write_private(path, "".join(f"{key.text}\n" for key in every[-MOST_WITNESSES:]).encode())


def read_witnesses(data: bytes) -> tuple[PublicKey, ...]:
    """The keys of such a file; lines that are none are passed over."""
    keys = []
    for line in data.decode("ascii", "replace").splitlines():
        try:
            key = PublicKey.read(line)
        except KeyMaterialError:
            continue
        if key.use is KeyUse.WITNESS:
            keys.append(key)
    return tuple(keys)
