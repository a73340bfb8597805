"""``ror whitelist officers``: who signs, and how they change, which the officers of today must sign."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from whitelist import office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, JsonOption
from whitelist.draft import Draft
from whitelist.errors import OfficerError
from whitelist.files import WhitelistFiles, read_whole
from whitelist.holders import person_digest, read_person
from whitelist.office import MAX_KEY_BYTES
from whitelist.officers import Officer, OfficerKey, OfficerTrust, public_json, read_public
from whitelist.proposal import Base
from whitelist.roster import with_new_key, with_officer, without_officer
from whitelist.texts import check_id

app = typer.Typer(help="The officers who sign the list, and their keys.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The officer's name.")]
PublicOption = Annotated[
    Path | None, typer.Option("--public-key", help="File that `officers key` wrote elsewhere; made here unless told.")
]
CertificateOption = Annotated[
    Path | None,
    typer.Option("--certificate", help="The officer's own certificate (Personnes): one person, one vote."),
]
ThresholdOption = Annotated[int | None, typer.Option("--threshold", help="How many must sign from then on.")]


@app.command("list", epilog="Example: `ror whitelist officers list`; `… list --trust-file > officers.json`")
def list_(
    as_json: JsonOption = False,
    trust_file: Annotated[
        bool, typer.Option("--trust-file", help="What a new gateway pins: the set in force, as its trust file.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Show the officers in force, and how many of them must sign."""
    with desk.told():
        files = desk.files_of(home)
        officers = office.base_of(files, desk.now()).officers
        if trust_file:
            typer.echo(officers.to_json())
        elif as_json:
            listed = [public_json(one) | {"person": one.person} for one in officers.officers]
            desk.print_json({"version": officers.version, "threshold": officers.threshold, "officers": listed})
        else:
            title = f"Officers ({officers.environment}), set {officers.version}: {officers.threshold} must sign"
            desk.print_table(title, _table(files, officers))


@app.command(epilog="Example: `ror whitelist officers key officer-3 > officer-3.json`")
def key(name: NameArgument, home: HomeOption = None) -> None:
    """Make your own key, on your own machine; the public half goes to stdout, for the others to list."""
    with desk.told():
        check_id(name, "the officer's name")
        fresh = OfficerKey.generate(name)
        _keep(desk.files_of(home), fresh)
        desk.print_json(public_json(fresh.officer))


@app.command(
    epilog="Example: `ror whitelist officers add officer-3 --public-key officer-3.json --certificate card.pem`"
)
def add(
    name: NameArgument,
    public_key: PublicOption = None,
    certificate: CertificateOption = None,
    threshold: ThresholdOption = None,
    home: HomeOption = None,
) -> None:
    """Put an officer more on the draft."""
    with desk.told():
        files = desk.files_of(home)
        fresh, made = _officer(name, public_key, certificate)
        _change(files, made, lambda draft, base: with_officer(draft, base.officers, fresh, threshold))


@app.command(epilog="Example: `ror whitelist officers remove officer-1`")
def remove(name: NameArgument, threshold: ThresholdOption = None, home: HomeOption = None) -> None:
    """Put an officer less on the draft; another officer puts it forward."""
    with desk.told():
        _change(desk.files_of(home), None, lambda draft, base: without_officer(draft, base.officers, name, threshold))


@app.command(epilog="Example: `ror whitelist officers rotate officer-2`")
def rotate(
    name: NameArgument,
    public_key: PublicOption = None,
    certificate: CertificateOption = None,
    home: HomeOption = None,
) -> None:
    """Give an officer a new key, on the draft. The officers of today sign it, and the new key too."""
    with desk.told():
        fresh, made = _officer(name, public_key, certificate)
        _change(desk.files_of(home), made, lambda draft, base: with_new_key(draft, base.officers, fresh))


def _officer(name: str, public_key: Path | None, certificate: Path | None) -> tuple[Officer, OfficerKey | None]:
    """The officer with the new key, and the private half if it was made here."""
    check_id(name, "the officer's name")
    person = person_digest(read_person(certificate, desk.now())) if certificate is not None else ""
    if public_key is None:
        made = OfficerKey.generate(name)
        return Officer(name, made.officer.x, person), made
    known = read_public(read_whole(public_key, MAX_KEY_BYTES))
    if known.name != name:
        raise OfficerError(f"{public_key} is the key of {known.name}, not of {name}")
    return Officer(name, known.x, person), None


def _keep(files: WhitelistFiles, made: OfficerKey) -> None:
    path = office.keep_key(files, made)
    desk.say(f"the private key of {made.officer.name}, for nobody else: {path}")


def _change(files: WhitelistFiles, made: OfficerKey | None, change: Callable[[Draft, Base], Draft]) -> None:
    """Change the draft; a key made here is on disk before the draft names it, and only if the draft takes it."""

    def changed(draft: Draft, base: Base) -> Draft:
        outcome = change(draft, base)
        if made is not None:
            _keep(files, made)
        return outcome

    draft = office.change_draft_of(files, desk.now(), changed)
    names = ", ".join(one.name for one in draft.officers or ())
    desk.say(f"officers on the draft: {names}")
    desk.say_unsigned(draft)


def _table(files: WhitelistFiles, officers: OfficerTrust) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for column in ("Officer", "Key", "Person", "Key here"):
        table.add_column(column, overflow="fold")
    here = frozenset(files.officers_here)
    for one in officers.officers:
        table.add_row(one.name, one.kid, one.person[:16] or "no certificate shown", "yes" if one.name in here else "")
    return table
