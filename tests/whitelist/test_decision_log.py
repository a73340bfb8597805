"""What the log says of a decision, and what it never says."""

import pytest
from structlog.testing import capture_logs

from ror.access import Transaction
from whitelist.decision_log import Decision, DecisionLog, DecisionSink


@pytest.mark.parametrize(("granted", "outcome", "level"), [(True, "granted", "info"), (False, "refused", "warning")])
def test_a_decision_is_one_event_with_all_that_is_known(granted, outcome, level):
    sink: DecisionSink = DecisionLog()
    with capture_logs() as logs:
        sink.record(
            Decision(
                granted=granted,
                transaction=Transaction.SEARCH,
                question_id="q1",
                reason=None if granted else "perimeter.outside",
                partner="samu-rhone",
                profile="CU22",
                fingerprint="ab",
                list_version=3,
            )
        )

    assert logs == [
        {
            "event": "decision.taken",
            "log_level": level,
            "outcome": outcome,
            "reason": None if granted else "perimeter.outside",
            "partner": "samu-rhone",
            "transaction": "recherche",
            "profile": "CU22",
            "question_id": "q1",
            "certificate": "ab",
            "list_version": 3,
        }
    ]
