"""``ror whitelist canary``: the partner who is stopped again and again, to see how fast stops work."""

from pathlib import Path
from typing import Annotated

import typer

from whitelist import office
from whitelist.canary import Canary
from whitelist.canary_key import canary_key
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, PartnerArgument
from whitelist.draft import Draft
from whitelist.errors import OfficerError
from whitelist.files import WhitelistFiles, read_whole
from whitelist.office import MAX_KEY_BYTES
from whitelist.officers import public_json, read_public
from whitelist.proposal import Base
from whitelist.texts import check_id

app = typer.Typer(
    help="The canary: a partner who may do next to nothing, and whom a key of its own may stop.",
    no_args_is_help=True,
)


@app.command(epilog="Example: `ror whitelist canary key canari > canari.json`")
def key(partner_id: PartnerArgument, home: HomeOption = None) -> None:
    """Make the key that stops the canary, on the gateway; the public half goes to stdout, for officers to list."""
    with desk.told():
        check_id(partner_id, "the canary")
        files = desk.files_of(home)
        made = canary_key(files, partner_id)
        desk.say(f"the private key, for this gateway only: {files.canary_key}")
        desk.print_json(public_json(made.officer))


@app.command(
    "set", epilog="Example: `ror whitelist canary set canari --public-key canari.json`, the file that `key` wrote"
)
def set_(
    partner_id: PartnerArgument,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="File that `canary key` wrote; the key here unless told.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Name the canary and its key on the draft. Its entry must be there, and may do next to nothing."""
    with desk.told():
        check_id(partner_id, "the canary")
        files = desk.files_of(home)
        canary = Canary(partner_id, _public(files, partner_id, public_key))

        def named(draft: Draft, base: Base) -> Draft:
            return draft.with_canary(canary, base.officers)

        draft = office.change_draft_of(files, desk.now(), named)
        desk.say(f"the canary on the draft is {partner_id}, stopped by key {canary.kid}")
        desk.say_unsigned(draft)


@app.command(epilog="Example: `ror whitelist canary remove`")
def remove(home: HomeOption = None) -> None:
    """Have no canary, on the draft; its entry stays."""
    with desk.told():
        draft = office.change_draft(desk.files_of(home), desk.now(), Draft.without_canary)
        desk.say("no canary on the draft")
        desk.say_unsigned(draft)


def _public(files: WhitelistFiles, partner_id: str, public_key: Path | None) -> str:
    if public_key is None:
        return canary_key(files, partner_id).officer.x
    known = read_public(read_whole(public_key, MAX_KEY_BYTES))
    if known.name != partner_id:
        raise OfficerError(f"{public_key} is the key of {known.name}, not of {partner_id}")
    return known.x
