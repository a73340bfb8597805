"""The officers who sign the list: their public keys, the local file that pins them, their private keys.

The trust file is the root of trust of a gateway or node. It is made when the list is set up and changed by hand only.
Later sets of officers are followed from it through ``whitelist.rotation``; what a list itself says never adds to it.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Literal

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, ValidationError

from whitelist.errors import OfficerError

CURVE: Literal["Ed25519"] = "Ed25519"
MAX_OFFICERS = 32
MAX_OFFICERS_VERSION = 2**31 - 1
_PERSON = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer's name and Ed25519 public key (``x``, base64url); ``kid`` is the key's RFC 7638 thumbprint.

    ``person`` is the SHA-256 of the identifier in the officer's own certificate (its ``CN``), empty if none was
    shown: one person with two names is found by it.
    """

    name: str
    x: str
    person: str = ""
    kid: str = field(init=False)
    _key: OKPKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise OfficerError(f"the officer's name {self.name[:40]!a} is not made of a-z, 0-9 and inner hyphens")
        if not _PERSON.fullmatch(self.person):
            raise OfficerError(f"the person behind officer {self.name} is no SHA-256")
        key = _import_key({"kty": "OKP", "crv": CURVE, "x": self.x})
        if _base64url(key.get_op_key("verify").public_bytes_raw()) != self.x:
            raise OfficerError(f"the key of officer {self.name} is not written in its one form")
        object.__setattr__(self, "kid", key.thumbprint())
        object.__setattr__(self, "_key", key)

    @property
    def key(self) -> OKPKey:
        """The public key, for the signature library."""
        return self._key

    def is_same_person(self, other: "Officer") -> bool:
        """Whether both are one human being, as far as name, key and certificate tell."""
        return self.name == other.name or self.kid == other.kid or (self.person == other.person and self.person != "")


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


def public_json(officer: Officer) -> dict[str, str]:
    """The public half as JSON-ready values, for those who are to list it."""
    return {"name": officer.name, "kid": officer.kid, "x": officer.x}


def read_public(data: bytes) -> Officer:
    """Read what ``public_json`` said; raises ``OfficerError``."""
    try:
        file = _PinnedOfficer.model_validate_json(data)
    except ValidationError as error:
        raise OfficerError("this is no officer's public key: `ror whitelist officers key` writes one") from error
    officer = Officer(file.name, file.x)
    if officer.kid != file.kid:
        raise OfficerError("the kid is not the key's thumbprint")
    return officer


@dataclass(frozen=True, slots=True)
class OfficerTrust:
    """A set of officers: the environment it works in, who they are, how many of them must sign.

    Sets are numbered by ``version``; the first is pinned, each later one is vouched for by the one before it.
    """

    environment: str
    threshold: int
    officers: tuple[Officer, ...]
    version: int = 1

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.environment):
            raise OfficerError(f"the environment {self.environment[:40]!a} is not made of a-z, 0-9 and hyphens")
        if not 1 <= len(self.officers) <= MAX_OFFICERS:
            raise OfficerError(f"there are between 1 and {MAX_OFFICERS} officers")
        for what, values in (
            ("name", {officer.name for officer in self.officers}),
            ("key", {officer.kid for officer in self.officers}),
            ("person behind them", {officer.person or officer.name for officer in self.officers}),
        ):
            if len(values) != len(self.officers):
                raise OfficerError(f"two officers have the same {what}")
        if isinstance(self.version, bool) or not 1 <= self.version <= MAX_OFFICERS_VERSION:
            raise OfficerError(f"the officers' version is not between 1 and {MAX_OFFICERS_VERSION}")
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
        officers = tuple(Officer(one.name, one.x, one.person) for one in file.officers)
        if any(officer.kid != one.kid for officer, one in zip(officers, file.officers, strict=True)):
            raise OfficerError("a kid in the file of officers is not its key's thumbprint")
        return cls(file.environment, file.threshold, officers, file.version)

    def to_json(self) -> bytes:
        """The trust file."""
        officers = tuple(
            _PinnedOfficer(name=officer.name, kid=officer.kid, x=officer.x, person=officer.person)
            for officer in self.officers
        )
        file = _TrustFile(
            environment=self.environment, version=self.version, threshold=self.threshold, officers=officers
        )
        return file.model_dump_json(indent=1, exclude_defaults=True).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of what makes this set: two sets of one version must not differ."""
        facts = [self.environment, self.version, self.threshold, [officer_view(one) for one in self.officers]]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def officer_of(self, kid: str) -> Officer | None:
        """The officer of this set whose key has that thumbprint."""
        return next((officer for officer in self.officers if officer.kid == kid), None)

    def named(self, name: str) -> Officer | None:
        """The officer of this set with that name."""
        return next((officer for officer in self.officers if officer.name == name), None)


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
    person: str = ""


class _TrustFile(_Strict):
    environment: str
    version: int = 1
    threshold: int
    officers: tuple[_PinnedOfficer, ...]


def officer_view(officer: Officer) -> dict[str, str]:
    """The officer as JSON-ready values, ``person`` only where it is known."""
    return {"name": officer.name, "x": officer.x} | ({"person": officer.person} if officer.person else {})


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
