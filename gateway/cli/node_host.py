"""The regional nodes as a process of their own: gateway and nodes meet only on the wire."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from certs.home import Home
from gateway.errors import GatewayError

_START_S = 60.0
_STOP_S = 15.0


class NodeHostError(GatewayError):
    """The nodes could not be prepared or started; ``args[0]`` is the last thing they said."""


def prepare(home: Home, data: Path | None) -> None:
    """Have the nodes prepare their data: synthetic, or the real open data in ``data``. Blocks until it is done."""
    if data is None:
        _run(home, ["prepare"])
        return
    gisco = sorted(data.glob("etablissements-gisco*.csv"))
    sae = sorted(path for path in data.glob("sae-*") if path.is_dir())
    if not gisco or not sae:
        raise NodeHostError(f"{data}: etablissements-gisco….csv and a folder sae-… are expected there")
    _run(home, ["import", "--gisco", str(gisco[-1]), "--sae", str(sae[-1])])


@contextmanager
def serving(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """Run all nodes on free ports, ready when their directory is written anew; stopped at the end.

    They stop by themselves when this process is killed: their standard input ends then.
    """
    home.nodes_directory.unlink(missing_ok=True)
    command = _command(home, ["serve", "--base-port", "0", "--until-eof"])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  # own program
        try:
            _wait_until_ready(home, process)
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_STOP_S)
            if process.poll() is None:
                process.kill()


async def drained(process: subprocess.Popen[bytes]) -> None:
    """Read what the nodes log, so that their pipe never fills."""
    if process.stderr is not None:
        while await asyncio.to_thread(process.stderr.readline):
            pass


def _run(home: Home, arguments: Sequence[str]) -> None:
    command = _command(home, arguments)
    done = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False)  # noqa: S603  # own program
    if done.returncode != 0:
        raise NodeHostError(_last_line(done.stderr) or f"ror nodes {arguments[0]} ended with {done.returncode}")


def _command(home: Home, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "gateway", "nodes", *arguments, "--home", str(home.root)]


def _wait_until_ready(home: Home, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            said = process.stderr.read() if process.stderr is not None else b""
            raise NodeHostError(_last_line(said) or "the nodes ended while starting")
        with contextlib.suppress(OSError, ValueError):
            if json.loads(home.nodes_directory.read_text("utf-8")):
                return
        time.sleep(0.05)
    raise NodeHostError(f"the nodes were not ready after {_START_S:.0f} s")


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
