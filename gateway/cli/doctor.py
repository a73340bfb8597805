"""``ror doctor``: what stands between this machine and a running gateway, one line each."""

import os
import socket
import ssl
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from certs.errors import CertsError
from certs.home import Home
from certs.identity import identity_from_pem
from gateway.cli.logs import quiet_logs
from gateway.settings import GatewaySettings
from ror.exit_codes import Exit
from whitelist.errors import NotInitialisedError, WhitelistError
from whitelist.files import WhitelistFiles
from whitelist.office import judge_published
from whitelist.signature import Flaw, Verified

_SOON = timedelta(days=30)
_OLDEST_CLOCK = datetime(2025, 1, 1, tzinfo=UTC)


class State(Enum):
    """How a check ended, with its colour and the exit code it asks for."""

    GOOD = "ok", "green", Exit.COMPLETE
    WARNING = "warning", "yellow", Exit.COMPLETE
    BAD = "wrong", "red", Exit.UNEXPECTED
    EXPIRED = "expired", "red", Exit.TRUST_EXPIRED

    def __init__(self, word: str, colour: str, exit_code: Exit) -> None:
        self.word = word
        self.colour = colour
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it is, and what to do."""

    subject: str
    state: State
    sentence: str


def doctor(
    home: Annotated[Path | None, typer.Option(envvar="ROR_HOME", help="State folder.")] = None,
) -> None:
    """Check Python, clock, ports, certificates, whitelist and the files' rights.

    Exit codes: 0 fit, 1 something is wrong, 7 trust material has expired.
    """
    quiet_logs()
    found = list(findings(Home.resolve(home, os.environ), datetime.now(UTC)))
    table = Table(show_header=False, box=None)
    for finding in found:
        table.add_row(Text(finding.state.word, style=finding.state.colour), finding.subject, Text(finding.sentence))
    Console(highlight=False).print(table)
    raise typer.Exit(max((finding.state.exit_code for finding in found), default=Exit.COMPLETE))


def findings(home: Home, now: datetime) -> Iterator[Finding]:
    """Every check, in the order in which it is best mended."""
    yield _python()
    yield _clock(now)
    yield _port(GatewaySettings())
    if not home.root.exists():
        yield Finding(
            "state folder", State.WARNING, f"{home.root} is not there yet: `ror demo` or `ror certs demo` makes it"
        )
        return
    yield from _certificates(home, now)
    yield _whitelist(home, now)
    yield from _rights(home)


def _python() -> Finding:
    told = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}, {ssl.OPENSSL_VERSION}"
    fit = sys.version_info >= (3, 11)
    return Finding("Python", State.GOOD if fit else State.BAD, told if fit else f"{told}: 3.11 or newer is needed")


def _clock(now: datetime) -> Finding:
    fit = now > _OLDEST_CLOCK
    return Finding("clock", State.GOOD if fit else State.BAD, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _port(settings: GatewaySettings) -> Finding:
    subject = f"port {settings.port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding(
                subject, State.WARNING, f"taken ({error.strerror}): a gateway already runs, or set ROR_GATEWAY_PORT"
            )
    return Finding(subject, State.GOOD, "free")


def _certificates(home: Home, now: datetime) -> Iterator[Finding]:
    files = sorted(home.leaves.glob("*/cert.pem"))
    if not files:
        yield Finding("certificates", State.BAD, "none: `ror certs demo` makes them")
        return
    expired, soon, unreadable = [], [], []
    for path in files:
        try:
            identity = identity_from_pem(path.read_bytes())
        except (CertsError, OSError):
            unreadable.append(path.parent.name)
            continue
        if identity.not_after < now:
            expired.append(path.parent.name)
        elif identity.not_after < now + _SOON:
            soon.append(path.parent.name)
    if unreadable:
        yield Finding("certificates", State.BAD, f"cannot be read: {', '.join(unreadable)}")
    if expired:
        yield Finding("certificates", State.EXPIRED, f"expired: {', '.join(expired)}")
    if soon:
        yield Finding("certificates", State.WARNING, f"expire within 30 days: {', '.join(soon)}")
    if not expired and not soon and not unreadable:
        yield Finding("certificates", State.GOOD, f"{len(files)} in {home.leaves}")


def _whitelist(home: Home, now: datetime) -> Finding:
    try:
        verdict = judge_published(WhitelistFiles(home), now)
    except NotInitialisedError:
        return Finding("whitelist", State.BAD, "none published: `ror whitelist init`")
    except WhitelistError as error:
        return Finding("whitelist", State.BAD, f"{error.code}: {error}")
    if isinstance(verdict, Verified):
        until = verdict.whitelist.expires_at
        return Finding("whitelist", State.GOOD, f"version {verdict.whitelist.version}, until {until:%Y-%m-%d}")
    state = State.EXPIRED if verdict.flaw is Flaw.EXPIRED else State.BAD
    return Finding("whitelist", state, f"{verdict.flaw.value}: {verdict.detail}")


def _rights(home: Home) -> Iterator[Finding]:
    secrets = [*home.pki.rglob("*.key"), *home.pki.rglob("key.pem"), *home.whitelist.rglob("officers/*.json")]
    loose = [path for path in secrets if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        shown = ", ".join(str(path.relative_to(home.root)) for path in loose[:5])
        yield Finding("rights", State.BAD, f"readable by others: {shown} (chmod 600)")
    else:
        yield Finding("rights", State.GOOD, f"{len(secrets)} private keys are the owner's alone")
