"""Signed heads from elsewhere, in whatever file they were kept: a note, a receipt, what a node has witnessed."""

import json
from collections.abc import Iterator

from ror.audit.errors import AuditFormError
from ror.audit.note import SignedNote
from ror.audit.receipt import Receipt


def heads_in(data: bytes) -> tuple[SignedNote, ...]:
    """The heads that a file holds; nothing of them is trusted yet. Raises ``AuditFormError``."""
    if not data.startswith(b"{"):
        return (SignedNote.read(data.decode("utf-8", "replace")),)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AuditFormError("neither a head nor a receipt nor what a node has witnessed") from error
    if isinstance(found, dict) and "logs" in found:
        return tuple(_witnessed(found["logs"]))
    return (Receipt.read(data).head,)


def _witnessed(logs: object) -> Iterator[SignedNote]:
    """A node's last heads, and those that it refused for they contradict them."""
    try:
        for log in logs if isinstance(logs, list) else ():
            for document in (log["note"], *log["contradictions"]):
                yield SignedNote.read(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise AuditFormError("not what a node has witnessed") from error
