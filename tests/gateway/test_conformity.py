"""One answer in a hundred is held to the schema, and what it finds is logged without a value (decision 22)."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.federation.conformity import LARGEST_BYTES, ConformitySample

ALWAYS = ConformitySample(share=1.0, draw=lambda: 0.0)


@pytest.fixture
def answer(golden: Path) -> bytes:
    return (golden / "g1_answer.xml").read_bytes()


async def logged(sample: ConformitySample, body: bytes) -> list[dict[str, object]]:
    with capture_logs() as events:
        sample.offer("ara", body, "question-1")
        await sample.close()
    return [dict(event) for event in events]


async def test_a_conformant_answer_says_nothing(answer: bytes) -> None:
    assert await logged(ALWAYS, answer) == []


async def test_a_deviation_is_logged_with_its_place_and_without_its_value(answer: bytes) -> None:
    (event,) = await logged(ALWAYS, answer.replace(b'created="2016-03-14T09:00:00Z"', b'created="secret"', 1))

    assert (event["event"], event["ror"], event["question_id"]) == ("region.not_conformant", "ara", "question-1")
    assert "secret" not in str(event)


async def test_most_answers_and_large_ones_are_left_out(answer: bytes) -> None:
    broken = answer.replace(b"<primaryName>", b"<beauty/><primaryName>", 1)

    assert await logged(ConformitySample(share=0.01, draw=lambda: 0.5), broken) == []
    assert await logged(ALWAYS, broken + b" " * LARGEST_BYTES) == []
    assert await logged(ALWAYS, broken) != []
