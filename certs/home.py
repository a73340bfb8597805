"""The state folder and every path in it: one value that the command line hands to all parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from certs.errors import HomeError

VARIABLE = "ROR_HOME"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafFiles:
    """The files of one holder: its certificate, its key, and the chain that a TLS endpoint loads."""

    certificate: Path
    key: Path
    chain: Path

    @property
    def folder(self) -> Path:
        """The folder that holds the three."""
        return self.certificate.parent


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder (0700, its files 0600). Names that could leave it are a ``HomeError``."""

    root: Path

    @classmethod
    def resolve(cls, chosen: Path | None, environ: Mapping[str, str]) -> "Home":
        """``chosen`` (an option), else ``ROR_HOME``, else ``inter-ror`` in the user's state folder (XDG)."""
        if chosen is not None:
            return cls(chosen.expanduser().absolute())
        if environ.get(VARIABLE):
            return cls(Path(environ[VARIABLE]).expanduser().absolute())
        state = environ.get("XDG_STATE_HOME", "")
        if Path(state).is_absolute():
            return cls(Path(state) / "inter-ror")
        if not environ.get("HOME"):
            raise HomeError(f"no state folder: set {VARIABLE} or HOME")
        return cls(Path(environ["HOME"]).absolute() / ".local" / "state" / "inter-ror")

    @property
    def pki(self) -> Path:
        """Folder of the certificates."""
        return self.root / "pki"

    @property
    def trust(self) -> Path:
        """Root and intermediates, PEM."""
        return self.pki / "trust.pem"

    @property
    def leaves(self) -> Path:
        """Folder of the holders' folders."""
        return self.pki / "leaves"

    def authority(self, name: str) -> LeafFiles:
        """Files of a CA: ``root``, ``organisations`` or ``personnes``."""
        folder = self.pki / "ca"
        certificate = folder / f"{_checked(name)}.pem"
        return LeafFiles(certificate=certificate, key=folder / f"{name}.key", chain=certificate)

    def leaf(self, name: str) -> LeafFiles:
        """Files of a holder: ``node-<ror>``, ``gateway-server|client``, ``partner-<id>``, ``officer-<n>``."""
        folder = self.leaves / _checked(name)
        return LeafFiles(certificate=folder / "cert.pem", key=folder / "key.pem", chain=folder / "chain.pem")

    @property
    def lock(self) -> Path:
        """Held by whoever changes the certificates or lists."""
        return self.pki / ".lock"

    @property
    def revocation_lists(self) -> Path:
        """Folder of the revocation lists: any ``*.crl``, told apart by what they hold."""
        return self.pki / "crl"

    def revocation_list(self, name: str) -> Path:
        """The list of a demonstration's CA, or one that was fetched."""
        return self.revocation_lists / f"{_checked(name)}.crl"

    @property
    def revocation_answers(self) -> Path:
        """Folder of OCSP answers: any ``*.ocsp``."""
        return self.pki / "ocsp"

    def revocation_answer(self, name: str) -> Path:
        """An OCSP answer that was fetched."""
        return self.revocation_answers / f"{_checked(name)}.ocsp"

    @property
    def revocation_policy(self) -> Path:
        """What is demanded of revocation, JSON; strict where there is none."""
        return self.pki / "revocation.json"

    @property
    def whitelist(self) -> Path:
        """Folder of the whitelist."""
        return self.root / "whitelist"

    @property
    def whitelist_published(self) -> Path:
        """The signed document that is in force."""
        return self.whitelist / "whitelist.jws"

    @property
    def whitelist_draft(self) -> Path:
        """What officers are working on."""
        return self.whitelist / "draft.json"

    def whitelist_version(self, version: int) -> Path:
        """A version once published."""
        return self.whitelist / "history" / f"{version}.jws"

    def officer_key(self, name: str) -> Path:
        """An officer's private signing key, JWK."""
        return self.whitelist / "officers" / f"{_checked(name)}.json"

    @property
    def nodes(self) -> Path:
        """Folder of the regional nodes."""
        return self.root / "nodes"

    @property
    def nodes_directory(self) -> Path:
        """Where each node listens, JSON."""
        return self.nodes / "directory.json"

    def node_store(self, ror: str) -> Path:
        """The database of a node."""
        return self.nodes / _checked(ror) / "store.sqlite"

    def node_witness_key(self, ror: str) -> Path:
        """The private key with which a node witnesses gateways' audit logs, JSON."""
        return self.nodes / _checked(ror) / "witness.json"

    def node_witnessed(self, ror: str) -> Path:
        """The last head of every audit log that a node has co-signed, JSON."""
        return self.nodes / _checked(ror) / "witnessed.json"

    def node_witness_logs(self, ror: str) -> Path:
        """Which logs a node may witness, where its operator says so: a gateway's id and a public key a line."""
        return self.nodes / _checked(ror) / "witness-logs.txt"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise HomeError(f"{name[:80]!r} is no name for a file: lower-case letters, digits and hyphens only")
    return name
