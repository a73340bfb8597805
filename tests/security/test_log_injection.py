"""Nothing that a caller says can forge a line of the log, or reach the terminal of whoever reads it."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from gateway.cli.logs import log_to_stderr
from tests.support.served_gateway import Send

FORGED = "decision.taken:granted"
REVERSED, INVISIBLE = "\u202e\u2066", "\ufeff\u200b"
LINE_ENDS = "\u2028\u2029\u0085"
TERMINAL = "\u009b31m\x7f"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the command would write to stderr."""
    before, stderr = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    log_to_stderr()
    yield stderr
    structlog.configure(**before)


@pytest.mark.parametrize("hostile", [f"&#10;{FORGED}&#13;", LINE_ENDS + FORGED, REVERSED, INVISIBLE, TERMINAL])
async def test_what_a_caller_says_is_logged_on_one_line_of_printable_characters(
    send: Send, question: bytes, log: io.StringIO, hostile: str
) -> None:
    block = f'<x:x xmlns:x="urn:x:{hostile}:x" env:mustUnderstand="true"/><p:recherche'

    reply = await send(question.replace(b"<p:recherche", block.encode(), 1))

    lines = log.getvalue().rstrip("\n").split("\n")
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert all(json.loads(line)["event"] != FORGED for line in lines)
    refused = next(entry for entry in map(json.loads, lines) if entry["event"] == "request.refused")
    assert refused["reason"] == reply.slug


async def test_the_control_what_was_said_is_in_the_log_as_it_was(
    send: Send, question: bytes, log: io.StringIO
) -> None:
    block = '<x:é xmlns:x="urn:x" env:mustUnderstand="true"/><p:recherche'

    await send(question.replace(b"<p:recherche", block.encode(), 1))

    entries = map(json.loads, log.getvalue().splitlines())
    assert "{urn:x}é" in {entry.get("evidence_header") for entry in entries}
