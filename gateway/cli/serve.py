"""``ror gateway``: run the gateway until it is told to stop."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from certs.errors import CertsError
from certs.home import Home
from gateway.cli.tables import messages, say_error
from gateway.errors import GatewayError
from gateway.service import running
from gateway.settings import GatewaySettings
from ror.exit_codes import Exit
from whitelist.errors import WhitelistError


def gateway(
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1 unless told).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (9443 unless told; 0 for a free one).")] = None,
    home: Annotated[Path | None, typer.Option(envvar="ROR_HOME", help="State folder.")] = None,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; running searches are finished first. SIGHUP renews certificates.

    Its settings are the variables ROR_GATEWAY_…: see the operator's guide.
    """
    told = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    try:
        settings = GatewaySettings(**told)  # type: ignore[arg-type]  # validated by pydantic
        asyncio.run(_serve(Home.resolve(home, os.environ), settings))
    except ValidationError as error:
        first = error.errors()[0]
        say_error("settings.invalid", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        raise typer.Exit(Exit.INVALID_INPUT) from error
    except (GatewayError, CertsError, WhitelistError, OSError) as error:
        say_error("gateway.cannot-start", str(error))
        raise typer.Exit(Exit.UNEXPECTED) from error


async def _serve(home: Home, settings: GatewaySettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(home, settings) as gateway_:
        loop.add_signal_handler(signal.SIGHUP, gateway_.renew)
        messages().print(f"Passerelle à l'écoute : {gateway_.url}")
        await stop.wait()
