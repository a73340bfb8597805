"""What TLS shows and whom it trusts, as bytes in memory: read once, judged once, the same for every context.

The files may change at any moment; a context that read them itself could take up half of a renewal.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from certs.errors import KeyMaterialError

MAX_FILE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class LeafMaterial:
    """The PEM of a chain, leaf first, and of its private key."""

    chain: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """A leaf, ``None`` for whoever shows no certificate, and the PEM of the trusted authorities."""

    leaf: LeafMaterial | None
    trust: bytes

    def load_into(self, context: ssl.SSLContext) -> None:
        """Put all of it into a context. Raises ``KeyMaterialError`` for what TLS cannot use."""
        try:
            if self.leaf is not None:
                with _as_file(self.leaf.chain) as chain, _as_file(self.leaf.key) as key:
                    # An encrypted key must fail here, not ask at the terminal.
                    context.load_cert_chain(chain, key, password=b"")
            context.load_verify_locations(cadata=self.trust.decode("ascii", "ignore"))
        except (OSError, ValueError) as error:
            raise KeyMaterialError(f"TLS cannot use the certificate, its key and the authorities: {error}") from error


def read_material(chain: Path | None, key: Path | None, trust: Path) -> TlsMaterial:
    """Read the files. Raises ``KeyMaterialError``."""
    leaf = LeafMaterial(read_file(chain), read_file(key)) if chain is not None and key is not None else None
    return TlsMaterial(leaf, read_file(trust))


def read_file(path: Path) -> bytes:
    """A file of certificates or a key. Raises ``KeyMaterialError``."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise KeyMaterialError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise KeyMaterialError(f"{path} is larger than {MAX_FILE_BYTES} bytes")
    return data


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """The name of a file in memory: the library reads certificates and keys from nothing else."""
    descriptor = os.memfd_create("tls", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, data)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
