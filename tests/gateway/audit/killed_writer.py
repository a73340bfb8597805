"""Kills writers of one log, again and again: run as a program, so that each is forked from a warm, threadless parent.

``python -m tests.gateway.audit.killed_writer FOLDER KILLS SEED`` writes the questions that were acknowledged to
``acknowledged`` in the folder, a line each, and ends with 1 if a log could not be opened again.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

import structlog

from certs.audit.inbox import AuditFiles
from certs.home import Home
from gateway.audit.bounds import AuditBounds
from gateway.audit.log import AuditLog
from ror.audit.events import DecisionTaken

BOUNDS = AuditBounds(segment_bytes=16_384, head_records=25, head_s=0.01)


async def write(log: AuditLog, run: int, told: int) -> None:
    """Hand in events, several at once, and tell of each once it is acknowledged."""

    async def one(number: int) -> None:
        trail = log.trail()
        question = f"q{run}-{number}"
        trail.append(DecisionTaken(granted=True, transaction="recherche", question=question))
        await trail.settled()
        os.write(told, f"{question}\n".encode())

    number = 0
    while True:
        size = random.Random(number).randint(1, 12)
        await asyncio.gather(*(one(number + at) for at in range(size)))
        number += size


def killed(folder: Path, run: int, delay_s: float, *, writing: bool) -> bool:
    """Write until killed, ``delay_s`` after the start or, if ``writing``, after opening; whether it opened."""
    ready, told_ready = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = os.open(folder / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(told, b"\n")
            log = AuditLog.open(AuditFiles(Home(folder)), name="passerelle.test", version="1", bounds=BOUNDS)
            os.write(told_ready, b"!")
            asyncio.run(write(log, run, told))
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(1)
    os.close(told_ready)
    if writing:
        os.read(ready, 1)
    os.close(ready)
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main() -> int:
    """Kill so many times; see the module."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    folder, kills, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(sys.argv[3])
    for run in range(kills):
        if not killed(folder, run, chance.uniform(0.0, 0.02), writing=chance.random() < 0.8):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
