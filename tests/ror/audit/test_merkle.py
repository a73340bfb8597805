"""The tree's arithmetic, held against the definitions of RFC 6962 §2.1 written down as they stand."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.audit.errors import AuditFormError
from ror.audit.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash
from ror.audit.proofs import proves_consistency, proves_inclusion

# The leaves and roots that the Certificate Transparency implementations test themselves with.
KNOWN_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def split(count):
    return max(1 << bit for bit in range(count.bit_length()) if 1 << bit < count)


def naive_root(data):
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\x01" + naive_root(data[:k]) + naive_root(data[k:])).digest()


def naive_path(index, data):
    if len(data) == 1:
        return []
    k = split(len(data))
    if index < k:
        return [*naive_path(index, data[:k]), naive_root(data[k:])]
    return [*naive_path(index - k, data[k:]), naive_root(data[:k])]


def naive_proof(old, data, whole=True):
    if old == len(data):
        return [] if whole else [naive_root(data)]
    k = split(len(data))
    if old <= k:
        return [*naive_proof(old, data[:k], whole), naive_root(data[k:])]
    return [*naive_proof(old - k, data[k:], False), naive_root(data[:k])]


def data_of(size):
    return [str(number).encode() for number in range(size)]


def tree_of(data, base):
    leaves = [leaf_hash(one) for one in data]
    return Tree(Frontier().extended(leaves[:base]), leaves[base:])


sizes = st.integers(1, 80)


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots_come_out(size):
    leaves = [leaf_hash(leaf) for leaf in KNOWN_LEAVES[:size]]
    assert Frontier().extended(leaves).root.hex() == KNOWN_ROOTS[size - 1]


def test_a_log_without_records_has_the_root_of_nothing():
    assert Frontier().root == EMPTY_ROOT == naive_root([])
    assert Tree(Frontier(), []).root(0) == EMPTY_ROOT


@given(sizes, st.data())
def test_roots_are_those_of_the_definition_from_any_frontier(size, draw):
    data = data_of(size)
    base = draw.draw(st.integers(0, size))
    at = draw.draw(st.integers(base, size))
    assert tree_of(data, base).root(at) == naive_root(data[:at])
    assert Frontier().extended(map(leaf_hash, data)).root == naive_root(data)


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_prove(size, draw):
    data = data_of(size)
    index = draw.draw(st.integers(0, size - 1))
    base = draw.draw(st.integers(0, index))
    proof = tree_of(data, base).inclusion(index, size)
    assert list(proof) == naive_path(index, data)
    assert proves_inclusion(leaf=leaf_hash(data[index]), index=index, size=size, proof=proof, root=naive_root(data))


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_definition_and_prove(size, draw):
    data = data_of(size)
    old = draw.draw(st.integers(0, size))
    base = draw.draw(st.integers(0, old))
    proof = tree_of(data, base).consistency(old, size)
    assert list(proof) == (naive_proof(old, data) if old else [])
    assert proves_consistency(
        old_size=old, old_root=naive_root(data[:old]), size=size, root=naive_root(data), proof=proof
    )


@given(sizes, st.data())
def test_no_altered_inclusion_proof_proves(size, draw):
    data = data_of(size)
    index = draw.draw(st.integers(0, size - 1))
    proof = list(tree_of(data, 0).inclusion(index, size))
    case = draw.draw(st.sampled_from(["leaf", "index", "size", "step", "more", "less", "root"]))
    told = {"leaf": leaf_hash(data[index]), "index": index, "size": size, "proof": proof, "root": naive_root(data)}
    if case == "leaf":
        told["leaf"] = leaf_hash(b"forged")
    elif case == "index":
        told["index"] = draw.draw(st.integers(-2, size + 2).filter(lambda other: other != index))
    elif case == "size":
        # Another size is told by the root; without it some sizes share a path.
        told["size"], told["root"] = size + 1, naive_root(data_of(size + 1))
    elif case == "step" and proof:
        at = draw.draw(st.integers(0, len(proof) - 1))
        told["proof"] = [*proof[:at], bytes(32), *proof[at + 1 :]]
    elif case == "less" and proof:
        told["proof"] = proof[:-1]
    elif case == "root":
        told["root"] = bytes(32)
    else:
        told["proof"] = [*proof, bytes(32)]
    assert not proves_inclusion(**told)


@given(st.integers(2, 80), st.data())
def test_a_log_that_changed_its_past_has_no_consistency_proof(size, draw):
    data = data_of(size)
    old = draw.draw(st.integers(1, size))
    changed = draw.draw(st.integers(0, old - 1))
    forged = [*data[:changed], b"forged", *data[changed + 1 :]]
    told = {"old_size": old, "old_root": naive_root(data[:old]), "size": size, "root": naive_root(forged)}
    for proof in (tree_of(forged, 0).consistency(old, size), tree_of(data, 0).consistency(old, size)):
        assert not proves_consistency(**told, proof=proof)


@given(st.integers(-2, 40), st.integers(-2, 40), st.lists(st.binary(min_size=32, max_size=32), max_size=8))
def test_invented_proofs_prove_nothing_and_raise_nothing(one, other, proof):
    assert not proves_inclusion(leaf=bytes(32), index=one, size=other, proof=proof, root=b"\x01" * 32)
    assert not proves_consistency(old_size=one, old_root=b"\x01" * 32, size=other, root=b"\x02" * 32, proof=proof)


@pytest.mark.parametrize(
    "ask",
    [
        lambda tree: tree.root(3),
        lambda tree: tree.root(11),
        lambda tree: tree.inclusion(3, 10),
        lambda tree: tree.inclusion(10, 10),
        lambda tree: tree.consistency(3, 10),
        lambda tree: tree.consistency(8, 11),
    ],
)
def test_what_a_frontier_does_not_know_is_an_error(ask):
    with pytest.raises(AuditFormError):
        ask(tree_of(data_of(10), 5))


@pytest.mark.parametrize(("size", "peaks"), [(1, ()), (2, (bytes(32), bytes(32))), (1, (bytes(31),)), (-1, ())])
def test_an_impossible_frontier_is_refused(size, peaks):
    with pytest.raises(AuditFormError):
        Frontier(size, peaks)
