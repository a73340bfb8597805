"""A node as witness, over its own listener: who may show heads, what is signed, what is remembered."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import structlog

from certs.audit.heads import sign_head, witnessed_at
from certs.audit.keys import KeyUse, PrivateKey, PublicKey
from regional_nodes.directory import read_directory
from regional_nodes.errors import WitnessError
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.witness.key import witness_key
from regional_nodes.witness.memory import WitnessMemory
from ror.audit.merkle import Frontier, Tree, leaf_hash
from ror.audit.note import NoteSignature, SignedNote
from ror.audit.tree_head import TreeHead
from ror.audit.witnessing import KEY_HEADER, MAX_REQUEST_BYTES, PATH, WitnessRequest
from tests.regional_nodes.conftest import FEW
from tests.regional_nodes.node_client import APPLICATION, GATEWAY, ROR_BRETAGNE

AT = datetime(2026, 3, 1, tzinfo=UTC)


class Log:
    """A gateway's log: its key and its leaves."""

    def __init__(self, name="passerelle.test/audit/1", salt=""):
        self.key = PrivateKey.generate(name, KeyUse.LOG)
        self.leaves = [leaf_hash(f"{salt}{number}".encode()) for number in range(64)]

    def head(self, size):
        root = Tree(Frontier(), self.leaves).root(size)
        return sign_head(TreeHead(origin=self.key.public.name, size=size, root=root, at=AT), self.key)

    def request(self, old, size):
        proof = Tree(Frontier(), self.leaves).consistency(old, size) if old else ()
        return WitnessRequest(old_size=old, proof=proof, note=self.head(size))


@pytest.fixture
def show(client):
    """Show a head to the node of ara."""

    async def shown(log, old, size, *, key=None, leaf=GATEWAY, body=None, ror="ara", method="POST"):
        told = body if body is not None else log.request(old, size).body.encode()
        headers = {KEY_HEADER: (key or log.key.public).text, "Content-Type": "text/plain; charset=utf-8"}
        return await client.send(told, ror=ror, leaf=leaf, headers=headers, path=PATH, method=method)

    return shown


def key_of(home, ror="ara"):
    return PublicKey.read(read_directory(home)[ror].witness)


def signed(reply, note, key):
    line = NoteSignature.read(reply.body.decode().removesuffix("\n"))
    return witnessed_at(SignedNote(note.text, (line,)), key) is not None


async def test_a_gateway_gets_a_signature_under_the_key_of_the_directory(show, node_home):
    log = Log()
    first, second = await show(log, 0, 5), await show(log, 5, 9)
    assert (first.status, second.status) == (200, 200)
    assert signed(second, log.head(9), key_of(node_home))
    assert node_home.node_witness_key("ara").stat().st_mode & 0o777 == 0o600
    assert key_of(node_home, "bre") != key_of(node_home)


@pytest.mark.parametrize(("leaf", "status"), [(ROR_BRETAGNE, 403), (APPLICATION, 403), (None, 401)])
async def test_nobody_but_a_gateway_is_let_in(show, node_home, leaf, status):
    reply = await show(Log(), 0, 5, leaf=leaf)
    assert reply.status == status
    assert reply.fault is not None
    assert not node_home.node_witnessed("ara").exists()


async def test_what_is_no_request_is_refused(show):
    assert (await show(Log(), 0, 5, body=b"old x\n\n")).status == 400
    assert (await show(Log(), 0, 5, body=b"\xff")).status == 400
    assert (await show(Log(), 0, 5, body=b"x" * (MAX_REQUEST_BYTES + 1))).status == 413
    assert (await show(Log(), 0, 5, body=b"", method="GET")).fault is not None


async def test_a_log_that_does_not_know_where_the_witness_stands_is_told(show):
    log = Log()
    await show(log, 0, 5)
    stale = await show(log, 0, 9)
    assert (stale.status, stale.headers["Content-Type"], stale.body) == (409, "text/x.tlog.size", b"5\n")
    back = await show(log, 3, 4)
    assert (back.status, back.body) == (409, b"5\n")


async def test_a_fork_is_not_signed_and_its_head_is_kept(show, node_home):
    log, other = Log(), Log(salt="other")
    other.key = log.key
    await show(log, 0, 5)
    with structlog.testing.capture_logs() as told:
        assert (await show(other, 5, 9)).status == 422
        assert (await show(other, 5, 9)).status == 422
    assert [one["flaw"] for one in told if one["event"] == "witness.contradiction"] == ["forked", "forked"]
    kept = WitnessMemory(node_home.node_witnessed("ara")).of(log.key.public.name)
    assert [note.text for note in kept.contradictions] == [other.head(9).text]
    assert kept.head.size == 5


