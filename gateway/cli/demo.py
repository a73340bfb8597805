"""``ror demo``: everything set up and running, and one real national search before the eyes."""

import asyncio
import contextlib
import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from certs.demonstration_pki import ensure as ensure_certificates
from certs.errors import CertsError
from certs.home import Home
from gateway.asking import Answered, GatewayUnreachableError, Refused, ask_gateway
from gateway.cli.live_board import LiveBoard
from gateway.cli.logs import quiet_logs
from gateway.cli.node_host import drained, prepare, serving
from gateway.cli.partner import AskingPartner
from gateway.cli.tables import completeness, messages, output, say_error, units_table
from gateway.errors import GatewayError
from gateway.offer_view import view
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.access import ProfileCode
from ror.coding import Code, Scheme
from ror.exit_codes import Exit, exit_of_fault
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from whitelist.demonstration import ensure as ensure_whitelist
from whitelist.errors import WhitelistError

PARTNER = "samu-rhone"
BURNS_INTENSIVE_CARE = Code("121", Scheme.ACTIVITY)
LYON = "69123"
_AFTER_ONCE = """
À essayer ensuite :
  ror demo                la passerelle et les nœuds restent à l'écoute
  ror nodes status
  ror whitelist show"""
_ENDED_BY_SIGTERM = 128 + signal.SIGTERM


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the search.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the real open data (GISCO and SAE files) instead of the synthetic one.", exists=True
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port of the gateway; 0 takes a free one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as one JSON object on stdout.")] = False,
    home: Annotated[Path | None, typer.Option(envvar="ROR_HOME", help="State folder.")] = None,
) -> None:
    """Set up certificates, whitelist, data, 17 nodes and the gateway; search the whole country for a burns bed.

    Simulated data, not for care. Examples: `ror demo --once`, `ror demo --data ~/open-data`.
    """
    quiet_logs()
    if port is None:
        port = 0 if once else GatewaySettings().port
    try:
        exit_code = asyncio.run(_demonstrate(Home.resolve(home, os.environ), data, port, once=once, as_json=as_json))
    except asyncio.CancelledError as stopped:
        raise typer.Exit(_ENDED_BY_SIGTERM) from stopped
    except (GatewayError, CertsError, WhitelistError, OSError) as error:
        say_error("demo.failed", str(error))
        raise typer.Exit(Exit.UNEXPECTED) from error
    raise typer.Exit(exit_code)


async def _demonstrate(home: Home, data: Path | None, port: int, *, once: bool, as_json: bool) -> Exit:
    console = messages()
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with console.status("Certificats de démonstration …"):
        await asyncio.to_thread(ensure_certificates, home, at=datetime.now(UTC))
    with console.status("Liste blanche …"):
        await asyncio.to_thread(ensure_whitelist, home, at=datetime.now(UTC))
    with console.status("Données des 17 ROR …" if data is None else f"Import de {data} …"):
        await asyncio.to_thread(prepare, home, data)
    board = LiveBoard()
    with serving(home) as nodes:
        drain = asyncio.create_task(drained(nodes), name="node-log")
        try:
            async with running(home, GatewaySettings(port=port), on_reply=board) as gateway:
                exit_code = await _search(home, gateway, board, as_json=as_json)
                if once:
                    console.print(_AFTER_ONCE, markup=False, soft_wrap=True)
                else:
                    _what_next(console, gateway)
                    await _until_interrupted()
        finally:
            nodes.terminate()
            await drain
    return exit_code


async def _search(home: Home, gateway: RunningGateway, board: LiveBoard, *, as_json: bool) -> Exit:
    asking = AskingPartner.of_home(home, PARTNER, ProfileCode.CU22)
    question = Question(
        criteria=Criteria(activities=(BURNS_INTENSIVE_CARE,)),
        destinations=(Destination(DestinationLevel.COUNTRY, "FR"),),
        reference=ReferencePlace(commune=LYON),
    )
    try:
        with board.shown(messages()):
            outcome = await ask_gateway(gateway.url + ns.PATH_G1, asking.context, asking.caller, question)
    except GatewayUnreachableError as error:
        say_error("gateway.unreachable", str(error))
        return Exit.NO_ROR_ANSWERED
    if isinstance(outcome, Refused):
        say_error(outcome.fault.slug or "fault", outcome.fault.message)
        return exit_of_fault(outcome.fault.number, outcome.fault.slug)
    return _told(outcome, as_json=as_json)


def _told(answered: Answered, *, as_json: bool) -> Exit:
    shown = view(answered.directory, answered.coverage)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        messages().print(f"{completeness(shown['coverage'])}.", style="bold")
        messages().print("Réanimation des brûlés (activité 121), au plus près de Lyon :")
        output().print(units_table(shown["units"], simulated=shown["simulated"]))
    return Exit.COMPLETE if answered.coverage.is_complete else Exit.PARTIAL


def _what_next(console: Console, gateway: RunningGateway) -> None:
    url = f"{gateway.url}{ns.PATH_G1}"
    console.print(
        f"""
La passerelle reste à l'écoute : {url}  (Ctrl-C pour arrêter)
À essayer dans un autre terminal :
  ror search --act 0131 --equipment 093 --open-beds 1 --near Lyon --url {url}
  ror search --activity 059 --in 69123 --within 25 --url {url}
  ror search --activity 121 --partner portail-public --open-beds 1 --url {url}   (refusé : 403)
  ror nodes status
  ror whitelist show""",
        markup=False,
        soft_wrap=True,
    )


async def _until_interrupted() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
