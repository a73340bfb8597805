"""What the gateway answers its canary: no unit, no region asked, and as slowly as the question allows.

The canary passes both doors like everybody else, and then costs nobody anything. An answer that is long enough to be
cut cannot be had by size: the systems in between buffer megabytes. So its bytes are few and leave slowly, by the same
code that writes every answer, for as long as the question's deadline; without a deadline the answer is there at once.
"""

from datetime import timedelta
from math import ceil

from gateway.merge.merging import merge
from gateway.merge.writing import answer_parts
from gateway.server.exchange import Outgoing
from ror.coverage import Coverage
from ror.question import LONGEST_DEADLINE_S
from ror.soap.version import SoapVersion

PAUSE_S = 0.05
_DRIP = b" " * 512
"""Spaces before the end of the envelope's body, which mean nothing."""


def canary_answer(version: SoapVersion, question_id: str, lasting: timedelta | None) -> Outgoing:
    """An answer without units that takes ``lasting`` to be sent."""
    nothing = merge([], limit=1, has_place=False, home_ror=lambda _: None)
    parts = answer_parts(version, nothing, Coverage(question_id=question_id, rors=(), limit=1))
    if lasting is None:
        return Outgoing(parts)
    drips = ceil(min(lasting.total_seconds(), LONGEST_DEADLINE_S) / PAUSE_S)
    return Outgoing([b"".join(parts[:-1]), *[_DRIP] * drips, parts[-1]], pause_s=PAUSE_S)
