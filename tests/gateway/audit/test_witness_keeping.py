"""Every new head is shown, lasting lack of witnesses is told once, a witness far behind is brought on in steps."""

import asyncio
import itertools

import structlog

from certs.audit.keys import KeyUse, PrivateKey
from certs.audit.witness import Cosigned, NotCosigned
from gateway.audit.stored import stored_log
from gateway.audit.witness_keeping import WitnessKeeping
from gateway.audit.witness_keys import WITNESSES_FILE, read_witnesses, remember_witnesses
from gateway.audit.witnesses import WitnessRound
from ror.audit.events import Kind
from ror.audit.tree_head import TreeHead
from ror.audit.witnessing import WitnessFlaw, WitnessRequest
from tests.gateway.audit.test_log import kinds, until
from tests.gateway.audit.test_witnesses import Absent, Node, grown


def keeping(log, witnesses, wanted, *, too_few_s=300.0):
    clock = itertools.count(0, 100)
    round_ = WitnessRound(log, witnesses, within_s=2.0)
    return WitnessKeeping(log, round_, wanted=wanted, every_s=0.01, too_few_s=too_few_s, clock=lambda: next(clock))


async def test_a_head_that_enough_have_seen_is_not_shown_again(open_log):
    log = open_log(head_s=0.01)
    node = Node(log.key)
    await grown(log, 3)
    kept = keeping(log, [node], 1)
    for _ in range(3):
        await kept.look()
    assert node.asked == 1
    await grown(log, 3)
    await kept.look()
    assert node.asked == 2


async def test_who_has_signed_is_not_asked_again_while_others_are_missing(open_log):
    log = open_log(head_s=0.01)
    good, absent = Node(log.key), Absent(log.key)
    await grown(log, 3)
    round_ = WitnessRound(log, [good, absent])
    assert await round_.gather() == 1
    await asyncio.to_thread(until, lambda: len(log.head.signatures) == 2)
    assert await round_.gather() == 1
    assert good.asked == 1


async def test_too_few_witnesses_for_minutes_are_told_once_and_recorded(open_log, files):
    log = open_log(head_s=0.01)
    witnesses = [Node(log.key), Absent(log.key)]
    await grown(log, 3)
    kept = keeping(log, witnesses, 2)
    with structlog.testing.capture_logs() as told:
        for _ in range(8):
            await kept.look()
        witnesses[1].cosign = Node.cosign.__get__(witnesses[1])
        await kept.look()
    events = [one["event"] for one in told if one["event"] in {"witness.too_few", "witness.enough"}]
    assert events == ["witness.too_few", "witness.enough"]
    await asyncio.to_thread(until, lambda: kinds(files).count(Kind.UNWITNESSED) == 1)


async def test_a_trouble_that_lasts_is_logged_once(open_log):
    log = open_log(head_s=0.01)
    await grown(log, 3)
    round_ = WitnessRound(log, [Absent(log.key)])
    with structlog.testing.capture_logs() as told:
        for _ in range(5):
            await round_.gather()
    assert [one["event"] for one in told if one["event"].startswith("witness.")] == ["witness.unreachable"]


class Slow(Node):
    """Notes which heads it was shown."""

    def __init__(self, log):
        super().__init__(log)
        self.shown = []

    async def cosign(self, request):
        self.shown.append((request.old_size, TreeHead.read(request.note.text).size))
        return await super().cosign(request)


async def test_a_witness_far_behind_follows_in_steps_of_a_few_segments(open_log):
    log = open_log(head_s=0.01, segment_bytes=2048)
    node = Slow(log.key)
    await grown(log, 3)
    round_ = WitnessRound(log, [node])
    assert await round_.gather() == 1
    for _ in range(40):
        await grown(log, 10)
    rounds = 0
    while await round_.gather() == 0:
        rounds += 1
        assert rounds < 100
    with stored_log(log.folder) as stored:
        assert len(stored.names()) > 12
    assert rounds >= 2
    assert node.shown[-1][1] == node.seen.size
    assert node.shown == sorted(node.shown)


async def test_a_witness_behind_what_is_kept_is_told_and_holds_nobody_up(open_log, files):
    log = open_log(head_s=0.01, segment_bytes=2048)
    good, behind = Node(log.key), Node(log.key)
    await grown(log, 3)
    assert await WitnessRound(log, [behind]).gather() == 1
    for _ in range(10):
        await grown(log, 10)
    for name in sorted(path.name for path in files.folder.glob("*.jsonl"))[:3]:
        (files.folder / name).unlink()
    with structlog.testing.capture_logs() as told:
        assert await WitnessRound(log, [good, behind]).gather() == 1
    assert "witness.behind" in {one["event"] for one in told}


async def test_a_hostile_witness_costs_a_bounded_proof_a_round(open_log):
    class Hostile(Node):
        async def cosign(self, request):
            self.asked += 1
            return NotCosigned(WitnessFlaw.STALE, self.asked)

    log = open_log(head_s=0.01)
    node = Hostile(log.key)
    await grown(log, 30)
    assert await WitnessRound(log, [node]).gather() == 0
    assert node.asked == 2


async def test_signatures_that_come_after_the_segment_has_ended_do_no_harm(open_log):
    log = open_log(head_s=0.01, segment_bytes=2048)
    await grown(log, 3)
    late = log.head
    node = Node(log.key)
    answer = await node.cosign(request_of(late))
    assert isinstance(answer, Cosigned)
    await grown(log, 60)
    log.add_signatures(late.with_signatures([answer.signature]))
    await grown(log, 3)
    log.close()
    open_log()


def request_of(note):
    return WitnessRequest(old_size=0, proof=(), note=note)


def test_every_key_that_was_ever_asked_is_remembered(tmp_path):
    keys = [PrivateKey.generate(f"ror-{name}.test/witness", KeyUse.WITNESS).public for name in ("ara", "idf", "cor")]
    remember_witnesses(tmp_path, keys[:2])
    remember_witnesses(tmp_path, keys[1:])
    (tmp_path / WITNESSES_FILE).write_bytes((tmp_path / WITNESSES_FILE).read_bytes() + b"no key\n")
    assert read_witnesses((tmp_path / WITNESSES_FILE).read_bytes()) == tuple(keys)
