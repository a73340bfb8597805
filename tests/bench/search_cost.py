"""``python -m tests.bench.search_cost``: what one national search costs the gateway, against other designs.

Seventeen static nodes over mutual TLS, each design in a process of its own (pinned apart from the nodes and the
caller where there is more than one core), one search at a time, the designs in turns within one run. The figure is
processor time as the scheduler accounts it. Every answer is counted, the first and last of a size are read back.
Speed is told, not asserted, but for the target: exit 1 where it is missed, 2 where a design did not do the work.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from certs.demonstration_pki import ensure as ensure_certificates
from certs.home import Home
from tests.bench import figures
from tests.bench.asking import Caller, NotDoneError, check_count, check_wholly
from tests.bench.canned import bytes_of_all
from tests.bench.child import Child, ChildEndedError, running
from whitelist.demonstration import PKI_PARTNERS
from whitelist.demonstration import ensure as ensure_whitelist

NAMES = (figures.OURS, "lxml", "relay", figures.FLOOR, figures.ZEEP)
_SHORT_SEARCH_MS = 400.0
_SLOW_UNITS = 500
"""From here on zeep is asked once: it takes a minute or more a search."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; the exit code."""
    chosen = _options().parse_args(arguments)
    sizes = chosen.units or ([10, 100, 1000] if chosen.full else [10, 100])
    rounds = chosen.rounds or (9 if chosen.full else 5)
    try:
        measured, cores = measure(sizes, rounds, chosen.designs)
    except (NotDoneError, ChildEndedError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    figures.show(measured)
    held, sentence = figures.verdict(measured)
    print(sentence)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures.document(measured, cores), indent=1), "utf-8")
    return 0 if held else 1


def measure(
    sizes: Sequence[int], rounds: int, names: Sequence[str]
) -> tuple[list[figures.Size], dict[str, list[int]]]:
    """Run everything and stop it again."""
    measured_on, others = _cores()
    with ExitStack() as stack:
        home = Home(Path(stack.enter_context(TemporaryDirectory(prefix="ror-bench-"))))
        now = datetime.now(UTC)
        ensure_certificates(home, at=now, partners=PKI_PARTNERS)
        ensure_whitelist(home, at=now)
        if others:
            stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
            os.sched_setaffinity(0, others)
        nodes = stack.enter_context(running("tests.bench.nodes", str(home.root), cores=others))
        nodes.line()
        children = {
            name: stack.enter_context(running("tests.bench.contender", name, str(home.root), cores=measured_on))
            for name in names
        }
        urls = {name: child.line() for name, child in children.items()}
        caller = Caller(home)
        stack.callback(caller.close)
        measured = []
        for units in sizes:
            nodes.tell(str(units))
            size = figures.Size(units, bytes_of_all(units))
            _measure_size(size, rounds, children, urls, caller)
            measured.append(size)
    return measured, {"measured": sorted(measured_on), "nodes_and_caller": sorted(others)}


def _measure_size(
    size: figures.Size, rounds: int, children: Mapping[str, Child], urls: Mapping[str, str], caller: Caller
) -> None:
    """Warm every design up, then give each its turn, round by round, from another one on each time.

    Who is too slow at this size is measured by its first search alone.
    """
    repeats = {}
    for name, child in children.items():
        _progress(f"17 x {size.units}: {name}")
        before = child.cpu_ns()
        body = caller.ask(urls[name])
        first_ms = (child.cpu_ns() - before) / 1e6
        check_wholly(name, body, size.units)
        if _is_slow(name, size):
            size.rounds[name] = [first_ms]
            continue
        before = child.cpu_ns()
        check_count(name, caller.ask(urls[name]), size.units)
        repeats[name] = max(1, min(20, round(_SHORT_SEARCH_MS / max((child.cpu_ns() - before) / 1e6, 1.0))))
        size.rounds[name] = []
    for number in range(rounds):
        _progress(f"17 x {size.units}: round {number + 1} of {rounds}")
        for name in _turned(list(repeats), number):
            before = children[name].cpu_ns()
            for _ in range(repeats[name]):
                body = caller.ask(urls[name])
                check_count(name, body, size.units)
            size.rounds[name].append((children[name].cpu_ns() - before) / 1e6 / repeats[name])
    for name, child in children.items():
        if name in repeats:
            check_wholly(name, caller.ask(urls[name]), size.units)
        size.peak_mb[name] = child.peak_mb()


def _is_slow(name: str, size: figures.Size) -> bool:
    return name == figures.ZEEP and size.units >= _SLOW_UNITS


def _turned(names: list[str], by: int) -> Iterator[str]:
    at = by % len(names)
    yield from names[at:] + names[:at]


def _cores() -> tuple[frozenset[int], frozenset[int]]:
    """One core for what is measured, the others for nodes and caller; nothing pinned on a single core."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        return frozenset(), frozenset()
    return frozenset(available[:1]), frozenset(available[1:])


def _progress(text: str) -> None:
    print(text, file=sys.stderr)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="search_cost", description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="also 17 x 1000, and nine rounds")
    parser.add_argument("--rounds", type=int, help="rounds a size (5, with --full 9)")
    parser.add_argument("--units", type=int, action="append", help="results a node; may be repeated")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--designs", nargs="+", choices=NAMES, default=NAMES, help="which designs take part")
    return parser


if __name__ == "__main__":
    sys.exit(main())
