"""``ror whitelist``: what an officer does with the list. Messages go to stderr, the list itself to stdout."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from certs import demonstration_pki
from certs.errors import CertsError
from certs.home import Home
from ror.exit_codes import Exit
from whitelist import demonstration, office
from whitelist.document import NO_DEFAULT, PartnerKind, check_id
from whitelist.draft import DEFAULT_LIFE, Draft, changes
from whitelist.errors import StorageError, UnusableListError, WhitelistError
from whitelist.files import WhitelistFiles, read_trust, read_whole
from whitelist.jws import MAX_FILE_BYTES
from whitelist.list_view import draft_view, heading, list_view, partners_table
from whitelist.partner_words import PartnerWords, partner_of
from whitelist.signature import Flaw, Rejected, Verdict, Verified, verify

app = typer.Typer(
    name="whitelist",
    help="The signed list of partners: who may ask what. add and revoke edit a draft, sign publishes it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
HomeOption = Annotated[Path | None, typer.Option("--home", envvar="ROR_HOME", help="State folder.")]
_UNREADABLE_FLAWS = frozenset({Flaw.TOO_LARGE, Flaw.MALFORMED, Flaw.INVALID})


@app.command(epilog="Example: `ror whitelist init --demo`; `ror whitelist init --environment production`")
def init(
    demo: Annotated[bool, typer.Option("--demo", help="With the demonstration's PKI and partners.")] = False,
    environment: Annotated[str, typer.Option(help="What the list is for; lists of another are refused.")] = "test",
    officer: Annotated[str, typer.Option(help="Name of the officer whose signing key is made.")] = "officer-1",
    home: HomeOption = None,
) -> None:
    """Make the officer's key (0600), pin it, and publish version 1: empty, or the demonstration's."""
    with _told():
        files, now = _files(home), _now()
        if demo:
            demonstration_pki.ensure(files.home, at=now, partners=demonstration.PKI_PARTNERS)
            whitelist = demonstration.ensure(files.home, at=now)
        else:
            check_id(environment, "the environment")
            check_id(officer, "the officer's name")
            trust = office.found(files, environment=environment, officers=(officer,))
            key = office.read_officer_key(files, officer, trust)
            whitelist = office.sign_draft(files, (key,), now).verified.whitelist
        _say(f"version {whitelist.version} is in force with {len(whitelist.partners)} partners: {files.published}")
        _say(f"keep the signing key safe, and off the gateway: {files.officer_key(officer)}")


@app.command(epilog="Example: `ror whitelist show --json | jq '.partners[].id'`")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="The draft instead of the list in force.")] = False,
    home: HomeOption = None,
) -> None:
    """Show the list in force, or the draft, with what it would change."""
    with _told():
        files, now = _files(home), _now()
        if draft:
            _show_draft(files, now, as_json=as_json)
            return
        verdict = office.judge_published(files, now)
        verified = verdict if isinstance(verdict, Verified) else verdict.authentic
        if verified is None:
            raise typer.Exit(_told_verdict(verdict, files.published))
        if as_json:
            _print_json(list_view(verified.whitelist, verified.signers, usable=isinstance(verdict, Verified)))
        else:
            _print_table(
                heading(verified.whitelist, verified.signers), partners_table(verified.whitelist.partners, now=now)
            )
        if files.draft.exists():
            _say("there is a draft that is not signed: see `ror whitelist show --draft`")
        if isinstance(verdict, Rejected):
            raise typer.Exit(_told_verdict(verdict, files.published))


@app.command(
    epilog="Example: `ror whitelist add --certificate samu.pem --id samu-isere --name 'SAMU 38' --home-ror ara "
    "--perimeter all --profile CU22 --profile CU18 --default-profile CU22`"
)
def add(
    certificate: Annotated[Path, typer.Option(help="PEM file of the partner's client certificate (ORG AUTH_CLI).")],
    id_: Annotated[str, typer.Option("--id", help="Short id: a-z, 0-9, hyphens.")],
    name: Annotated[str, typer.Option(help="Name shown to officers.")],
    home_ror: Annotated[str | None, typer.Option(help="Home ROR (ara, idf …); none for a gateway.")] = None,
    kind: Annotated[PartnerKind, typer.Option(help="What it is.")] = PartnerKind.APPLICATION,
    perimeter: Annotated[
        list[str] | None, typer.Option(help="`all`, region codes or RORs; repeatable. The home ROR unless told.")
    ] = None,
    profile: Annotated[list[str] | None, typer.Option(help="Allowed profile, CU18 to CU23; repeatable.")] = None,
    default_profile: Annotated[str, typer.Option(help="Profile without a VIHF.")] = NO_DEFAULT.value,
    transactions: Annotated[list[str] | None, typer.Option(help="recherche, lecture …; repeatable.")] = None,
    limit: Annotated[int, typer.Option(help="Units an answer, at most 20000.")] = 199,
    quota: Annotated[int, typer.Option(help="Questions a minute.")] = 60,
    valid_from: Annotated[str | None, typer.Option(help="First moment (ISO; a date is 00:00 UTC). Now.")] = None,
    valid_to: Annotated[str | None, typer.Option(help="End, excluded. The certificate's own end.")] = None,
    contact: Annotated[str, typer.Option(help="A function's address, not a person's.")] = "",
    comment: Annotated[str, typer.Option(help="Why it is added.")] = "",
    home: HomeOption = None,
) -> None:
    """Put a partner on the draft. Nothing changes for anybody before `ror whitelist sign`."""
    with _told():
        now = _now()
        words = PartnerWords(
            id=id_,
            name=name,
            kind=kind,
            home_ror=home_ror,
            perimeter=_split(perimeter),
            profiles=_split(profile),
            default_profile=default_profile,
            transactions=_split(transactions),
            limit=limit,
            quota=quota,
            valid_from=valid_from,
            valid_to=valid_to,
            contact=contact,
            comment=comment,
        )
        partner = partner_of(words, certificate, now)
        draft = office.change_draft(_files(home), now, lambda draft: draft.with_partner(partner))
        _say(f"{partner.id} is on the draft: {partner.subject}")
        _say_unsigned(draft)


@app.command(epilog="Example: `ror whitelist revoke portail-public --reason 'key lost'`")
def revoke(
    partner_id: Annotated[str, typer.Argument(metavar="ID", help="The partner's id.")],
    reason: Annotated[str, typer.Option(help="Why; it stays on the list.")],
    home: HomeOption = None,
) -> None:
    """Revoke a partner on the draft, for good. Nothing changes for anybody before `ror whitelist sign`."""
    with _told():
        draft = office.change_draft(_files(home), _now(), lambda draft: draft.with_revoked(partner_id, reason))
        _say(f"{partner_id} is revoked on the draft")
        _say_unsigned(draft)


@app.command(epilog="Example: `ror whitelist discard`")
def discard(home: HomeOption = None) -> None:
    """Throw the draft away; the list in force stays."""
    with _told():
        office.discard_draft(_files(home))
        _say("the draft is gone; the list in force is unchanged")


@app.command(epilog="Example: `ror whitelist sign --days 30`")
def sign(
    officer: Annotated[list[str] | None, typer.Option(help="Who signs; repeatable (officer-1).")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the version lives.")] = DEFAULT_LIFE.days,
    home: HomeOption = None,
) -> None:
    """Sign the draft and publish it as the next version; without a draft, renew the list in force."""
    with _told():
        files = _files(home)
        trust = read_trust(files)
        keys = [office.read_officer_key(files, name, trust) for name in dict.fromkeys(officer or ["officer-1"])]
        published = office.sign_draft(files, keys, _now(), timedelta(days=days))
        whitelist = published.verified.whitelist
        for change in published.changes:
            _say(f"{change.kind.value}: {change.partner_id}")
        _say(f"version {whitelist.version} is in force until {whitelist.expires_at.isoformat()}: {files.published}")


@app.command("verify", epilog="Example: `ror whitelist verify`; `ror whitelist verify received.jws`")
def verify_(
    file: Annotated[Path | None, typer.Argument(help="A signed list; the published one unless told.")] = None,
    home: HomeOption = None,
) -> None:
    """Verify a signed list against the pinned officers. The published one is also held against rollback."""
    with _told():
        files, now = _files(home), _now()
        if file is None:
            verdict = office.judge_published(files, now)
        else:
            verdict = verify(read_whole(file, MAX_FILE_BYTES), read_trust(files), now=now, last=None)
        raise typer.Exit(_told_verdict(verdict, file or files.published))


def _show_draft(files: WhitelistFiles, now: datetime, *, as_json: bool) -> None:
    draft = office.read_draft(files)
    try:
        current = office.current_list(files, now)
    except UnusableListError:
        current = None
    marks = {
        change.partner_id: change.kind for change in changes(current.partners if current else (), draft.partners)
    }
    if as_json:
        _print_json(draft_view(draft, marks))
    else:
        title = f"Draft after version {draft.base_version}, not signed: nothing here is in force"
        _print_table(title, partners_table(draft.partners, now=now, marks=marks))
    if (current.version if current else 0) != draft.base_version:
        _say("the list in force has moved on: this draft cannot be signed, `ror whitelist discard` it")


def _told_verdict(verdict: Verdict, path: Path) -> Exit:
    """Say what was found and which exit code tells it."""
    if isinstance(verdict, Verified):
        typer.echo(
            f"valid: {heading(verdict.whitelist, verdict.signers)}, {len(verdict.whitelist.partners)} partners"
        )
        return Exit.COMPLETE
    _say_error(verdict.flaw.value, f"{path}: {verdict.detail}")
    if verdict.flaw is Flaw.EXPIRED:
        return Exit.TRUST_EXPIRED
    return Exit.INVALID_INPUT if verdict.flaw in _UNREADABLE_FLAWS else Exit.REFUSED


@contextmanager
def _told() -> Iterator[None]:
    """Whatever is refused becomes one line with a stable code, and an exit code."""
    try:
        yield
    except UnusableListError as error:
        _fail(error.code, str(error), Exit.REFUSED)
    except StorageError as error:
        _fail(error.code, str(error), Exit.UNEXPECTED)
    except (WhitelistError, CertsError) as error:
        _fail(error.code, str(error), Exit.INVALID_INPUT)


def _fail(code: str, message: str, exit_code: Exit) -> None:
    _say_error(code, message)
    raise typer.Exit(exit_code)


def _files(home: Path | None) -> WhitelistFiles:
    return WhitelistFiles(Home.resolve(home, os.environ))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _split(words: list[str] | None) -> tuple[str, ...]:
    return tuple(part for word in words or () for part in word.replace(",", " ").split())


def _say_unsigned(draft: Draft) -> None:
    _say(f"not in force yet: `ror whitelist sign` publishes the draft, which follows version {draft.base_version}")


def _say(message: str) -> None:
    typer.echo(message, err=True)


def _say_error(code: str, message: str) -> None:
    typer.echo(f"ror: {code}: {' '.join(message.split())}", err=True)


def _print_table(title: str, table: Table) -> None:
    typer.echo(title)
    Console(highlight=False).print(table)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
