"""The rules of text in a list: ids, names, reasons, hashes, which terminals, pages, logs and spreadsheets show."""

import re
import unicodedata

from whitelist.errors import DocumentError

MAX_REASON_CHARACTERS = 400
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LAST_LETTER = "\u017f"
"""Latin-1 and Latin Extended-A: all that French and its neighbours write, and none of the look-alikes beyond."""


def check_id(value: str, what: str) -> None:
    """Raise ``DocumentError`` unless ``value`` is lower-case ASCII letters, digits and inner hyphens, at most 63."""
    if not _ID.fullmatch(value):
        raise DocumentError(f"{what} {value[:40]!a} is not made of a-z, 0-9 and inner hyphens")


def check_text(value: str, what: str, longest: int, *, required: bool = False) -> None:
    """Raise ``DocumentError`` for text that is too long, moves a cursor, turns the reading round or hides."""
    if len(value) > longest:
        raise DocumentError(f"the {what} is longer than {longest} characters")
    if value != value.strip() or (required and not value):
        raise DocumentError(f"the {what} is empty or has spaces around it")
    if any(unicodedata.category(character) in _UNPRINTABLE for character in value):
        raise DocumentError(f"the {what} holds control or invisible characters")
    if not unicodedata.is_normalized("NFC", value):
        raise DocumentError(f"the {what} is not in Unicode's normal form C")


def check_reason(value: str) -> None:
    """Raise ``DocumentError`` unless ``value`` says why, in one line."""
    check_text(value, "reason", MAX_REASON_CHARACTERS, required=True)


def check_letters(value: str, what: str) -> None:
    """Raise ``DocumentError`` for a letter or mark of another script: a Cyrillic ``А`` is how an impostor looks."""
    for character in "" if value.isascii() else value:
        if unicodedata.category(character)[0] not in "LM" or character in "ªº":
            continue
        if character > _LAST_LETTER or not unicodedata.name(character, "").startswith("LATIN"):
            raise DocumentError(f"the {what} holds {character!a}, which is no letter of the French writing")


def check_sha256(value: str, what: str) -> None:
    """Raise ``DocumentError`` unless ``value`` is a SHA-256 in lower-case hexadecimal."""
    if not _SHA256.fullmatch(value):
        raise DocumentError(f"{what} is not 64 lower-case hexadecimal digits")
