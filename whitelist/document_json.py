"""The list and its entries as JSON, the one edge where foreign values come in.

A list has exactly one form (keys sorted, no spaces, UTF-8, moments in UTC with ``Z``): bytes that read as a list but
are not what this module would write are refused, and with them duplicate keys, other spellings and hidden content.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from certs.errors import DistinguishedNameError
from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from whitelist.document import NO_DEFAULT, Partner, PartnerKind, PartnerStatus, Whitelist
from whitelist.errors import DocumentError, OfficerError
from whitelist.officers import Officer
from whitelist.perimeter import ALL_WORD, Perimeter

FORMAT = 1

_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _PartnerJson(_Strict):
    """An entry as it is written; names are RFC 4514 text, the perimeter is ``"all"`` or a list of region codes."""

    id: str
    name: str
    kind: PartnerKind
    spki: str
    issuer: str
    subject: str
    home_ror: str | None
    perimeter: str | tuple[str, ...]
    transactions: tuple[Transaction, ...]
    allowed_profiles: tuple[ProfileCode, ...]
    default_profile: ProfileCode | None = None
    max_limit: int
    quota: int
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    status: PartnerStatus
    contact: str = ""
    comment: str = ""

    def partner(self) -> Partner:
        """The entry; raises ``DocumentError``."""
        try:
            return Partner(
                id=self.id,
                name=self.name,
                kind=self.kind,
                spki=self.spki,
                issuer=_issuer(self.issuer),
                subject=DistinguishedName.parse(self.subject),
                home_ror=self.home_ror,
                perimeter=_perimeter(self.perimeter),
                transactions=self.transactions,
                allowed_profiles=self.allowed_profiles,
                default_profile=self.default_profile or NO_DEFAULT,
                max_limit=self.max_limit,
                quota=self.quota,
                valid_from=self.valid_from,
                valid_to=self.valid_to,
                status=self.status,
                contact=self.contact,
                comment=self.comment,
            )
        except (DocumentError, DistinguishedNameError) as error:
            raise DocumentError(f"partner {self.id[:40]!a}: {error}") from error


class _OfficerJson(_Strict):
    name: str
    x: str


class _WhitelistJson(_Strict):
    format: int
    version: int
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    environment: str
    officers: tuple[_OfficerJson, ...]
    threshold: int
    partners: tuple[_PartnerJson, ...]


class _DraftJson(_Strict):
    base_version: int
    partners: tuple[_PartnerJson, ...]


def read_whitelist(payload: bytes) -> Whitelist:
    """Read a list in its one form; raises ``DocumentError``."""
    file = _validated(_WhitelistJson, payload)
    if file.format != FORMAT:
        raise DocumentError(f"the list has format {file.format}, {FORMAT} is understood")
    try:
        officers = tuple(Officer(officer.name, officer.x) for officer in file.officers)
    except OfficerError as error:
        raise DocumentError(str(error)) from error
    whitelist = Whitelist(
        version=file.version,
        issued_at=file.issued_at,
        expires_at=file.expires_at,
        environment=file.environment,
        officers=officers,
        threshold=file.threshold,
        partners=tuple(partner.partner() for partner in file.partners),
    )
    if write_whitelist(whitelist) != payload:
        raise DocumentError("the list is not written in its one form")
    return whitelist


def write_whitelist(whitelist: Whitelist) -> bytes:
    """The one form of the list."""
    file = {
        "format": FORMAT,
        "version": whitelist.version,
        "issued_at": _moment(whitelist.issued_at),
        "expires_at": _moment(whitelist.expires_at),
        "environment": whitelist.environment,
        "officers": [{"name": officer.name, "x": officer.x} for officer in whitelist.officers],
        "threshold": whitelist.threshold,
        "partners": [partner_view(partner) for partner in whitelist.partners],
    }
    return json.dumps(file, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def partner_view(partner: Partner) -> dict[str, object]:
    """The entry as JSON-ready values."""
    return {
        "id": partner.id,
        "name": partner.name,
        "kind": partner.kind.value,
        "spki": partner.spki,
        "issuer": str(partner.issuer),
        "subject": str(partner.subject),
        "home_ror": partner.home_ror,
        "perimeter": partner.perimeter.codes or ALL_WORD,
        "transactions": [transaction.value for transaction in partner.transactions],
        "allowed_profiles": [code.value for code in partner.allowed_profiles],
        "default_profile": partner.default_profile.value,
        "max_limit": partner.max_limit,
        "quota": partner.quota,
        "valid_from": _moment(partner.valid_from),
        "valid_to": _moment(partner.valid_to),
        "status": partner.status.value,
        "contact": partner.contact,
        "comment": partner.comment,
    }


def read_draft_file(data: bytes) -> tuple[int, tuple[Partner, ...]]:
    """Base version and entries of a draft; officers may have edited it by hand, so its form is free."""
    file = _validated(_DraftJson, data)
    return file.base_version, tuple(partner.partner() for partner in file.partners)


def write_draft_file(base_version: int, partners: Iterable[Partner]) -> bytes:
    """A draft, indented for reading."""
    file = {"base_version": base_version, "partners": [partner_view(partner) for partner in partners]}
    return json.dumps(file, ensure_ascii=False, indent=1).encode()


@lru_cache(maxsize=64)
def _issuer(text: str) -> DistinguishedName:
    """Thousands of entries share a handful of issuers."""
    return DistinguishedName.parse(text)


def _perimeter(value: str | tuple[str, ...]) -> Perimeter:
    if isinstance(value, str):
        if value != ALL_WORD:
            raise DocumentError(f"the perimeter is {ALL_WORD!r} or a list of region codes")
        return Perimeter(None)
    if len(set(value)) != len(value):
        raise DocumentError("the perimeter names a region twice")
    return Perimeter(frozenset(value))


def _moment(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def _validated(model: type[_Model], data: bytes) -> _Model:
    """The one place where the validation library's errors become ours; they never repeat a value."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "document"
        raise DocumentError(f"{ascii(where[:80])[1:-1]}: {first['msg']}") from error
