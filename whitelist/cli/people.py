"""``ror whitelist people add|remove``: the persons who act in a partner's name."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from whitelist import office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, PartnerArgument
from whitelist.document import Partner
from whitelist.draft import Draft
from whitelist.partner_words import with_person, without_person

app = typer.Typer(
    help="Persons at a partner's pages, and who may write beds: named by certificate.", no_args_is_help=True
)


@app.command(
    epilog="Example: `ror whitelist people add samu-rhone --certificate card.pem --id poste-1 --profile CU22 "
    "--role reader --role bed-writer`"
)
def add(
    partner_id: PartnerArgument,
    certificate: Annotated[Path, typer.Option(help="PEM file of the person's certificate (Personnes).")],
    id_: Annotated[str, typer.Option("--id", help="A seat or function, never a person's name.")],
    profile: Annotated[str, typer.Option(help="The one profile under which the person reads.")],
    role: Annotated[list[str] | None, typer.Option(help="reader, bed-writer; repeatable (reader).")] = None,
    home: HomeOption = None,
) -> None:
    """Name a person in a partner's entry, on the draft."""
    with desk.told():
        now, roles = desk.now(), desk.split(role)
        _change(
            home,
            partner_id,
            lambda partner: with_person(partner, certificate, now, id_=id_, roles=roles, profile=profile),
        )


@app.command(epilog="Example: `ror whitelist people remove samu-rhone poste-1`")
def remove(
    partner_id: PartnerArgument,
    person_id: Annotated[str, typer.Argument(metavar="PERSON", help="The person's id.")],
    home: HomeOption = None,
) -> None:
    """Take a person out of a partner's entry, on the draft."""
    with desk.told():
        _change(home, partner_id, lambda partner: without_person(partner, person_id))


def _change(home: Path | None, partner_id: str, change: Callable[[Partner], Partner]) -> None:
    def changed(draft: Draft) -> Draft:
        return draft.with_changed(change(draft.partner(partner_id)))

    draft = office.change_draft(desk.files_of(home), desk.now(), changed)
    named = ", ".join(person.id for person in draft.partner(partner_id).people) or "nobody"
    desk.say(f"{partner_id} names on the draft: {named}")
    desk.say_unsigned(draft)
