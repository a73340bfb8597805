"""``ror whitelist export|import``: entries as CSV."""

from pathlib import Path
from typing import Annotated

import typer

from whitelist import office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption
from whitelist.draft import Draft, changes
from whitelist.errors import CsvError, NotInitialisedError
from whitelist.files import read_whole
from whitelist.spreadsheet import MAX_CSV_BYTES, read_csv, write_csv


def export(
    draft: Annotated[bool, typer.Option("--draft", help="The draft instead of the list in force.")] = False,
    home: HomeOption = None,
) -> None:
    """Write the entries as CSV (UTF-8), with everything that a spreadsheet could take for a formula made harmless."""
    with desk.told():
        files = desk.files_of(home)
        current = office.current_list(files, desk.now())
        if current is None and not draft:
            raise NotInitialisedError("no list is published yet")
        partners = office.read_draft(files).partners if draft or current is None else current.partners
        typer.echo(write_csv(partners), nl=False)


def import_(
    file: Annotated[Path, typer.Argument(help="CSV file with the columns that export writes.")],
    home: HomeOption = None,
) -> None:
    """Put the entries of a CSV file on the draft: new ones added, known ids changed, all others left as they are."""
    with desk.told():
        if not file.exists() or not file.is_file():
            raise CsvError(f"{file} is no file")
        partners = read_csv(read_whole(file, MAX_CSV_BYTES))
        before: list[Draft] = []

        def imported(draft: Draft) -> Draft:
            before.append(draft)
            return draft.with_imported(partners)

        draft = office.change_draft(desk.files_of(home), desk.now(), imported)
        for one in changes(before[0].partners, draft.partners):
            desk.say(f"{one.kind.value} on the draft: {one.partner_id}")
        desk.say(f"{len(partners)} entries read")
        desk.say_unsigned(draft)
