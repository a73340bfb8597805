"""The certificates that officers are handed: a partner's, a person's; the wrong kind of certificate is refused."""

import hashlib
from datetime import datetime
from pathlib import Path

from certs.errors import CertsError
from certs.identity import Identity, identity_of
from certs.profiles import Usage
from certs.reading import MAX_PEM_BYTES, read_pem
from whitelist.errors import CertificateRefusedError
from whitelist.files import read_whole


def read_client(path: Path, now: datetime) -> Identity:
    """The holder that a PEM file names: its first certificate, which must be an organisation's for clients."""
    return _read(path, now, Usage.ORG_AUTH_CLI, "a partner")


def read_person(path: Path, now: datetime) -> Identity:
    """The person that a PEM file names: its first certificate, which must be of the domain Personnes."""
    return _read(path, now, Usage.PERSONNES, "a person")


def person_digest(identity: Identity) -> str:
    """What tells one person from another without a name: SHA-256 of the identifier in the certificate's ``CN``."""
    identifier = identity.subject.common_name
    if identifier is None:
        raise CertificateRefusedError("the certificate names nobody: it has no CN")
    return hashlib.sha256(identifier.encode()).hexdigest()


def _read(path: Path, now: datetime, usage: Usage, who: str) -> Identity:
    try:
        identity = identity_of(read_pem(read_whole(path, MAX_PEM_BYTES))[0])
    except CertsError as error:
        raise CertificateRefusedError(f"{path}: {error}") from error
    if identity.usage is not usage:
        raise CertificateRefusedError(f"{path} is {identity.usage.value}, {who} shows {usage.value}")
    if identity.not_after <= now:
        raise CertificateRefusedError(f"{path} expired on {identity.not_after.isoformat()}")
    return identity
