"""Signed notes: a text and the signatures under it (C2SP signed-note), the form of tree heads and their witnesses.

A line of signature is ``— <name> <base64 of four bytes of key id, then the signature>``. Nothing here knows keys; a
note is taken apart and put together, no more.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ror.audit.errors import AuditFormError

MAX_NOTE_BYTES = 16_384
MAX_SIGNATURES = 64
KEY_ID_BYTES = 4
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9./_-]{0,126}[a-z0-9])?", re.ASCII)
_MARK = "— "


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """Who signs, by name and key id, and the bytes of the signature."""

    name: str
    key_id: bytes
    value: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.key_id) != KEY_ID_BYTES or not 1 <= len(self.value) <= 256:
            raise AuditFormError("a signature of the wrong length")

    @property
    def line(self) -> str:
        """The line as it stands in the note, without newline."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.value).decode('ascii')}"

    @classmethod
    def read(cls, line: str) -> "NoteSignature":
        """Read one line. Raises ``AuditFormError``."""
        name, _, value = line.removeprefix(_MARK).partition(" ")
        data = read_base64(value)
        signature = cls(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
        if signature.line != line:
            raise AuditFormError("a line of signature that is not in its one spelling")
        return signature


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text that ends in a newline, and the signatures under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @property
    def document(self) -> str:
        """The whole note."""
        return self.text + "\n" + "".join(f"{signature.line}\n" for signature in self.signatures)

    @classmethod
    def read(cls, document: str) -> "SignedNote":
        """Take a note apart; nothing of it is trusted yet. Raises ``AuditFormError``."""
        if len(document.encode("utf-8", "replace")) > MAX_NOTE_BYTES:
            raise AuditFormError(f"a note is larger than {MAX_NOTE_BYTES} bytes")
        text, blank, lines = document.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise AuditFormError("not a signed note")
        signatures = tuple(NoteSignature.read(line) for line in lines[:-1].split("\n"))
        if len(signatures) > MAX_SIGNATURES or len({(one.name, one.key_id) for one in signatures}) < len(signatures):
            raise AuditFormError("a note with too many signatures, or two of one key")
        return cls(text + "\n", signatures)

    def with_signatures(self, more: Iterable[NoteSignature]) -> "SignedNote":
        """The note with these signatures added; one key's newer signature replaces its older one."""
        by_key = {(one.name, one.key_id): one for one in (*self.signatures, *more)}
        return SignedNote(self.text, tuple(by_key.values()))


def check_name(name: str) -> None:
    """Raise ``AuditFormError`` unless ``name`` can name a log or a witness: ``host/audit/…``, lower case."""
    if not _NAME.fullmatch(name):
        raise AuditFormError(f"{name[:80]!a} is no name of a log or witness")


def read_base64(text: str) -> bytes:
    """Standard base64 in its one spelling. Raises ``AuditFormError``."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise AuditFormError("not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise AuditFormError("not base64 in its one spelling")
    return data
