"""The partner that a command asks as: its certificate in the state folder, and the profile that it claims."""

import ssl
from dataclasses import dataclass

from certs.errors import KeyMaterialError
from certs.home import Home
from certs.identity import identity_from_pem
from certs.keys import key_from_pem
from certs.material import read_file
from certs.tls import client_context
from certs.xml_signing import VihfSigner
from gateway.asking import Caller


@dataclass(frozen=True, slots=True)
class AskingPartner:
    """Who asks, and the TLS context that shows its certificate."""

    caller: Caller
    context: ssl.SSLContext

    @classmethod
    def of_home(
        cls, home: Home, partner: str, profile_code: str | None, *, sign_vihf: bool = False
    ) -> "AskingPartner":
        """The partner whose leaf lies in ``home``; raises ``CertsError`` where there is none that can be used."""
        leaf = home.leaf(f"partner-{partner}")
        try:
            identity = identity_from_pem(leaf.certificate.read_bytes())
        except OSError as error:
            raise KeyMaterialError(
                f"no certificate of partner {partner!r}: {error.strerror}: {leaf.folder}"
            ) from error
        caller = Caller(
            issuer=str(identity.subject),
            subject_id=f"{identity.organisation_id or partner}/1",
            profile_code=profile_code,
            sign=VihfSigner(key_from_pem(read_file(leaf.key))) if sign_vihf else None,
        )
        return cls(caller, client_context(leaf.chain, leaf.key, home.trust))
