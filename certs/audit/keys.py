"""Ed25519 keys of logs and witnesses, in the C2SP forms: a public key is one line of text, ``name+id+base64``.

A log signs the text of its head. A witness signs the text with the time at which it looked (cosignature/v1), so
that its word cannot be mistaken for the log's own and tells how fresh it is.
"""

import base64
import json
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certs.errors import KeyMaterialError
from ror.audit.errors import AuditFormError
from ror.audit.note import KEY_ID_BYTES, check_name, read_base64


class KeyUse(IntEnum):
    """What a key is for: the byte that its id and its text carry."""

    LOG = 1
    WITNESS = 4


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A log's or witness' public key under its name."""

    name: str
    use: KeyUse
    public: bytes
    key_id: bytes = field(init=False)
    _key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            check_name(self.name)
            object.__setattr__(self, "_key", Ed25519PublicKey.from_public_bytes(self.public))
        except (AuditFormError, ValueError) as error:
            raise KeyMaterialError(f"a public key of a log or witness cannot be used: {error}") from error
        digest = sha256(self.name.encode() + b"\n" + bytes([self.use]) + self.public).digest()
        object.__setattr__(self, "key_id", digest[:KEY_ID_BYTES])

    @property
    def text(self) -> str:
        """The key as one line, to hand out."""
        data = base64.b64encode(bytes([self.use]) + self.public).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{data}"

    @classmethod
    def read(cls, text: str) -> "PublicKey":
        """Read such a line. Raises ``KeyMaterialError``."""
        parts = text.strip().split("+", 2)
        try:
            data = read_base64(parts[2])
            key = cls(parts[0], KeyUse(data[0]), data[1:])
        except (AuditFormError, ValueError, IndexError) as error:
            raise KeyMaterialError(f"{text[:60]!a} is no public key of a log or witness") from error
        if key.text != text.strip():
            raise KeyMaterialError(f"the id of the key {parts[0][:60]!a} does not belong to it")
        return key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed ``message``."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A log's or witness' private key; the file's mode 0600 is what guards it."""

    public: PublicKey
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls, name: str, use: KeyUse) -> "PrivateKey":
        """A new key."""
        return cls._of(name, use, Ed25519PrivateKey.generate())

    @classmethod
    def from_json(cls, data: bytes) -> "PrivateKey":
        """Read what ``to_json`` wrote. Raises ``KeyMaterialError``."""
        try:
            found = json.loads(data)
            seed = base64.b64decode(found["seed"], validate=True)
            key = cls._of(found["name"], KeyUse(found["use"]), Ed25519PrivateKey.from_private_bytes(seed))
        except KeyMaterialError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise KeyMaterialError("the private key of the log or witness cannot be read") from error
        if key.public.text != found.get("public"):
            raise KeyMaterialError("the two halves of the key of the log or witness do not belong together")
        return key

    def to_json(self) -> bytes:
        """The private key with its public half, as JSON."""
        seed = base64.b64encode(self._key.private_bytes_raw()).decode("ascii")
        public = self.public
        return json.dumps(
            {"name": public.name, "use": int(public.use), "public": public.text, "seed": seed}, indent=1
        ).encode()

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        return self._key.sign(message)

    @classmethod
    def _of(cls, name: str, use: KeyUse, key: Ed25519PrivateKey) -> "PrivateKey":
        return cls(PublicKey(name, use, key.public_key().public_bytes_raw()), key)
