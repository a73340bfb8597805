"""Signed heads, witnesses, receipts: what counts, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.audit.heads import Quorum, authentic_head, cosign, sign_head, witnessed_at, witnessed_up_to
from certs.audit.keys import KeyUse, PrivateKey, PublicKey
from certs.audit.verifying import verify_receipt
from certs.audit.witness import Cosigned, NotCosigned, consider
from certs.errors import KeyMaterialError
from ror.audit.errors import AuditFormError
from ror.audit.merkle import Frontier, Tree, leaf_hash
from ror.audit.note import NoteSignature, SignedNote
from ror.audit.receipt import Receipt
from ror.audit.record import first_previous, record_line
from ror.audit.tree_head import TreeHead
from ror.audit.witnessing import WitnessFlaw, WitnessRequest
from tests.support.audit_logs import log_key

AT = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)
LOG = log_key()
WITNESSES = [PrivateKey.generate(f"ror-{name}.test/witness", KeyUse.WITNESS) for name in ("ara", "idf", "bre")]
LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]


def head(size, leaves=LEAVES):
    root = Frontier().extended(leaves[:size]).root
    return TreeHead(origin=LOG.public.name, size=size, root=root, at=AT)


def request(old, size, leaves=LEAVES):
    proof = Tree(Frontier(), leaves).consistency(old, size)
    return WitnessRequest(old_size=old, proof=proof, note=sign_head(head(size, leaves), LOG))


def asked(told, seen, *, log=LOG.public):
    return consider(told, seen=seen, log=log, key=WITNESSES[0], at=AT)


def test_a_signed_head_is_read_back_and_authentic():
    note = SignedNote.read(sign_head(head(7), LOG).document)
    assert authentic_head(note, LOG.public) == head(7)


def test_the_text_of_a_head_is_a_checkpoint_with_its_time():
    lines = head(0).text.split("\n")
    assert lines[:3] == ["passerelle.test/audit/1", "0", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]
    assert lines[3:] == ["time 2026-03-01T08:15:00.000000Z", ""]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\n7\n", "\n8\n"),
        lambda text: text.replace("\n7\n", "\n07\n"),
        lambda text: text.replace("08:15", "08:16"),
        lambda text: text.replace("/audit/1", "/audit/2"),
        lambda text: text.replace("— ", "- "),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text * 2,
        lambda text: "",
        lambda text: "\n\n",
        lambda text: text + "— a " + "A" * 20_000 + "\n",
    ],
)
def test_a_changed_head_is_not_authentic(damage):
    document = damage(sign_head(head(7), LOG).document)
    try:
        note = SignedNote.read(document)
    except AuditFormError:
        return
    assert authentic_head(note, LOG.public) is None


def test_only_the_logs_own_key_signs_its_heads():
    stranger = log_key()
    assert authentic_head(sign_head(head(7), stranger), LOG.public) is None
    with pytest.raises(KeyMaterialError):
        sign_head(replace(head(7), origin="autre.test/audit/1"), LOG)
    with pytest.raises(KeyMaterialError):
        sign_head(head(7), WITNESSES[0])


def test_a_witness_signs_when_it_looked_and_not_in_the_logs_place():
    note = sign_head(head(7), LOG)
    signed = note.with_signatures([cosign(note, WITNESSES[0], AT)])
    assert witnessed_at(signed, WITNESSES[0].public) == AT
    assert witnessed_at(signed, WITNESSES[1].public) is None
    assert witnessed_at(signed, LOG.public) is None
    assert authentic_head(signed, LOG.public) == head(7)
    with pytest.raises(KeyMaterialError):
        cosign(note, LOG, AT)


def test_a_cosignature_counts_for_its_own_head_and_time_only():
    note, other = sign_head(head(7), LOG), sign_head(head(8), LOG)
    signature = cosign(note, WITNESSES[0], AT)
    assert witnessed_at(other.with_signatures([signature]), WITNESSES[0].public) is None
    later = NoteSignature(signature.name, signature.key_id, b"\0\0\0\0\x7f" + signature.value[5:])
    assert witnessed_at(note.with_signatures([later]), WITNESSES[0].public) is None
    huge = NoteSignature(signature.name, signature.key_id, b"\xff" * 8 + signature.value[8:])
    assert witnessed_at(note.with_signatures([huge]), WITNESSES[0].public) is None


def test_a_quorum_counts_different_witnesses():
    note = sign_head(head(7), LOG)
    two = note.with_signatures(cosign(note, key, AT) for key in WITNESSES[:2])
    keys = tuple(key.public for key in WITNESSES)
    assert Quorum(keys, 2).witnessed(two)
    assert not Quorum(keys, 3).witnessed(two)
    newer = sign_head(head(9), LOG)
    assert witnessed_up_to([newer, two], LOG.public, Quorum(keys, 2)) == 7
    assert witnessed_up_to([newer], LOG.public, Quorum(keys, 1)) == 0


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_witness_signs_whatever_goes_on_from_what_it_saw(one, other):
    old, size = sorted((one, other))
    answer = asked(request(old, size), head(old) if old else None)
    assert isinstance(answer, Cosigned)
    assert answer.head == head(size)
    note = request(old, size).note.with_signatures([answer.signature])
    assert witnessed_at(note, WITNESSES[0].public) == AT


@given(st.integers(1, 40), st.data())
def test_a_witness_never_signs_another_past(old, draw):
    size = draw.draw(st.integers(old, 40))
    changed = draw.draw(st.integers(0, old - 1))
    forged = [*LEAVES[:changed], leaf_hash(b"forged"), *LEAVES[changed + 1 :]]
    assert asked(request(old, size, forged), head(old)) == NotCosigned(WitnessFlaw.FORKED, old)
    honest = request(old, size)
    mixed = replace(honest, note=sign_head(head(size, forged), LOG))
    assert asked(mixed, head(old)) == NotCosigned(WitnessFlaw.FORKED, old)


def test_a_witness_never_goes_back_and_tells_where_it_stands():
    assert asked(request(5, 8), head(9)) == NotCosigned(WitnessFlaw.ROLLED_BACK, 9)
    assert asked(request(5, 12), head(9)) == NotCosigned(WitnessFlaw.STALE, 9)
    assert asked(request(5, 12), None) == NotCosigned(WitnessFlaw.STALE, 0)


def test_a_witness_signs_for_the_logs_that_it_knows_only():
    stranger = log_key()
    assert asked(request(0, 5), None, log=stranger.public) == NotCosigned(WitnessFlaw.NOT_AUTHENTIC, 0)
    elsewhere = replace(head(3), origin="autre.test/audit/1")
    assert asked(request(3, 5), elsewhere) == NotCosigned(WitnessFlaw.UNKNOWN_LOG, 3)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_request_travels_as_text(one, other):
    old, size = sorted((one, other))
    assert WitnessRequest.read(request(old, size).body) == request(old, size)


@pytest.mark.parametrize(
    "body",
    ["", "old 1", "old -1\n\nx", "old 01\n\nx", "old 1\nAAAA\n\nx\n\n— a b\n", "old 1\n" + "A" * 44 + "\n" * 70],
)
def test_a_hostile_request_is_refused(body):
    with pytest.raises(AuditFormError):
        WitnessRequest.read(body)


def receipt(seq=3, size=9):
    lines = [
        record_line(seq=n, batch=n, at=AT, kind="slip.refused", event=b"{}", previous=first_previous(str(n)))
        for n in range(1, 12)
    ]
    leaves = [leaf_hash(line) for line in lines]
    tree = Tree(Frontier(), leaves)
    note = sign_head(replace(head(0), size=size, root=tree.root(size)), LOG)
    return Receipt(line=lines[seq - 1], proof=tree.inclusion(seq - 1, size), head=note)


def test_a_receipt_proves_its_record_offline():
    found = Receipt.read(receipt().document)
    assert found == receipt()
    verdict = verify_receipt(found, LOG.public)
    assert verdict is not None
    assert (verdict.record.seq, verdict.head.size, verdict.witnessed) == (3, 9, False)
    seen = replace(found, head=found.head.with_signatures([cosign(found.head, WITNESSES[0], AT)]))
    verdict = verify_receipt(seen, LOG.public, Quorum((WITNESSES[0].public,), 1))
    assert verdict is not None
    assert verdict.witnessed


@pytest.mark.parametrize(
    "forge",
    [
        lambda real: replace(real, line=real.line.replace(b"08:15", b"08:16")),
        lambda real: replace(real, line=b"{}"),
        lambda real: replace(real, line=receipt(4).line),
        lambda real: replace(real, proof=real.proof[:-1]),
        lambda real: replace(real, proof=(bytes(32), *real.proof[1:])),
        lambda real: replace(real, head=sign_head(head(9), LOG)),
        lambda real: replace(real, head=sign_head(TreeHead.read(real.head.text), log_key())),
    ],
)
def test_a_forged_receipt_proves_nothing(forge):
    assert verify_receipt(forge(receipt()), LOG.public) is None


@given(st.binary(max_size=200))
def test_garbage_is_no_receipt(data):
    with pytest.raises(AuditFormError):
        Receipt.read(data)


@pytest.mark.parametrize(
    "document",
    [
        b'{"type":"inter-ror-audit-receipt/1","record":1,"proof":[],"head":""}',
        b'{"type":"inter-ror-audit-receipt/1","record":"\\u00e9","proof":[],"head":""}',
        b'{"type":"inter-ror-audit-receipt/2","record":"","proof":[],"head":""}',
        b'{"type":"inter-ror-audit-receipt/1","record":"","proof":["xx"],"head":""}',
    ],
)
def test_a_receipt_of_another_shape_is_refused(document):
    with pytest.raises(AuditFormError):
        Receipt.read(document)


def test_a_key_of_the_wrong_length_is_refused():
    with pytest.raises(KeyMaterialError):
        PublicKey("a", KeyUse.LOG, bytes(31))
