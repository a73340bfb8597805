"""What the command line says of revocation: plain dictionaries for JSON, plain lines for people."""

from datetime import datetime

from certs.revocation.certificate_list import CertificateList
from certs.revocation.checking import RevocationVerdict
from certs.revocation.policy import RevocationPolicy
from certs.trust import Authority


def revocation_document(verdict: RevocationVerdict) -> dict[str, object]:
    """The verdict on revocation for JSON."""
    return {
        "status": verdict.status.value,
        "allowed": verdict.allowed,
        "reason": verdict.reason.value if verdict.reason else None,
        "since": instant(verdict.since) if verdict.since else None,
        "source": verdict.source.value if verdict.source else None,
        "authority": verdict.authority,
        "detail": verdict.detail or None,
        "grace_until": instant(verdict.grace.until) if verdict.grace else None,
    }


def revocation_lines(verdict: RevocationVerdict) -> list[str]:
    """The same in one line."""
    source = f" ({verdict.source.value} of {verdict.authority})" if verdict.source and not verdict.detail else ""
    detail = f": {verdict.detail}" if verdict.detail else ""
    return [f"revocation    {verdict.status.value}{source}{detail}"]


def list_document(listed: CertificateList, at: datetime) -> dict[str, object]:
    """A list for JSON, with every entry."""
    return {
        "authority": listed.authority.common_name,
        "number": f"{listed.number:x}",
        "this_update": instant(listed.this_update),
        "next_update": instant(listed.next_update),
        "freshness": listed.freshness(at).value,
        "digest": listed.digest,
        "scope": str(listed.scope),
        "revoked": [
            {
                "serial": f"{serial:x}",
                "since": instant(revocation.since) if revocation.since else None,
                "reason": revocation.reason.value,
            }
            for serial in listed.revoked
            if (revocation := listed.revoked.get(serial)) is not None
        ],
    }


def list_lines(listed: CertificateList, at: datetime, *, most: int = 20) -> list[str]:
    """The same, one line a field and one an entry, at most ``most`` of these."""
    lines = [
        f"authority     {listed.authority.common_name}",
        f"number        {listed.number}",
        f"issued        {instant(listed.this_update)}",
        f"next due      {instant(listed.next_update)}",
        f"freshness     {listed.freshness(at).value}",
        f"SHA-256       {listed.digest}",
        f"speaks of     {listed.scope}",
        f"revoked       {len(listed.revoked)}",
    ]
    for index, serial in enumerate(listed.revoked):
        revocation = listed.revoked.get(serial)
        if index == most or revocation is None:
            lines.append(f"  … and {len(listed.revoked) - most} more; --json has them all")
            break
        since = instant(revocation.since) if revocation.since else "no date"
        lines.append(f"  {serial:x}  {since}  {revocation.reason.value}")
    return lines


def status_document(
    authority: Authority, listed: CertificateList | None, policy: RevocationPolicy, at: datetime
) -> dict[str, object]:
    """What there is of one authority, for JSON."""
    grace = policy.grace(authority, listed.next_update, at) if listed is not None else None
    return {
        "authority": authority.common_name,
        "requirement": policy.requirement(authority).value,
        "scope": str(listed.scope) if listed else None,
        "number": f"{listed.number:x}" if listed else None,
        "revoked": len(listed.revoked) if listed else None,
        "next_update": instant(listed.next_update) if listed else None,
        "freshness": listed.freshness(at).value if listed else "missing",
        "grace_until": instant(grace.until) if grace else None,
        "grace_officer": grace.officer if grace else None,
    }


def status_line(document: dict[str, object]) -> str:
    """One line of the table of authorities."""
    due = document["next_update"] or "-"
    grace = (
        f"  grace until {document['grace_until']} ({document['grace_officer']})" if document["grace_until"] else ""
    )
    return (
        f"{document['authority']:<44} {document['requirement']:<12} {document['freshness']:<8} {due:<20} "
        f"{'-' if document['revoked'] is None else document['revoked']:>7} revoked{grace}"
    )


def instant(moment: datetime) -> str:
    """A moment to the second, with ``Z``."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
