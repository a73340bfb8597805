"""What one reply says about its region: the rules by which breakers count (``gateway.resilience.breaker``)."""

from gateway.federation.reply import RegionReply
from gateway.resilience.breaker import Judgement
from ror.coverage import Outcome

_OWN_DEFECTS = frozenset({"node.no-address", "answer.unreadable", "deadline.spent"})
"""Details of failures that are ours: a hole in the directory, a defect of our reading, a deadline used up."""


def judge(reply: RegionReply, *, budget_s: float, slow_s: float, busy: bool) -> Judgement:
    """Judge a region by its reply to a question that gave it ``budget_s`` seconds.

    A region that answers, whatever it says, is well if it does so within ``slow_s``: the answer of a slower one is
    used, and counts against it. Too late counts only where there was time enough. While we are ``busy`` ourselves,
    slowness may be ours and counts for nothing.
    """
    if reply.detail in _OWN_DEFECTS:
        return Judgement.IGNORED
    match reply.outcome:
        case Outcome.LATE:
            return Judgement.BAD if budget_s >= slow_s and not busy else Judgement.IGNORED
        case Outcome.UNREACHABLE | Outcome.MALFORMED:
            return Judgement.BAD
        case Outcome.FAULTY:
            return Judgement.BAD
        case _ if reply.duration_ms <= slow_s * 1_000:
            return Judgement.GOOD
        case _:
            return Judgement.IGNORED if busy else Judgement.BAD
