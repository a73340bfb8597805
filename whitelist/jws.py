"""The signed form: JWS general JSON serialization (RFC 7515 §7.2.1), narrowed until only one spelling is left.

- One algorithm, ``Ed25519`` (RFC 9864): one curve, deterministic, no parameters to confuse. The older name ``EdDSA``
  leaves the curve open and is deprecated. It is pinned here and never chosen by what the document says.
- The protected header is exactly ``alg``, ``kid``, ``typ``; there is no unprotected one. So no ``crit``, no ``b64``,
  no key or address of a key inside the document. ``typ`` says which kind of document is signed, so that no signature
  over one kind counts for another.
- The whole file is the compact JSON that this module writes, its signatures in the order of their headers: any other
  byte sequence is refused before a signature is looked at.
- A list carries the sets of officers that lead to it (``officers``, each of this same form) in its own file: they
  travel together or not at all.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import GeneralJSONSerialization, JWSRegistry
from joserfc.registry import HeaderParameter
from joserfc.util import json_b64decode, json_b64encode, urlsafe_b64decode

from whitelist.errors import SignatureFormError
from whitelist.officers import MAX_OFFICERS, OfficerKey

ALGORITHM = "Ed25519"
MAX_FILE_BYTES = 24 * 2**20
"""Ten thousand partners with long names take about 13 MB."""
MAX_ROTATIONS = 256
MAX_SIGNATURES = 2 * MAX_OFFICERS
"""While the officers change, those who go and those who come sign."""
_MAX_HEADER_CHARACTERS = 256


class SignedType(StrEnum):
    """What is signed; the value is the header's ``typ``."""

    WHITELIST = "inter-ror-whitelist+jws"
    OFFICERS = "inter-ror-officers+jws"
    STOP = "inter-ror-stop+jws"
    CANARY_STOP = "inter-ror-canary-stop+jws"


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
    rotations: tuple["SignedFile", ...] = ()

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

    @property
    def kids(self) -> frozenset[str]:
        """The thumbprints of the keys that claim a signature."""
        return frozenset(signature.kid for signature in self.signatures)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, whoever signed it."""
        return hashlib.sha256(self.payload).hexdigest()

    def to_bytes(self) -> bytes:
        """The file."""
        return json.dumps(self._view(), separators=(",", ":")).encode()

    def _view(self) -> dict[str, object]:
        ordered = sorted(self.signatures, key=lambda signature: signature.protected)
        head = {"officers": [rotation._view() for rotation in self.rotations]} if self.rotations else {}
        return {
            **head,
            "payload": self.encoded_payload,
            "signatures": [{"protected": one.protected, "signature": one.value} for one in ordered],
        }


def signed(
    payload: bytes,
    keys: Sequence[OfficerKey],
    type_: SignedType = SignedType.WHITELIST,
    rotations: tuple[SignedFile, ...] = (),
) -> SignedFile:
    """``payload`` signed with every key. Signing adds up: see ``with_signatures``."""
    encoded, signatures = "", []
    for key in keys:
        header = {"alg": ALGORITHM, "kid": key.officer.kid, "typ": type_.value}
        single = jws.serialize_json([{"protected": header}], payload, key.private, registry=_registry())
        encoded = single["payload"]
        signatures += [Signature(key.officer.kid, one["protected"], one["signature"]) for one in single["signatures"]]
    return SignedFile(payload, encoded, tuple(signatures), rotations)


def with_signatures(file: SignedFile, keys: Sequence[OfficerKey], type_: SignedType) -> SignedFile:
    """The same content, signed by ``keys`` too; a key that has signed already is passed over."""
    fresh = [key for key in keys if key.officer.kid not in file.kids]
    added = signed(file.payload, fresh, type_).signatures
    return SignedFile(file.payload, file.encoded_payload, (*file.signatures, *added), file.rotations)


def write_signed(payload: bytes, keys: Sequence[OfficerKey], type_: SignedType = SignedType.WHITELIST) -> bytes:
    """Sign ``payload`` with every key."""
    return signed(payload, keys, type_).to_bytes()


def read_signed(data: bytes, type_: SignedType = SignedType.WHITELIST) -> SignedFile:
    """Take a signed file apart; raises ``SignatureFormError`` for anything but its one form."""
    if len(data) > MAX_FILE_BYTES:
        raise SignatureFormError(f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        file = _taken_apart(json.loads(data), type_)
    except SignatureFormError:
        raise
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SignatureFormError("the file is no JWS in general JSON form") from error
    if file.to_bytes() != data:
        raise SignatureFormError("the file is not written in its one form")
    return file


def _taken_apart(file: dict[str, object], type_: SignedType) -> SignedFile:
    payload = file["payload"]
    written = file["signatures"]
    rotations = file.get("officers", []) if type_ is SignedType.WHITELIST else []
    if not isinstance(payload, str) or not isinstance(written, list) or not isinstance(rotations, list):
        raise SignatureFormError("the file is no JWS in general JSON form")
    if not 1 <= len(written) <= MAX_SIGNATURES:
        raise SignatureFormError(f"the file carries {len(written)} signatures")
    if len(rotations) > MAX_ROTATIONS:
        raise SignatureFormError(f"the file carries more than {MAX_ROTATIONS} sets of officers")
    signatures = tuple(_signature(entry["protected"], entry["signature"], type_) for entry in written)
    if len({signature.kid for signature in signatures}) != len(signatures):
        raise SignatureFormError("a key signs twice")
    return SignedFile(
        urlsafe_b64decode(payload.encode("ascii")),
        payload,
        signatures,
        tuple(_taken_apart(rotation, SignedType.OFFICERS) for rotation in rotations),
    )


def _signature(protected: str, value: str, type_: SignedType) -> Signature:
    if len(protected) > _MAX_HEADER_CHARACTERS:
        raise SignatureFormError("a protected header is too long")
    header = json_b64decode(protected.encode("ascii"))
    kid = header.get("kid")
    if not isinstance(kid, str) or header != {"alg": ALGORITHM, "kid": kid, "typ": type_.value}:
        raise SignatureFormError(f"a protected header is not exactly alg {ALGORITHM}, kid, typ {type_.value}")
    if json_b64encode(header) != protected.encode("ascii"):
        raise SignatureFormError("a protected header is not written in its one form")
    if not isinstance(value, str):
        raise SignatureFormError("a signature is no text")
    return Signature(kid, protected, value)


def _registry() -> JWSRegistry:
    registry = JWSRegistry(algorithms=[ALGORITHM])
    registry.header_registry = {name: HeaderParameter(name, "str", required=True) for name in ("alg", "kid", "typ")}
    registry.max_payload_length = MAX_FILE_BYTES
    return registry
