"""The signed form: JWS general JSON serialization (RFC 7515 §7.2.1), narrowed until only one spelling is left.

- One algorithm, ``Ed25519`` (RFC 9864): one curve, deterministic, no parameters to confuse. The older name ``EdDSA``
  leaves the curve open and is deprecated. It is pinned here and never chosen by what the document says.
- The protected header is exactly ``alg``, ``kid``, ``typ``; there is no unprotected one. So no ``crit``, no ``b64``,
  no key or address of a key inside the document.
- The whole file is the compact JSON that this module writes, its signatures in the order of their headers: any other
  byte sequence is refused before a signature is looked at.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import GeneralJSONSerialization, JWSRegistry
from joserfc.registry import HeaderParameter
from joserfc.util import json_b64decode, json_b64encode, urlsafe_b64decode

from whitelist.errors import SignatureFormError
from whitelist.officers import MAX_OFFICERS, OfficerKey

ALGORITHM = "Ed25519"
TYPE = "inter-ror-whitelist+jws"
MAX_FILE_BYTES = 24 * 2**20
"""Ten thousand partners with long names take about 13 MB."""
_MAX_HEADER_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: the thumbprint of the key that claims it, and its two parts as they stand in the file."""

    kid: str
    protected: str
    value: str


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed file taken apart. Nothing of it is trusted before ``is_signed_by`` says so."""

    payload: bytes
    encoded_payload: str
    signatures: tuple[Signature, ...]

    def is_signed_by(self, signature: Signature, key: OKPKey) -> bool:
        """Whether ``key`` made ``signature`` over this payload."""
        single: GeneralJSONSerialization = {
            "payload": self.encoded_payload,
            "signatures": [{"protected": signature.protected, "signature": signature.value}],
        }
        try:
            jws.deserialize_json(single, key, registry=_registry())
        except (JoseError, ValueError, TypeError):
            return False
        return True


def write_signed(payload: bytes, keys: Sequence[OfficerKey]) -> bytes:
    """Sign ``payload`` with every key."""
    signed: GeneralJSONSerialization = {"payload": "", "signatures": []}
    for key in keys:
        header = {"alg": ALGORITHM, "kid": key.officer.kid, "typ": TYPE}
        single = jws.serialize_json([{"protected": header}], payload, key.private, registry=_registry())
        signed["payload"] = single["payload"]
        signed["signatures"].extend(single["signatures"])
    pairs = [Signature("", entry["protected"], entry["signature"]) for entry in signed["signatures"]]
    return _encoded(signed["payload"], pairs)


def read_signed(data: bytes) -> SignedFile:
    """Take a signed file apart; raises ``SignatureFormError`` for anything but its one form."""
    if len(data) > MAX_FILE_BYTES:
        raise SignatureFormError(f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        file = json.loads(data)
        payload = file["payload"]
        signatures = tuple(_signature(entry["protected"], entry["signature"]) for entry in file["signatures"])
        decoded = urlsafe_b64decode(payload.encode("ascii"))
    except SignatureFormError:
        raise
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SignatureFormError("the file is no JWS in general JSON form") from error
    if not 1 <= len(signatures) <= MAX_OFFICERS:
        raise SignatureFormError(f"the file carries {len(signatures)} signatures")
    if len({signature.kid for signature in signatures}) != len(signatures):
        raise SignatureFormError("a key signs twice")
    if _encoded(payload, signatures) != data:
        raise SignatureFormError("the file is not written in its one form")
    return SignedFile(decoded, payload, signatures)


def _signature(protected: str, value: str) -> Signature:
    if len(protected) > _MAX_HEADER_CHARACTERS:
        raise SignatureFormError("a protected header is too long")
    header = json_b64decode(protected.encode("ascii"))
    kid = header.get("kid")
    if not isinstance(kid, str) or header != {"alg": ALGORITHM, "kid": kid, "typ": TYPE}:
        raise SignatureFormError(f"a protected header is not exactly alg {ALGORITHM}, kid, typ {TYPE}")
    if json_b64encode(header) != protected.encode("ascii"):
        raise SignatureFormError("a protected header is not written in its one form")
    return Signature(kid, protected, value)


def _encoded(payload: str, signatures: Sequence[Signature]) -> bytes:
    ordered = sorted(signatures, key=lambda signature: signature.protected)
    file = {
        "payload": payload,
        "signatures": [{"protected": one.protected, "signature": one.value} for one in ordered],
    }
    return json.dumps(file, separators=(",", ":")).encode()


def _registry() -> JWSRegistry:
    registry = JWSRegistry(algorithms=[ALGORITHM])
    registry.header_registry = {name: HeaderParameter(name, "str", required=True) for name in ("alg", "kid", "typ")}
    registry.max_payload_length = MAX_FILE_BYTES
    return registry
