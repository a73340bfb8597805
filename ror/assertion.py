"""The SAML 2.0 assertion that carries a VIHF: its id, the moments it tells, whether it is signed.

Read, though odd: an ``ID`` that is a bare UUID; moments without a zone (SAML means UTC by them), with an offset, or
in a leap second. ``IssueInstant`` is SAML's and is required; ``Conditions`` may be left out. Refused: a second
assertion anywhere, anything encrypted, a condition that is not known. Whether the moments fit the clock is
``ror.freshness``, whether the signature holds ``certs.xml_signature``.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from ror import namespaces
from ror.vihf import VERSION, Vihf, invalid, only_child, read_content
from ror.xml_parser import REQUEST_LIMITS, Element, local_name, parse, tag

SIGNATURE: Final = f"{{{namespaces.XMLDSIG}}}Signature"

_SAML = f"{{{namespaces.SAML}}}"
_ASSERTION = f"{_SAML}Assertion"
_LONGEST_ID = 256
_CONDITIONS = frozenset(f"{_SAML}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction"))
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?P<zone>Z|[+-](?:0\d|1[0-4]):[0-5]\d)?", re.ASCII
)
_YEARS = range(1970, 9000)
"""What a clock may show; outside, sums with a window would overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """An assertion and the VIHF in it. Moments are UTC; ``valid_from`` and ``valid_until`` stand in ``Conditions``.

    ``element`` is what was read, for whoever has to look at its signature.
    """

    id: str
    issued_at: datetime
    valid_from: datetime | None
    valid_until: datetime | None
    authenticated_at: datetime | None
    vihf: Vihf
    element: Element = field(compare=False, repr=False)

    @property
    def is_signed(self) -> bool:
        """Whether the message holds a signature beside or in the assertion; it may be anything but a good one."""
        return next(self.element.getroottree().getroot().iter(SIGNATURE), None) is not None


def read_assertion(security: Element) -> Assertion:
    """Read the one assertion of a ``wsse:Security`` block.

    Raises:
        FaultError: ``vihf.invalid``, whatever is wrong with it.
    """
    for element in security.iter():
        if local_name(element).startswith("Encrypted"):
            raise invalid("une assertion chiffrée n'est pas prise en charge")
    direct = security.findall(_ASSERTION)
    everywhere = sum(1 for _ in security.iter(_ASSERTION))
    if len(direct) != 1 or everywhere != 1:
        raise invalid("il faut une assertion SAML 2.0, et une seule")
    return _read(direct[0])


def read_signed(data: bytes) -> Assertion:
    """Read the assertion out of the bytes that a signature covers, and of nothing else.

    Raises:
        FaultError: ``vihf.invalid``, or the parser's.
    """
    root = parse(data, REQUEST_LIMITS)
    if tag(root) != _ASSERTION:
        raise invalid("ce qui est signé n'est pas une assertion SAML 2.0")
    return _read(root)


def _read(assertion: Element) -> Assertion:
    if assertion.get("Version") != VERSION:
        raise invalid("la version SAML n'est pas 2.0")
    id_ = (assertion.get("ID") or "").strip()
    if not 0 < len(id_) <= _LONGEST_ID:
        raise invalid("l'identifiant de l'assertion manque")
    issued_at = _moment(assertion, "IssueInstant")
    if issued_at is None:
        raise invalid("la date d'émission manque")
    valid_from, valid_until = _conditions(assertion)
    return Assertion(
        id=id_,
        issued_at=issued_at,
        valid_from=valid_from,
        valid_until=valid_until,
        authenticated_at=_moment(only_child(assertion, "AuthnStatement"), "AuthnInstant"),
        vihf=read_content(assertion),
        element=assertion,
    )


def _conditions(assertion: Element) -> tuple[datetime | None, datetime | None]:
    """The bounds that ``Conditions`` set. An audience is passed over: who shows the assertion is its issuer."""
    found = assertion.findall(f"{_SAML}Conditions")
    if not found:
        return None, None
    if len(found) > 1:
        raise invalid("l'élément Conditions est répété")
    if any(condition.tag not in _CONDITIONS for condition in found[0]):
        raise invalid("une condition n'est pas prise en charge")
    start, end = _moment(found[0], "NotBefore"), _moment(found[0], "NotOnOrAfter")
    if start is not None and end is not None and start >= end:
        raise invalid("sa validité finit avant de commencer")
    return start, end


def _moment(element: Element, attribute: str) -> datetime | None:
    """A SAML moment in UTC; ``None`` where there is none. Raises ``FaultError`` for one that is no moment."""
    text = element.get(attribute)
    if text is None:
        return None
    try:
        moment = _utc(text.strip())
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.year not in _YEARS:
        raise invalid(f"la date {attribute} n'est pas valide")
    return moment


def _utc(text: str) -> datetime | None:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    leap = text[13:19] == ":59:60"
    moment = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if leap else text)
    moment = moment.replace(tzinfo=UTC) if match["zone"] is None else moment.astimezone(UTC)
    return moment + timedelta(seconds=leap)
