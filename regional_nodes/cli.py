"""``ror nodes``: prepare, import, serve, look at and break the regional nodes. Data on stdout, the rest on stderr.

Exit codes: 0 done, 1 unexpected, 2 usage, 4 some nodes are down, 5 all of them are, 6 input that cannot be read.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from certs.audit.acting import OperatorAct, record_act
from certs.errors import CertsError
from certs.home import VARIABLE, Home
from regional_nodes.directory import DEFAULT_BASE_PORT
from regional_nodes.errors import FaultSyntaxError, NodesError, OpenDataError
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.imported.report import ImportReport, write_csv
from regional_nodes.preparing import DEFAULT_SEED, Synthesis, prepare_imported, prepare_synthetic
from regional_nodes.serving.fault_plan import (
    known_ror,
    parse_fault_option,
    plan_path,
    read_plan,
    write_plan,
)
from regional_nodes.serving.faults import FaultKind, NodeFault
from regional_nodes.status import statuses
from regional_nodes.tables import import_tables, status_table
from ror.exit_codes import Exit
from ror.territory import RORS

app = typer.Typer(
    no_args_is_help=True,
    help="The seventeen simulated regional RORs: their data, their servers, their faults. Not for care.",
)

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help=f"State folder; default {VARIABLE}, then the user's state folder.", envvar=VARIABLE),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, max=64, help="Processes; default one a processor.")
]


@app.command(epilog="Example: ror nodes prepare --seed 7 --scale 0.2")
def prepare(
    home: HomeOption = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another France.")] = DEFAULT_SEED,
    scale: Annotated[float, typer.Option(min=0.01, max=50, help="1 is about 5,000 units over the 17 RORs.")] = 1.0,
    force: Annotated[bool, typer.Option("--force", help="Make anew what is there already.")] = False,
    workers: WorkersOption = None,
) -> None:
    """Make the synthetic databases. Fresh ones of the same seed and scale are kept; imported ones are replaced."""
    synthesis = Synthesis(seed=seed, scale=scale, at=_now())
    with _counting("Données synthétiques") as done:
        try:
            state = _home(home)
            record_act(state, OperatorAct.DATA_PREPARED, target=synthesis.name)
            metas = prepare_synthetic(
                state,
                synthesis,
                force=force,
                workers=workers,
                on_done=done,
            )
        except (NodesError, CertsError, OSError) as error:
            _fail(error)
    units = sum(meta.units for meta in metas.values())
    establishments = sum(meta.establishments for meta in metas.values())
    _messages().print(f"17 RORs: {establishments} establishments, {units} units, all invented.", highlight=False)


@app.command(
    "import", epilog="Example: ror nodes import --gisco data/etablissements-gisco-2020.csv --sae data/sae-2022"
)
def import_(
    gisco: Annotated[Path, typer.Option(help="The GISCO file of establishments, CSV.", exists=True, dir_okay=False)],
    sae: Annotated[Path, typer.Option(help="The folder of the SAE's CSV files.", exists=True, file_okay=False)],
    home: HomeOption = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Where to write every row that was not placed, CSV; default in the state folder."),
    ] = None,
    as_json: JsonOption = False,
    workers: WorkersOption = None,
) -> None:
    """Import the real establishments. Availability and persons stay invented. Every row not placed is listed."""
    state = _home(home)
    with _counting("Import des données ouvertes") as done:
        try:
            record_act(state, OperatorAct.DATA_IMPORTED, target=f"{gisco.name} {sae.name}")
            imported = prepare_imported(state, gisco, sae, at=_now(), workers=workers, on_done=done)
            listing = report or state.nodes / "import-not-placed.csv"
            _write_listing(listing, imported.report)
        except OpenDataError as error:
            _fail(error, Exit.INVALID_INPUT)
        except (NodesError, CertsError, OSError) as error:
            _fail(error)
    for table in import_tables(imported.report):
        _messages().print(table)
    for remark in imported.report.remarks:
        _messages().print(remark, markup=False, highlight=False)
    _messages().print(f"Every row, number and point that was not placed: {listing}", markup=False, soft_wrap=True)
    if as_json:
        _print_json(imported.report.as_json())


@app.command(epilog="Example: ror nodes serve --only idf,ara --fault ara=slow:800")
def serve(
    home: HomeOption = None,
    only: Annotated[str | None, typer.Option(help="Some RORs, by id, with commas; default all seventeen.")] = None,
    base_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="Port of the first ROR, the others follow; 0 takes free ones.")
    ] = DEFAULT_BASE_PORT,
    fault: Annotated[
        list[str] | None, typer.Option(help="ROR=fault, to begin with; see `ror nodes fault`. May be repeated.")
    ] = None,
    until_eof: Annotated[
        bool,
        typer.Option("--until-eof", help="Stop as well when the standard input ends: whoever started it is gone."),
    ] = False,
) -> None:
    """Run the nodes on loopback until SIGTERM or Ctrl-C; what is being answered is finished first."""
    try:
        rors = None if only is None else _rors(only)
        faults = dict(parse_fault_option(text) for text in fault or ())
    except FaultSyntaxError as error:
        _fail(error, Exit.USAGE)
    try:
        state = _home(home)
        for ror, begun in faults.items():
            record_act(state, OperatorAct.FAULT_SET, target=f"{ror} {begun}")
        asyncio.run(_serve(state, rors, base_port, faults, until_eof=until_eof))
    except (NodesError, CertsError, OSError) as error:
        _fail(error)


@app.command(epilog="Example: ror nodes status --json")
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show each node: solution, nomenclature, source of its data, how much it holds, where it is, whether it is up.

    Exit codes: 0 all are up, 4 some, 5 none.
    """
    found = asyncio.run(statuses(_home(home)))
    if as_json:
        _print_json({"nodes": [node.as_json() for node in found]})
    else:
        Console(highlight=False).print(status_table(found))
    up = sum(node.up for node in found)
    raise typer.Exit(Exit.COMPLETE if up == len(found) else Exit.PARTIAL if up else Exit.NO_ROR_ANSWERED)


