"""A number that nobody can read makes its region malformed, and never spoils the national answer."""

from pathlib import Path

import pytest

from gateway.errors import MalformedAnswerError
from gateway.merge.reading import read_answer


@pytest.fixture
def answer(golden: Path) -> bytes:
    return (golden / "g1_answer.xml").read_bytes()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b' avaible="', b' avaible="99999999999999999999'),
        (b' total="', b' total="x'),
        (b"<latitude>", b"<latitude>NaN"),
        (b"<longitude>", b"<longitude>1e3"),
    ],
)
def test_an_unreadable_number_is_malformed(answer: bytes, old: bytes, new: bytes) -> None:
    before, found, after = answer.rpartition(old)
    assert found

    with pytest.raises(MalformedAnswerError) as refused:
        read_answer(before + new + after, "ara")

    assert refused.value.slug == "answer.value"


def test_the_same_bytes_in_a_text_mean_nothing(answer: bytes) -> None:
    odd = answer.replace(b"</primaryName>", b' avaible="many"</primaryName>')

    assert read_answer(odd, "ara")


def test_the_control_is_read(answer: bytes) -> None:
    assert read_answer(answer, "ara")