async def test_what_a_gateway_hangs_on_its_heads_is_not_kept(show, node_home):
    """The memory is read whole at the start: who could fill it would make the node forget how to witness."""

    def hung(log, old, size):
        asked = log.request(old, size)
        more = [NoteSignature(f"more/{number}", log.key.public.key_id, bytes(64)) for number in range(63)]
        return replace(asked, note=asked.note.with_signatures(more)).body.encode()

    log, other = Log(), Log(salt="other")
    other.key = log.key
    assert (await show(log, 0, 5, body=hung(log, 0, 5))).status == 200
    assert (await show(log, 5, 9, body=hung(other, 5, 9))).status == 422
    kept = WitnessMemory(node_home.node_witnessed("ara")).of(log.key.public.name)
    [contradiction] = kept.contradictions
    assert contradiction == other.head(9)
    assert {one.key_id for one in kept.note.signatures} == {log.key.public.key_id, key_of(node_home).key_id}
    assert len(kept.note.signatures) == 2


async def test_the_head_of_another_key_is_not_signed(show):
    log = Log()
    assert (await show(log, 0, 5, key=PrivateKey.generate(log.key.public.name, KeyUse.LOG).public)).status == 403
    assert (await show(log, 0, 5, key=PrivateKey.generate("x/y", KeyUse.WITNESS).public)).status == 404


async def test_a_pinned_log_keeps_its_key(show):
    log = Log()
    await show(log, 0, 5)
    taken_over = Log()
    with structlog.testing.capture_logs() as told:
        assert (await show(taken_over, 0, 9)).status == 404
    assert [one["event"] for one in told if one["event"].startswith("witness.log")] == ["witness.log_changed"]
    assert (await show(log, 5, 9)).status == 200


async def test_another_log_of_the_same_gateway_is_pinned_loudly(show):
    with structlog.testing.capture_logs() as told:
        assert (await show(Log(), 0, 5)).status == 200
        assert (await show(Log("passerelle.test/audit/2"), 0, 5)).status == 200
    events = [(one["event"], one["log_level"]) for one in told if one["event"].startswith("witness.log")]
    assert events == [("witness.log_pinned", "warning"), ("witness.log_added", "error")]


async def test_logs_of_a_gateway_are_bounded(show):
    for number in range(16):
        assert (await show(Log(f"passerelle.test/audit/{number}"), 0, 5)).status == 200
    assert (await show(Log("passerelle.test/audit/x"), 0, 5)).status == 404


async def test_where_the_operator_lists_logs_no_other_is_signed(show, node_home):
    log = Log()
    await show(log, 0, 5, ror="bre")
    gateway = json.loads(node_home.node_witnessed("bre").read_text())["logs"][0]["gateway"]
    node_home.node_witness_logs("ara").write_text(f"# logs\n{gateway} {log.key.public.text}\n")
    assert (await show(Log("passerelle.test/audit/2"), 0, 5)).status == 404
    assert (await show(log, 0, 5)).status == 200


async def test_each_node_remembers_across_restarts(show, nodes, node_home, client):
    log = Log()
    await show(log, 0, 5)
    key = key_of(node_home)
    await nodes.__aexit__(None, None, None)
    settings = HostSettings(base_port=0, drain_s=0.5)
    async with NodeHost(node_home, FEW, settings) as again:
        client._host = again
        assert key_of(node_home) == key
        assert (await show(log, 0, 9)).body == b"5\n"
        assert (await show(log, 0, 9, ror="bre")).status == 200


async def test_what_cannot_be_kept_is_not_signed(show, node_home, monkeypatch):
    log = Log()
    await show(log, 0, 5)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("regional_nodes.witness.memory.write_private", full)
        assert (await show(log, 5, 9)).status == 503
    assert (await show(log, 5, 9)).status == 200


async def test_a_node_whose_memory_is_damaged_serves_and_does_not_witness(node_home, client):
    node_home.node_witnessed("ara").write_text("{")
    async with NodeHost(node_home, FEW, HostSettings(base_port=0, drain_s=0.5)) as host:
        client._host = host
        assert read_directory(node_home)["ara"].witness is None
        reply = await client.send(Log().request(0, 5).body.encode(), path=PATH)
        assert (reply.status, reply.slug) == (503, "service.overloaded")
        assert (await client.ask()).status == 200


def test_a_lost_key_is_not_made_anew(node_home):
    witness_key(node_home, "ara")
    node_home.node_witnessed("ara").write_text("{}")
    node_home.node_witness_key("ara").unlink()
    with pytest.raises(WitnessError, match="restore"):
        witness_key(node_home, "ara")
