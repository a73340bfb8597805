"""Child processes of the bench: each pinned, measured by the scheduler's own clock, ended by its own id."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
_GRACE_S = 10.0


class Child:
    """A running module of the bench that talks by lines."""

    def __init__(self, module: str, *arguments: str, cores: frozenset[int]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if os.environ.get("BENCH_QUIET", "1") == "1" else None,
            cwd=ROOT,
            text=True,
        )
        self.module = module
        if cores:
            os.sched_setaffinity(self._process.pid, cores)

    def line(self) -> str:
        """The next line that it says; ``ChildEndedError`` if it ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise ChildEndedError(f"{self.module} ended (set BENCH_QUIET=0 to see why)")
        return line

    def tell(self, command: str) -> str:
        """Send a line, and wait for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self.line()

    def cpu_ns(self) -> int:
        """Processor time that all its threads have had so far, as the scheduler accounts it, in ns."""
        return time.clock_gettime_ns(_process_clock(self._process.pid))

    def peak_mb(self) -> float:
        """The most memory it has had resident, in MB."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self) -> None:
        """End it: by the end of its input, else by a signal to its id."""
        with contextlib.suppress(OSError):
            self._process.communicate(timeout=_GRACE_S)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class ChildEndedError(Exception):
    """A child ended before its time."""


@contextmanager
def running(module: str, *arguments: str, cores: frozenset[int] = frozenset()) -> Iterator[Child]:
    """Run a module of the bench as a child for the length of a block."""
    child = Child(module, *arguments, cores=cores)
    try:
        yield child
    finally:
        child.stop()


def say(line: str) -> None:
    """Say a line to the parent."""
    print(line, flush=True)


async def commands() -> AsyncIterator[str]:
    """Lines from the parent, until it closes or dies."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.strip()


def _process_clock(pid: int) -> int:
    """The clock id of another process (the kernel's ``CPUCLOCK_SCHED`` of ``pid``; see clock_getcpuclockid(3))."""
    return (~pid << 3) | 2
