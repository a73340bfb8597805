"""Witnesses around a real log: those who answer sign, those who do not are missing, nobody signs a fork."""

import asyncio
from datetime import UTC, datetime

from certs.audit.heads import Quorum, authentic_head, witnessed_up_to
from certs.audit.keys import KeyUse, PrivateKey
from certs.audit.witness import Cosigned, consider
from gateway.audit.stored import stored_log
from gateway.audit.witnesses import WitnessRound
from ror.audit.events import ListTakenUp
from ror.audit.note import NoteSignature
from ror.audit.witnessing import WitnessRequest
from tests.gateway.audit.test_log import until


class Node:
    """A witness that keeps what it saw, as a node would, and reads requests from their text."""

    def __init__(self, log, *, delay_s=0.0):
        self._private = PrivateKey.generate("ror-ara.test/witness", KeyUse.WITNESS)
        self._log = log
        self._delay_s = delay_s
        self.seen = None
        self.asked = 0

    @property
    def key(self):
        return self._private.public

    async def cosign(self, request):
        self.asked += 1
        await asyncio.sleep(self._delay_s)
        told = WitnessRequest.read(request.body)
        answer = consider(told, seen=self.seen, log=self._log, key=self._private, at=datetime.now(UTC))
        if isinstance(answer, Cosigned):
            self.seen = answer.head
        return answer


class Forger(Node):
    async def cosign(self, request):
        answer = await super().cosign(request)
        return Cosigned(NoteSignature(self.key.name, self.key.key_id, bytes(72)), answer.head)


class Absent(Node):
    async def cosign(self, request):
        raise ConnectionRefusedError


async def grown(log, count):
    size = log.size + count
    for number in range(count):
        log.append(ListTakenUp(version=number))
    await asyncio.to_thread(until, lambda: authentic_head(log.head, log.key).size >= size)


async def test_witnesses_follow_the_log_and_their_signatures_are_kept(open_log, files):
    log = open_log(head_s=0.01, segment_bytes=4096)
    node = Node(log.key)
    round_ = WitnessRound(log, [node])
    for _ in range(5):
        await grown(log, 13)
        assert await round_.gather() == 1
    assert node.asked == 5
    log.close()
    with stored_log(files.folder) as stored:
        notes = stored.notes()
        assert len(stored.names()) > 1
    assert witnessed_up_to(notes, log.key, Quorum((node.key,), 1)) == node.seen.size


async def test_after_a_restart_the_witness_is_asked_from_where_it_stands(open_log):
    log = open_log(head_s=0.01)
    node = Node(log.key)
    await grown(log, 5)
    assert await WitnessRound(log, [node]).gather() == 1
    await grown(log, 5)
    assert await WitnessRound(log, [node]).gather() == 1
    assert node.asked == 3


async def test_who_is_slow_absent_or_forging_is_missing_and_holds_nobody_up(open_log):
    log = open_log(head_s=0.01)
    good = Node(log.key)
    witnesses = [good, Absent(log.key), Forger(log.key), Node(log.key, delay_s=30)]
    await grown(log, 3)
    assert await WitnessRound(log, witnesses, within_s=0.3).gather() == 1


async def test_a_witness_that_saw_another_past_does_not_sign(open_log, files):
    log = open_log(head_s=0.01)
    node = Node(log.key)
    await grown(log, 5)
    await WitnessRound(log, [node]).gather()
    node.seen = type(node.seen)(origin=node.seen.origin, size=node.seen.size, root=bytes(32), at=node.seen.at)
    await grown(log, 5)
    assert await WitnessRound(log, [node]).gather() == 0
