"""``ror whitelist add|change|discard``: the draft's entries."""

from pathlib import Path
from typing import Annotated

import typer

from whitelist import office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, PartnerArgument
from whitelist.document import NO_DEFAULT, PartnerKind
from whitelist.draft import Draft
from whitelist.partner_words import ChangeWords, PartnerWords, changed_partner, partner_of

_PERIMETER = "`all`, region codes or RORs; repeatable."
_PROFILE = "Allowed profile, CU18 to CU23; repeatable."
_TRANSACTIONS = "recherche, lecture …; repeatable."
_SIGNED_VIHF = "Whether a VIHF of its counts only with an XML signature."


def add(
    certificate: Annotated[Path, typer.Option(help="PEM file of the partner's client certificate (ORG AUTH_CLI).")],
    id_: Annotated[str, typer.Option("--id", help="Short id: a-z, 0-9, hyphens.")],
    name: Annotated[str, typer.Option(help="Name shown to officers.")],
    home_ror: Annotated[str | None, typer.Option(help="Home ROR (ara, idf …); none for a gateway.")] = None,
    kind: Annotated[PartnerKind, typer.Option(help="What it is.")] = PartnerKind.APPLICATION,
    perimeter: Annotated[list[str] | None, typer.Option(help=f"{_PERIMETER} The home ROR unless told.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help=_PROFILE)] = None,
    default_profile: Annotated[str, typer.Option(help="Profile without a VIHF.")] = NO_DEFAULT.value,
    transactions: Annotated[list[str] | None, typer.Option(help=_TRANSACTIONS)] = None,
    limit: Annotated[int, typer.Option(help="Units an answer, at most 20000.")] = 199,
    quota: Annotated[int, typer.Option(help="Questions a minute.")] = 60,
    valid_from: Annotated[str | None, typer.Option(help="First moment (ISO; a date is 00:00 UTC). Now.")] = None,
    valid_to: Annotated[str | None, typer.Option(help="End, excluded. The certificate's own end.")] = None,
    contact: Annotated[str, typer.Option(help="A function's address, not a person's.")] = "",
    comment: Annotated[str, typer.Option(help="Why it is added.")] = "",
    signed_vihf: Annotated[bool, typer.Option("--signed-vihf/--unsigned-vihf", help=_SIGNED_VIHF)] = False,
    home: HomeOption = None,
) -> None:
    """Put a partner on the draft. Nothing changes for anybody before officers have approved and published it."""
    with desk.told():
        now = desk.now()
        words = PartnerWords(
            id=id_,
            name=name,
            kind=kind,
            home_ror=home_ror,
            perimeter=desk.split(perimeter),
            profiles=desk.split(profile),
            default_profile=default_profile,
            transactions=desk.split(transactions),
            limit=limit,
            quota=quota,
            valid_from=valid_from,
            valid_to=valid_to,
            contact=contact,
            comment=comment,
            signed_vihf=signed_vihf,
        )
        partner = partner_of(words, certificate, now)
        draft = office.change_draft(desk.files_of(home), now, lambda draft: draft.with_partner(partner))
        desk.say(f"{partner.id} is on the draft: {partner.subject}")
        desk.say_unsigned(draft)


def change(
    partner_id: PartnerArgument,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file of its new certificate; brings its own end.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name shown to officers.")] = None,
    home_ror: Annotated[str | None, typer.Option(help="Home ROR.")] = None,
    perimeter: Annotated[list[str] | None, typer.Option(help=f"{_PERIMETER} Replaces the old one.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help=f"{_PROFILE} Replace the old ones.")] = None,
    default_profile: Annotated[str | None, typer.Option(help="Profile without a VIHF.")] = None,
    transactions: Annotated[list[str] | None, typer.Option(help=f"{_TRANSACTIONS} Replace the old ones.")] = None,
    limit: Annotated[int | None, typer.Option(help="Units an answer, at most 20000.")] = None,
    quota: Annotated[int | None, typer.Option(help="Questions a minute.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="First moment (ISO; a date is 00:00 UTC).")] = None,
    valid_to: Annotated[str | None, typer.Option(help="End, excluded.")] = None,
    contact: Annotated[str | None, typer.Option(help="A function's address, not a person's.")] = None,
    comment: Annotated[str | None, typer.Option(help="Why it is changed.")] = None,
    signed_vihf: Annotated[bool | None, typer.Option("--signed-vihf/--unsigned-vihf", help=_SIGNED_VIHF)] = None,
    home: HomeOption = None,
) -> None:
    """Change a partner's entry on the draft; what is not told stays as it is."""
    with desk.told():
        now = desk.now()
        words = ChangeWords(
            name=name,
            home_ror=home_ror,
            perimeter=desk.split(perimeter),
            profiles=desk.split(profile),
            default_profile=default_profile,
            transactions=desk.split(transactions),
            limit=limit,
            quota=quota,
            valid_from=valid_from,
            valid_to=valid_to,
            contact=contact,
            comment=comment,
            signed_vihf=signed_vihf,
        )

        def changed(draft: Draft) -> Draft:
            return draft.with_changed(changed_partner(draft.partner(partner_id), words, certificate, now))

        draft = office.change_draft(desk.files_of(home), now, changed)
        desk.say(f"{partner_id} is changed on the draft")
        desk.say_unsigned(draft)


def discard(home: HomeOption = None) -> None:
    """Throw away the draft and what was put forward, with its approvals; the list in force stays."""
    with desk.told():
        office.discard_draft(desk.files_of(home))
        desk.say("the draft is gone; the list in force is unchanged")
