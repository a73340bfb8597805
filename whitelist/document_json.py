"""The list and its entries as JSON, the one edge where foreign values come in.

A list has exactly one form (keys sorted, no spaces, UTF-8, moments in UTC with ``Z``): bytes that read as a list but
are not what this module would write are refused, and with them duplicate keys, other spellings and hidden content.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from certs.errors import DistinguishedNameError
from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from whitelist.canary import Canary
from whitelist.document import NO_DEFAULT, Lifted, Origin, Partner, PartnerKind, PartnerStatus, Whitelist
from whitelist.errors import DocumentError, OfficerError
from whitelist.officers import CURVE, Officer, officer_view
from whitelist.people import Person, PersonRole
from whitelist.perimeter import ALL_WORD, Perimeter

FORMAT = 1

_Model = TypeVar("_Model", bound=BaseModel)


class Strict(BaseModel):
    """No unknown member, no conversion."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _PersonJson(Strict):
    id: str
    spki: str
    roles: tuple[PersonRole, ...]
    profile: ProfileCode


class PartnerJson(Strict):
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
    people: tuple[_PersonJson, ...] = ()
    signed_vihf: bool = False

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
                people=tuple(
                    Person(id=one.id, spki=one.spki, roles=one.roles, profile=one.profile) for one in self.people
                ),
                signed_vihf=self.signed_vihf,
            )
        except (DocumentError, DistinguishedNameError) as error:
            raise DocumentError(f"partner {self.id[:40]!a}: {error}") from error


class OfficerJson(Strict):
    """An officer as written in lists, drafts and sets of officers."""

    name: str
    x: str
    person: str = ""


class _OriginJson(Strict):
    author: str
    reason: str
    base_version: int
    base_digest: str
    difference: str


class LiftedJson(Strict):
    """A stop that is ended, as written in lists and drafts."""

    stop: str
    partner: str
    until: AwareDatetime


class _CanaryKeyJson(Strict):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str


class CanaryJson(Strict):
    """The canary as written in lists and drafts; ``key`` is a public JWK."""

    partner: str
    key: _CanaryKeyJson

    def canary(self) -> Canary:
        """The canary; raises ``DocumentError``."""
        return Canary(self.partner, self.key.x)


class _WhitelistJson(Strict):
    format: int
    version: int
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    environment: str
    officers: tuple[OfficerJson, ...]
    threshold: int
    partners: tuple[PartnerJson, ...]
    officers_version: int = 1
    origin: _OriginJson | None = None
    lifted: tuple[LiftedJson, ...] = ()
    canary: CanaryJson | None = None


def read_whitelist(payload: bytes) -> Whitelist:
    """Read a list in its one form; raises ``DocumentError``."""
    file = validated(_WhitelistJson, payload)
    if file.format != FORMAT:
        raise DocumentError(f"the list has format {file.format}, {FORMAT} is understood")
    origin = file.origin
    whitelist = Whitelist(
        version=file.version,
        issued_at=file.issued_at,
        expires_at=file.expires_at,
        environment=file.environment,
        officers=officers_of(file.officers),
        threshold=file.threshold,
        partners=tuple(partner.partner() for partner in file.partners),
        officers_version=file.officers_version,
        origin=Origin(
            author=origin.author,
            reason=origin.reason,
            base_version=origin.base_version,
            base_digest=origin.base_digest,
            difference=origin.difference,
        )
        if origin
        else None,
        lifted=lifted_of(file.lifted),
        canary=file.canary.canary() if file.canary else None,
    )
    if write_whitelist(whitelist) != payload:
        raise DocumentError("the list is not written in its one form")
    return whitelist


def write_whitelist(whitelist: Whitelist) -> bytes:
    """The one form of the list. What is as it is without saying so is not said."""
    return one_form(whitelist_view(whitelist))


def whitelist_view(whitelist: Whitelist) -> dict[str, object]:
    """The list as JSON-ready values, as they are signed."""
    file: dict[str, object] = {
        "format": FORMAT,
        "version": whitelist.version,
        "issued_at": moment_text(whitelist.issued_at),
        "expires_at": moment_text(whitelist.expires_at),
        "environment": whitelist.environment,
        "officers": [officer_view(officer) for officer in whitelist.officers],
        "threshold": whitelist.threshold,
        "partners": [partner_view(partner) for partner in whitelist.partners],
    }
    if whitelist.officers_version > 1:
        file["officers_version"] = whitelist.officers_version
    if whitelist.origin is not None:
        file["origin"] = asdict(whitelist.origin)
    if whitelist.lifted:
        file["lifted"] = lifted_view(whitelist.lifted)
    if whitelist.canary is not None:
        file["canary"] = canary_view(whitelist.canary)
    return file


def one_form(value: object) -> bytes:
    """The one JSON spelling of a value: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def partner_view(partner: Partner) -> dict[str, object]:
    """The entry as JSON-ready values; ``people`` and ``signed_vihf`` only where there are any, and it is so."""
    view: dict[str, object] = {
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
        "valid_from": moment_text(partner.valid_from),
        "valid_to": moment_text(partner.valid_to),
        "status": partner.status.value,
        "contact": partner.contact,
        "comment": partner.comment,
    }
    if partner.people:
        view["people"] = [
            {
                "id": one.id,
                "spki": one.spki,
                "roles": [role.value for role in one.roles],
                "profile": one.profile.value,
            }
            for one in partner.people
        ]
    if partner.signed_vihf:
        view["signed_vihf"] = True
    return view


def lifted_of(written: Iterable[LiftedJson]) -> tuple[Lifted, ...]:
    """The lifted stops; raises ``DocumentError``."""
    return tuple(Lifted(one.stop, one.partner, one.until) for one in written)


def lifted_view(lifted: Iterable[Lifted]) -> list[dict[str, str]]:
    """The lifted stops as JSON-ready values."""
    return [{"stop": one.stop, "partner": one.partner, "until": moment_text(one.until)} for one in lifted]


def canary_view(canary: Canary) -> dict[str, object]:
    """The canary as JSON-ready values."""
    return {"partner": canary.partner, "key": {"kty": "OKP", "crv": CURVE, "x": canary.x}}


def officers_of(written: Iterable[OfficerJson]) -> tuple[Officer, ...]:
    """The officers; raises ``DocumentError``."""
    try:
        return tuple(Officer(one.name, one.x, one.person) for one in written)
    except OfficerError as error:
        raise DocumentError(str(error)) from error


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


def moment_text(moment: datetime) -> str:
    """A moment in UTC as it is written."""
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def validated(model: type[_Model], data: bytes) -> _Model:
    """The one place where the validation library's errors become ours; they never repeat a value."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "document"
        raise DocumentError(f"{ascii(where[:80])[1:-1]}: {first['msg']}") from error
