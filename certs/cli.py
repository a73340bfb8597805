"""``ror certs``: make the demonstration PKI, read certificates, explain verdicts. Data on stdout, the rest on stderr.

Exit codes: 0 done or accepted, 2 usage, 3 refused, 6 a file that cannot be read, 7 expired.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from certs.demonstration_pki import Change, ensure
from certs.errors import CertsError, KeyMaterialError
from certs.home import VARIABLE, Home
from certs.identity import Identity, identity_of
from certs.keys import KeyKind
from certs.profiles import Purpose
from certs.reading import read_pem, to_der
from certs.reasons import Reason
from certs.report import (
    expiry_line,
    identity_document,
    identity_lines,
    verdict_document,
    verdict_lines,
)
from certs.trust import load_trust
from certs.verification import verify

EXIT_REFUSED: Final = 3
EXIT_INVALID_INPUT: Final = 6
EXIT_EXPIRED: Final = 7
_EXPIRED = frozenset({Reason.EXPIRED, Reason.AUTHORITY_OUT_OF_DATE})

app = typer.Typer(no_args_is_help=True, help="Certificates: the demonstration PKI, reading, checking.")

HomeOption = Annotated[
    Path | None, typer.Option("--home", help=f"State folder; default {VARIABLE}, then the user's state folder.")
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="DATE", help="Judge at this moment (ISO 8601, UTC if no zone); default now."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="PEM certificate or chain, leaf first.")]


@app.command(epilog="Example: ror certs demo --home /srv/ror-demo")
def demo(
    home: HomeOption = None,
    key: Annotated[
        KeyKind | None,
        typer.Option("--key", help="Replace keys of another kind; default keeps them, new ones P-256."),
    ] = None,
) -> None:
    """Make the demonstration PKI, or complete and renew it: what still holds is left alone."""
    try:
        pki = ensure(Home.resolve(home, os.environ), at=datetime.now(UTC), key_kind=key)
    except CertsError as error:
        _fail(error)
    counts = ", ".join(f"{len(pki.names(change))} {change.value}" for change in Change)
    typer.echo(f"demonstration certificates: {counts}", err=True)
    typer.echo(pki.home.pki)


@app.command(epilog="Example: ror certs show partner.pem --json")
def show(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say what each certificate of a file says: holder, issuer, usage, dates, digests."""
    try:
        identities = [identity_of(certificate) for certificate in read_pem(_read(file))]
    except CertsError as error:
        _fail(error)
    if as_json:
        _print_json({"certificates": [identity_document(identity) for identity in identities]})
        return
    typer.echo("\n\n".join("\n".join(identity_lines(identity)) for identity in identities))


@app.command(epilog="Example: ror certs check partner.pem --purpose client --at 2027-01-01")
def check(
    file: FileArgument,
    purpose: Annotated[Purpose, typer.Option("--purpose", help="What the holder wants to do.")] = Purpose.CLIENT,
    at: AtOption = None,
    trust: Annotated[
        Path | None, typer.Option("--trust", help="PEM file of the authorities; default the one of the state folder.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a certificate and explain the verdict; exit 0 accepted, 3 refused, 7 expired."""
    moment = _moment(at)
    try:
        authorities = load_trust(trust or Home.resolve(home, os.environ).trust)
        chain = [to_der(certificate) for certificate in read_pem(_read(file))]
    except CertsError as error:
        _fail(error)
    verdict = verify(chain, authorities, purpose, moment)
    if as_json:
        _print_json(verdict_document(verdict, purpose, moment))
    else:
        typer.echo("\n".join(verdict_lines(verdict, purpose, moment)))
    if verdict.reason is not None:
        raise typer.Exit(EXIT_EXPIRED if verdict.reason in _EXPIRED else EXIT_REFUSED)


@app.command(epilog="Example: ror certs expiring --days 90")
def expiring(
    days: Annotated[int, typer.Option("--days", min=0, help="How far to look ahead.")] = 30,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the state folder's certificates that expire within some days; exit 7 if one has already expired."""
    moment = _moment(at)
    try:
        identities = _identities_of(Home.resolve(home, os.environ))
    except CertsError as error:
        _fail(error)
    entries = [
        {
            "name": name,
            "not_after": identity.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "days_left": (identity.not_after - moment).days,
            "fingerprint": identity.fingerprint,
        }
        for name, identity in sorted(identities.items(), key=lambda item: item[1].not_after)
        if identity.not_after <= moment + timedelta(days=days)
    ]
    if as_json:
        _print_json({"at": moment.isoformat(timespec="seconds"), "checked": len(identities), "expiring": entries})
    else:
        typer.echo(f"{len(entries)} of {len(identities)} certificates expire within {days} days", err=True)
        for entry in entries:
            typer.echo(expiry_line(entry))
    if any(identity.not_after < moment for identity in identities.values()):
        raise typer.Exit(EXIT_EXPIRED)


def _identities_of(home: Home) -> dict[str, Identity]:
    """Every certificate under ``pki``, by the name of its file (authorities) or folder (leaves)."""
    files = {path.stem: path for path in sorted(home.authority("root").folder.glob("*.pem"))}
    files |= {path.parent.name: path for path in sorted(home.leaves.glob("*/cert.pem"))}
    if not files:
        raise KeyMaterialError(f"no certificates under {home.pki}; `ror certs demo` makes the demonstration's")
    return {name: identity_of(read_pem(_read(path))[0]) for name, path in files.items()}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyMaterialError(f"{path} cannot be read: {error.strerror}") from error


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 date", param_hint="--at") from error


def _print_json(document: dict[str, object]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _fail(error: CertsError) -> NoReturn:
    typer.echo(f"{error.code}: {error}", err=True)
    raise typer.Exit(EXIT_INVALID_INPUT) from error
