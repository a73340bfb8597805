"""How an officer is told in the audit log: by a key's thumbprint, or the digest of a name that no list knows."""

from certs.audit.acting import unlisted
from whitelist.document import Whitelist


def officer_mark(name: str, whitelist: Whitelist | None) -> str:
    """The thumbprint of the officer of that name; a digest where the name is none's, for it may be a person's."""
    known = next((one.kid for one in whitelist.officers if one.name == name), None) if whitelist else None
    return known or unlisted(name)
