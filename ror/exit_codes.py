"""What the command's exit code says, the same for every command."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of ``ror``."""

    COMPLETE = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    PARTIAL = 4
    NO_ROR_ANSWERED = 5
    INVALID_INPUT = 6
    TRUST_EXPIRED = 7


_EXPIRED_SLUGS = frozenset(
    {"certificate.expired", "certificate.revocation-unknown", "partner.expired", "service.whitelist-unusable"}
)
_BAD_INPUT_NUMBERS = frozenset({400, 404, 413, 415})


def exit_of_fault(number: int | None, slug: str | None) -> Exit:
    """The exit code that tells a fault."""
    if slug == "federation.no-answer":
        return Exit.NO_ROR_ANSWERED
    if slug == "federation.coverage-insufficient":
        return Exit.PARTIAL
    if slug in _EXPIRED_SLUGS:
        return Exit.TRUST_EXPIRED
    if number in {401, 403}:
        return Exit.REFUSED
    return Exit.INVALID_INPUT if number in _BAD_INPUT_NUMBERS else Exit.UNEXPECTED
