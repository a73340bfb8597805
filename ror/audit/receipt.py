"""A receipt: one record, and the proof that a signed head covers it. Whoever holds the log's public key can check
it.
"""

from dataclasses import dataclass

from ror.audit.canonical import decoded, encoded
from ror.audit.errors import AuditFormError
from ror.audit.merkle import leaf_hash
from ror.audit.note import SignedNote
from ror.audit.proofs import proves_inclusion
from ror.audit.record import Record, read_hash, read_record
from ror.audit.tree_head import TreeHead

PATH = "/passerelle/recu/"
"""Where the gateway hands receipts out, before the question's id."""
TYPE = "inter-ror-audit-receipt/1"
MAX_RECEIPT_BYTES = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The line of a record, its inclusion proof, the signed head."""

    line: bytes
    proof: tuple[bytes, ...]
    head: SignedNote

    @property
    def document(self) -> bytes:
        """The receipt's file: canonical JSON and a newline."""
        return (
            encoded(
                {
                    "type": TYPE,
                    "record": self.line.decode("ascii"),
                    "proof": [step.hex() for step in self.proof],
                    "head": self.head.document,
                }
            )
            + b"\n"
        )

    @classmethod
    def read(cls, document: bytes) -> "Receipt":
        """Read a receipt's file. Raises ``AuditFormError``."""
        found = decoded(document) if len(document) <= MAX_RECEIPT_BYTES else None
        if not isinstance(found, dict) or set(found) != {"type", "record", "proof", "head"} or found["type"] != TYPE:
            raise AuditFormError("not a receipt")
        line, proof, head = found["record"], found["proof"], found["head"]
        if not isinstance(line, str) or not isinstance(head, str) or not isinstance(proof, list):
            raise AuditFormError("a receipt of other types")
        if not line.isascii():
            raise AuditFormError("a receipt's record is not ASCII")
        steps = tuple(read_hash(step) for step in proof)
        return cls(line=line.encode("ascii"), proof=steps, head=SignedNote.read(head))

    def record_under(self, head: TreeHead) -> Record | None:
        """The record, if it stands in the log of ``head``; else ``None``. Raises ``AuditFormError`` for no record."""
        record = read_record(self.line)
        holds = proves_inclusion(
            leaf=leaf_hash(self.line), index=record.seq - 1, size=head.size, proof=self.proof, root=head.root
        )
        return record if holds else None
