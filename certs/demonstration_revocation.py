"""Which list of the demonstration a certificate belongs on."""

from dataclasses import dataclass

from certs.demonstration_pki import load_authority
from certs.errors import HomeError, KeyMaterialError, MalformedCertificateError
from certs.home import Home
from certs.profiles import Domain
from certs.reading import read_pem
from certs.revocation.publishing import Publisher
from certs.trust import load_trust, was_issued_by

AUTHORITIES = ("root", *(domain.value.lower() for domain in Domain))


@dataclass(frozen=True, slots=True)
class Target:
    """A certificate to revoke: the authority whose list it goes on, and its serial number."""

    authority: str
    serial: int


def publisher_of(home: Home, authority: str) -> Publisher:
    """Whoever publishes the list of ``root``, ``organisations`` or ``personnes``. Raises ``CertsError``."""
    if authority not in AUTHORITIES:
        raise KeyMaterialError(f"{authority[:40]!r} is no authority of the demonstration: {', '.join(AUTHORITIES)}")
    return Publisher(home.revocation_list(authority), load_authority(home, authority), load_trust(home.trust))


def target_named(home: Home, name: str) -> Target | None:
    """The certificate of that holder or intermediate, ``None`` if there is no such name. Raises ``CertsError``.

    A holder that was renewed has older certificates; they are revoked by their serial numbers.
    """
    try:
        path = home.authority(name).certificate if name in AUTHORITIES[1:] else home.leaf(name).certificate
        certificate = read_pem(path.read_bytes())[0]
    except (FileNotFoundError, HomeError):
        return None
    except OSError as error:
        raise KeyMaterialError(f"{path} cannot be read: {error.strerror}") from error
    for authority in AUTHORITIES:
        if was_issued_by(certificate, load_authority(home, authority).certificate):
            return Target(authority, certificate.serial_number)
    raise MalformedCertificateError(f"the certificate of {name!r} is of no authority of this state folder")
