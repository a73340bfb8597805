"""What the command line says of certificates and verdicts: plain dictionaries for JSON, plain lines for people."""

from collections.abc import Mapping
from datetime import datetime

from certs.identity import Identity
from certs.profiles import Purpose
from certs.verification import Verdict

_LABELS = {
    "subject": "subject",
    "issuer": "issuer",
    "usage": "usage",
    "organisation_id": "organisation",
    "server_names": "server names",
    "not_before": "valid from",
    "not_after": "valid until",
    "serial": "serial",
    "fingerprint": "SHA-256",
    "spki": "public key",
}


def identity_document(identity: Identity) -> dict[str, object]:
    """The identity for JSON; the serial in hex, since it is larger than what JSON numbers carry."""
    return {
        "subject": str(identity.subject),
        "issuer": str(identity.issuer),
        "usage": identity.usage.value,
        "organisation_id": identity.organisation_id,
        "server_names": list(identity.server_names),
        "not_before": _instant(identity.not_before),
        "not_after": _instant(identity.not_after),
        "serial": f"{identity.serial:x}",
        "fingerprint": identity.fingerprint,
        "spki": identity.spki,
    }


def identity_lines(identity: Identity) -> list[str]:
    """The same, one labelled line a field, empty fields left out."""
    document = identity_document(identity)
    return [f"{label:<13} {_plain(document[field])}" for field, label in _LABELS.items() if document[field]]


def verdict_document(verdict: Verdict, purpose: Purpose, at: datetime) -> dict[str, object]:
    """The verdict for JSON; ``message`` is the French sentence that a partner would read."""
    return {
        "ok": verdict.ok,
        "purpose": purpose.value,
        "profile": purpose.profile.usage.value,
        "at": _instant(at),
        "reason": verdict.reason.slug if verdict.reason else None,
        "message": verdict.reason.message if verdict.reason else None,
        "detail": verdict.detail or None,
        "domain": verdict.domain.value if verdict.domain else None,
        "certificate": identity_document(verdict.identity) if verdict.identity else None,
    }


def verdict_lines(verdict: Verdict, purpose: Purpose, at: datetime) -> list[str]:
    """The verdict in words."""
    asked = f"as a {purpose.value} ({purpose.profile.usage.value}) at {_instant(at)}"
    if verdict.reason is None:
        until = f", until {_instant(verdict.valid_until)}" if verdict.valid_until else ""
        lines = [f"accepted {asked}{until}"]
    else:
        lines = [f"refused {asked}", f"{verdict.reason.slug}: {verdict.detail}", verdict.reason.message]
    return [*lines, *(identity_lines(verdict.identity) if verdict.identity else ())]


def expiry_line(entry: Mapping[str, object]) -> str:
    """One line of the list of certificates about to expire: name, date, days left."""
    return f"{entry['name']:<24} {entry['not_after']}  {entry['days_left']} days"


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
