"""The officers who sign the list: their public keys, the local file that pins them, their private keys.

The trust file is the root of trust of a gateway or node. It is made when the list is set up and changed by hand only:
what a list says of its officers never adds to it.
"""

import base64
import re
from dataclasses import dataclass, field
from typing import Literal

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, ValidationError

from whitelist.errors import OfficerError

CURVE: Literal["Ed25519"] = "Ed25519"
MAX_OFFICERS = 32
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer's name and Ed25519 public key (``x``, base64url); ``kid`` is the key's RFC 7638 thumbprint."""

    name: str
    x: str
    kid: str = field(init=False)
    _key: OKPKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise OfficerError(f"the officer's name {self.name[:40]!a} is not made of a-z, 0-9 and inner hyphens")
        key = _import_key({"kty": "OKP", "crv": CURVE, "x": self.x})
        object.__setattr__(self, "kid", key.thumbprint())
        object.__setattr__(self, "_key", key)

    @property
    def key(self) -> OKPKey:
        """The public key, for the signature library."""
        return self._key


@dataclass(frozen=True, slots=True)
class OfficerKey:
    """An officer with the private key; only whoever signs has one."""

    officer: Officer
    private: OKPKey = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> "OfficerKey":
        """A new key for the officer of that name."""
        return cls._of(name, OKPKey.generate_key(CURVE))

    @classmethod
    def from_json(cls, name: str, data: bytes) -> "OfficerKey":
        """Read a private JWK; raises ``OfficerError``."""
        try:
            jwk = _PrivateJwk.model_validate_json(data)
        except ValidationError as error:
            raise OfficerError(f"the key of officer {name!r} is no private Ed25519 JWK") from error
        key = _import_key(jwk.model_dump())
        private = key.get_op_key("sign")
        if _base64url(private.public_key().public_bytes_raw()) != jwk.x:
            raise OfficerError(f"the two halves of the key of officer {name!r} do not belong together")
        return cls._of(name, key)

    def to_json(self) -> bytes:
        """The private JWK; the file's mode 0600 is what guards it."""
        return _PrivateJwk.model_validate(self.private.as_dict(private=True)).model_dump_json(indent=1).encode()

    @classmethod
    def _of(cls, name: str, key: OKPKey) -> "OfficerKey":
        return cls(Officer(name, str(key.as_dict(private=False)["x"])), key)


@dataclass(frozen=True, slots=True)
class OfficerTrust:
    """What a reader of the list pins: the environment it works in, the officers, how many of them must sign."""

    environment: str
    threshold: int
    officers: tuple[Officer, ...]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.environment):
            raise OfficerError(f"the environment {self.environment[:40]!a} is not made of a-z, 0-9 and hyphens")
        if not 1 <= len(self.officers) <= MAX_OFFICERS:
            raise OfficerError(f"there are between 1 and {MAX_OFFICERS} officers")
        for what, values in (
            ("name", {officer.name for officer in self.officers}),
            ("key", {officer.kid for officer in self.officers}),
        ):
            if len(values) != len(self.officers):
                raise OfficerError(f"two officers have the same {what}")
        if not 1 <= self.threshold <= len(self.officers):
            raise OfficerError("the threshold is not between 1 and the number of officers")

    @classmethod
    def from_json(cls, data: bytes) -> "OfficerTrust":
        """Read the trust file; raises ``OfficerError``."""
        try:
            file = _TrustFile.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise OfficerError(f"the file of officers is not one: {where[:60]!a}: {first['msg']}") from error
        officers = tuple(Officer(one.name, one.x) for one in file.officers)
        if any(officer.kid != one.kid for officer, one in zip(officers, file.officers, strict=True)):
            raise OfficerError("a kid in the file of officers is not its key's thumbprint")
        return cls(file.environment, file.threshold, officers)

    def to_json(self) -> bytes:
        """The trust file."""
        officers = tuple(_PinnedOfficer(name=officer.name, kid=officer.kid, x=officer.x) for officer in self.officers)
        file = _TrustFile(environment=self.environment, threshold=self.threshold, officers=officers)
        return file.model_dump_json(indent=1).encode()

    def officer_of(self, kid: str) -> Officer | None:
        """The pinned officer whose key has that thumbprint."""
        return next((officer for officer in self.officers if officer.kid == kid), None)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _PrivateJwk(_Strict):
    kty: str
    crv: str
    x: str
    d: str


class _PinnedOfficer(_Strict):
    name: str
    kid: str
    x: str


class _TrustFile(_Strict):
    environment: str
    threshold: int
    officers: tuple[_PinnedOfficer, ...]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _import_key(jwk: dict[str, str | list[str]]) -> OKPKey:
    """The one place where the library's key errors become ours."""
    try:
        key = OKPKey.import_key(jwk)
        if key.curve_name != CURVE:
            raise OfficerError(f"an officer's key is on {CURVE}, nothing else")
        key.thumbprint()
        key.get_op_key("verify")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OfficerError(f"an officer's key cannot be read: {type(error).__name__}") from error
    return key