@app.command(epilog="Examples: ror nodes fault idf hang · ror nodes fault idf none · ror nodes fault --list")
def fault(
    ror: Annotated[str | None, typer.Argument(help="The ROR's id.", metavar="ROR")] = None,
    kind: Annotated[str | None, typer.Argument(help="kind, kind:number, or none.", metavar="FAULT")] = None,
    home: HomeOption = None,
    as_list: Annotated[bool, typer.Option("--list", help="List the faults there are.")] = False,
) -> None:
    """Break a running node, or mend it with `none`; it takes effect within a second."""
    if as_list:
        for each in FaultKind:
            name = f"{each.label}:{each.unit.upper().replace(' ', '-')}" if each.unit else each.label
            typer.echo(f"{name:30} {each.help_text}")
        return
    if ror is None or kind is None:
        raise typer.BadParameter("a ROR and a fault are expected, or --list")
    state = _home(home)
    try:
        plan = read_plan(plan_path(state))
        plan.pop(known_ror(ror), None)
        if kind != "none":
            plan[ror] = NodeFault.parse(kind)
        record_act(state, OperatorAct.FAULT_SET, target=f"{ror} {plan.get(ror, 'none')}")
        write_plan(plan_path(state), plan)
    except FaultSyntaxError as error:
        _fail(error, Exit.USAGE)
    except OSError as error:
        _fail(error)


async def _serve(
    home: Home, rors: tuple[str, ...] | None, base_port: int, faults: dict[str, NodeFault], *, until_eof: bool
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        loop.add_reader(sys.stdin.fileno(), _stop_at_end, sys.stdin.fileno(), stop)
    async with NodeHost(home, rors, HostSettings(base_port=base_port)) as host:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, host.renew)
        for ror, fault_ in faults.items():
            if ror in host.rors:
                await host.set_fault(ror, fault_)
        _messages().print(
            f"{len(host.rors)} nodes listen; addresses in {home.nodes_directory}", markup=False, soft_wrap=True
        )
        await stop.wait()


def _stop_at_end(descriptor: int, stop: asyncio.Event) -> None:
    if not os.read(descriptor, 1024):
        asyncio.get_running_loop().remove_reader(descriptor)
        stop.set()


def _rors(text: str) -> tuple[str, ...]:
    chosen = {known_ror(word.strip()) for word in text.split(",") if word.strip()}
    if not chosen:
        raise FaultSyntaxError("--only names no ROR")
    return tuple(ror.id for ror in RORS if ror.id in chosen)


def _write_listing(path: Path, report: ImportReport) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_csv(report, stream)


@contextmanager
def _counting(title: str) -> Iterator[Callable[[object], None]]:
    """A bar on stderr that counts the seventeen: call what it gives for each that is done."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_messages(), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=len(RORS))
        yield lambda _done: progress.advance(task)


def _home(chosen: Path | None) -> Home:
    try:
        return Home.resolve(chosen, os.environ)
    except CertsError as error:
        _fail(error, Exit.USAGE)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _messages() -> Console:
    return Console(stderr=True, highlight=False)


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _fail(error: Exception, code: Exit = Exit.UNEXPECTED) -> NoReturn:
    typer.echo(f"ror nodes: {error}", err=True)
    raise typer.Exit(code)
