"""What one process shows and whom it trusts, taken up anew while it runs: all that changed at once, or nothing of it.

A file that does not hold is told loudly and changes nothing: what was in force stays. Files that are being replaced
one by one are left alone until two looks in a row find them the same. The authorities and each leaf are judged apart:
a root that officers take out goes, though our own certificate be of it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import structlog

from certs.errors import CertsError, KeyMaterialError
from certs.handshakes import FailureCallback
from certs.home import Home
from certs.identity import Identity, identity_of
from certs.keys import key_from_pem
from certs.material import MAX_FILE_BYTES, LeafMaterial, TlsMaterial, read_file
from certs.profiles import Purpose
from certs.reading import read_pem
from certs.settled_files import Stamp, read_settled
from certs.strength import weakness_of
from certs.tls import ClientCertificate, ClientContext, RenewableContext, ServerContext, client_hooks
from certs.trust import Trust, was_issued_by
from certs.usages import extended_uses_of, key_uses_of
from certs.verification import Verdict

TRUST = "trust"
_Read = TypeVar("_Read")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a look has found and made ready. Nothing of it counts before ``adopt`` is called, then all of it does.

    ``changed`` has the SHA-256 in hex of each new part: ``trust`` the file's, a leaf its certificate's.
    """

    trust: Trust
    changed: Mapping[str, str]
    adopt: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What is in force at one time."""

    trust: Trust
    trust_pem: bytes
    leaves: Mapping[str, LeafMaterial]
    identities: Mapping[str, Identity]


class Credentials:
    """The trust file and some leaves of a state folder, each leaf with the purpose that it must serve.

    Raises on construction ``KeyMaterialError``, ``TrustError`` or ``MalformedCertificateError``. ``look`` may run in
    a thread; all else belongs to the event loop.
    """

    def __init__(
        self,
        home: Home,
        leaves: Mapping[str, Purpose],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._trust_file = home.trust
        self._leaf_files = {name: home.leaf(name) for name in leaves}
        self._purposes = leaves
        self._clock = clock
        self._contexts: list[tuple[str, RenewableContext]] = []
        self._told: dict[str, str] = {}
        self._judged = self._seen = self._stamps()
        trust_pem = read_file(home.trust)
        materials = {name: LeafMaterial(read_file(f.chain), read_file(f.key)) for name, f in self._leaf_files.items()}
        self._held = _Held(
            trust=Trust.from_pem(trust_pem),
            trust_pem=trust_pem,
            leaves=materials,
            identities={name: identity_of(read_pem(leaf.chain)[0]) for name, leaf in materials.items()},
        )

    @property
    def trust(self) -> Trust:
        """The authorities in force."""
        return self._held.trust

    def identity(self, leaf: str) -> Identity:
        """Who we are where that leaf is shown."""
        return self._held.identities[leaf]

    def material(self, leaf: str) -> LeafMaterial:
        """What is shown, and the key behind it; another object once it is renewed."""
        return self._held.leaves[leaf]

    def server_context(
        self,
        leaf: str,
        *,
        client_certificate: ClientCertificate = "required",
        on_failure: FailureCallback | None = None,
        handshake_s: float | None = None,
    ) -> ServerContext:
        """A context that serves as ``leaf`` and follows every renewal. Raises ``KeyMaterialError``.

        A handshake that began and has no end after ``handshake_s`` seconds counts as failed.
        """
        material = TlsMaterial(self._held.leaves[leaf], self._held.trust_pem)
        context = ServerContext(
            material, client_certificate=client_certificate, on_failure=on_failure, handshake_s=handshake_s
        )
        self._contexts.append((leaf, context))
        return context

    def client_context(
        self,
        leaf: str,
        *,
        judge: Callable[[bytes], Verdict] | None = None,
        again: Callable[[Verdict], Verdict] | None = None,
    ) -> ClientContext:
        """A context that calls as ``leaf`` and follows every renewal. Raises ``KeyMaterialError``.

        ``judge`` judges the server's certificate after the handshake, ``again`` its verdict whenever the connection
        is used once more (``AuditedSSLObject.still_holds``).
        """
        material = TlsMaterial(self._held.leaves[leaf], self._held.trust_pem)
        context = ClientContext(material, client_hooks(judge=judge, again=again))
        self._contexts.append((leaf, context))
        return context

    def look(self, *, hurried: bool = False) -> Renewal | None:
        """Look at every file; ``None`` where nothing new holds. ``hurried`` reads all of them again, and at once.

        Never raises for what a file is or holds.
        """
        stamps = self._stamps()
        if not hurried and stamps == self._judged:
            return None
        if not hurried and stamps != self._seen:
            self._seen = stamps
            return None
        changed = {
            path
            for path, stamp in stamps.items()
            if hurried or path not in self._judged or stamp != self._judged[path]
        }
        self._seen = self._judged = stamps
        return self._renewal(changed)

    def _renewal(self, paths: set[Path]) -> Renewal | None:
        held = self._held
        trust, trust_pem = held.trust, held.trust_pem
        leaves, identities = dict(held.leaves), dict(held.identities)
        changed: dict[str, str] = {}
        if self._trust_file in paths and (read := self._judge(TRUST, self._read_trust)) is not None:
            trust, trust_pem = read
            changed[TRUST] = hashlib.sha256(trust_pem).hexdigest()
        for name, files in self._leaf_files.items():
            if not paths.isdisjoint((files.chain, files.key)):
                leaf = self._judge(name, lambda name=name: self._read_leaf(name))  # type: ignore[misc]
                if leaf is not None:
                    leaves[name], identities[name] = leaf
                    changed[name] = identities[name].fingerprint
        if not changed:
            return None
        fresh = _Held(trust=trust, trust_pem=trust_pem, leaves=leaves, identities=identities)
        try:
            ready = [
                context.prepared(TlsMaterial(leaves[leaf], trust_pem)) for leaf, context in tuple(self._contexts)
            ]
        except KeyMaterialError as error:
            self._refused("tls", str(error))
            self._judged = {}
            return None

        def adopt() -> None:
            self._held = fresh
            for take in ready:
                take()
            self._tell_taken_up(held.trust, changed)

        return Renewal(trust=trust, changed=changed, adopt=adopt)

    def _judge(self, what: str, read: Callable[[], _Read | None]) -> _Read | None:
        """What ``read`` gives; ``None`` where it is what is in force already, or does not hold."""
        try:
            found = read()
        except OSError as error:
            self._refused(what, f"it cannot be read: {error.strerror or error}")
            return None
        except CertsError as error:
            self._refused(what, str(error))
            return None
        self._told.pop(what, None)
        return found

    def _read_trust(self) -> tuple[Trust, bytes] | None:
        data = self._settled(self._trust_file)
        return None if data == self._held.trust_pem else (Trust.from_pem(data), data)

    def _read_leaf(self, name: str) -> tuple[LeafMaterial, Identity] | None:
        files = self._leaf_files[name]
        material = LeafMaterial(self._settled(files.chain), self._settled(files.key))
        if material == self._held.leaves[name]:
            return None
        try:
            return material, checked_leaf(material, self._purposes[name], self._clock())
        except _NotYetValidError:
            self._judged = {path: stamp for path, stamp in self._judged.items() if path != files.chain}
            raise

    def _settled(self, path: Path) -> bytes:
        stamp, data = read_settled(path, MAX_FILE_BYTES)
        if len(data) > MAX_FILE_BYTES:
            raise KeyMaterialError(f"{path} is larger than {MAX_FILE_BYTES} bytes")
        # What was read is what was judged, though it be newer than the look.
        self._seen = self._judged = {**self._judged, path: stamp}
        return data

    def _stamps(self) -> dict[Path, Stamp | None]:
        """The state of every file; ``None`` for one that is not there."""
        paths = [self._trust_file, *(path for f in self._leaf_files.values() for path in (f.chain, f.key))]
        return {path: _stamp_of(path) for path in paths}

    def _refused(self, what: str, detail: str) -> None:
        """Told once, not at every look."""
        if self._told.get(what) != detail:
            self._told[what] = detail
            _log.error("certificates.refused", what=what, detail=detail)

    def _tell_taken_up(self, before: Trust, changed: Mapping[str, str]) -> None:
        for what, digest in changed.items():
            if what == TRUST:
                old, new = ({a.id: a.common_name for a in trust.authorities} for trust in (before, self.trust))
                _log.warning(
                    "certificates.taken_up",
                    what=what,
                    digest=digest,
                    added=sorted(name for id_, name in new.items() if id_ not in old),
                    removed=sorted(name for id_, name in old.items() if id_ not in new),
                )
                continue
            identity = self.identity(what)
            _log.info(
                "certificates.taken_up",
                what=what,
                digest=digest,
                key=identity.spki,
                not_after=identity.not_after.isoformat(),
            )


def _stamp_of(path: Path) -> Stamp | None:
    try:
        return Stamp.of(path.stat())
    except OSError:
        return None


class _NotYetValidError(KeyMaterialError):
    """Only time passing makes such a certificate good: it is looked at again."""


def checked_leaf(material: LeafMaterial, purpose: Purpose, at: datetime) -> Identity:
    """The identity of a leaf that can be shown for ``purpose`` at that moment. Raises ``CertsError``.

    Who trusts it is for its peers to say: a certificate may be of an authority that we trust no more, or not yet.
    """
    leaf, *above = read_pem(material.chain)
    identity = identity_of(leaf)
    if key_from_pem(material.key).public_key() != leaf.public_key():
        raise KeyMaterialError("the key is not that of the certificate")
    if above and not was_issued_by(leaf, above[0]):
        raise KeyMaterialError("the chain's second certificate did not issue its first")
    if not purpose.profile.admits(key_uses_of(leaf.extensions), extended_uses_of(leaf.extensions)):
        raise KeyMaterialError(f"the certificate reads as {identity.usage.value}, {purpose.value} is required")
    weakness = weakness_of(leaf)
    if weakness is not None:
        raise KeyMaterialError(f"the certificate is too weak: {weakness}")
    if at > identity.not_after:
        raise KeyMaterialError(f"the certificate expired on {identity.not_after.isoformat()}")
    if at < identity.not_before:
        raise _NotYetValidError(f"the certificate is valid from {identity.not_before.isoformat()}")
    return identity
