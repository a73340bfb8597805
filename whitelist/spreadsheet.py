"""Entries as CSV, for people with a spreadsheet. What is read here is hostile until shown otherwise.

Writing: UTF-8 with a byte order mark, every cell quoted. A spreadsheet takes a cell that begins with ``=``, ``+``,
``-``, ``@`` (or their full-width forms) for a formula; it may also split cells at another separator than the comma.
Such a beginning, of a cell or after a separator inside it, gets one apostrophe before it.

Reading: UTF-8 only, comma or semicolon, exactly the known columns, once each, in any order. One such apostrophe is
taken away again; a formula without one is refused, as are control characters, cells and files that are too long, rows
that are too short. Whatever is read is an entry like any other and passes every rule of one; it goes to a draft,
never to the list.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from whitelist.document import MAX_PARTNERS, Partner
from whitelist.document_json import PartnerJson, one_form, partner_view, validated
from whitelist.errors import CsvError, DocumentError
from whitelist.perimeter import ALL_WORD

COLUMNS = (
    "id", "name", "kind", "home_ror", "perimeter", "transactions", "allowed_profiles", "default_profile", "max_limit",
    "quota", "valid_from", "valid_to", "status", "contact", "comment", "spki", "issuer", "subject", "people",
    "signed_vihf",
)  # fmt: skip
MAX_CSV_BYTES = 16 * 2**20
MAX_CELL_CHARACTERS = 100_000
_NUMBERS = frozenset({"max_limit", "quota"})
_LISTS = frozenset({"transactions", "allowed_profiles"})
_YES_NO = {"yes": True, "no": False}
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_NEUTRAL = re.compile(rf"(^|[,;|\t])(\s*)('*)(?=[{_FORMULA}])")
_BOM = "\ufeff"


def write_csv(partners: Iterable[Partner]) -> bytes:
    """The entries, a row each."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for partner in partners:
        view = partner_view(partner)
        writer.writerow([neutralised(_cell(column, view)) for column in COLUMNS])
    return (_BOM + text.getvalue()).encode()


def read_csv(data: bytes) -> tuple[Partner, ...]:
    """The entries of a file; raises ``CsvError`` with the row that is the reason."""
    rows = _rows(_text(data))
    try:
        header = [name.strip() for name in next(rows)]
    except StopIteration:
        raise CsvError("the file is empty") from None
    _check_header(header)
    partners: list[Partner] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        if len(partners) >= MAX_PARTNERS:
            raise CsvError(f"the file has more than {MAX_PARTNERS} entries")
        partner = _partner(number, header, row)
        if partner.id in seen:
            raise CsvError(f"row {number}: {partner.id} stands in row {seen[partner.id]} already")
        seen[partner.id] = number
        partners.append(partner)
    return tuple(partners)


def neutralised(cell: str) -> str:
    """The cell as a spreadsheet shows it instead of reckoning with it."""
    return _NEUTRAL.sub(r"\1\2'\3", cell)


def restored(cell: str) -> str:
    """What ``neutralised`` was given; raises ``CsvError`` for a formula."""

    def without_one(match: re.Match[str]) -> str:
        if not match[3]:
            raise CsvError(f"a formula: put an apostrophe before {cell[match.end() : match.end() + 12]!a}")
        return f"{match[1]}{match[2]}{match[3][1:]}"

    return _NEUTRAL.sub(without_one, cell)


def _text(data: bytes) -> str:
    if len(data) > MAX_CSV_BYTES:
        raise CsvError(f"the file is larger than {MAX_CSV_BYTES} bytes")
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise CsvError("the file is not in UTF-8: save it as `CSV UTF-8`") from error
    if "\0" in text or _BOM in text:
        raise CsvError("the file holds a NUL or a second byte order mark")
    return text


def _rows(text: str) -> Iterator[list[str]]:
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for row in reader:
            number += 1
            if any(len(cell) > MAX_CELL_CHARACTERS for cell in row):
                raise CsvError(f"row {number}: a cell is longer than {MAX_CELL_CHARACTERS} characters")
            yield row
    except csv.Error as error:
        raise CsvError(f"row {number + 1}: this is no CSV: {error}") from error


def _check_header(header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise CsvError(f"the column {twice[0][:40]!a} stands there twice")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        raise CsvError(f"there is no column {unknown[0][:40]!a}: {' '.join(COLUMNS)}")
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise CsvError(f"the column {missing[0]} is missing; `ror whitelist export` writes them all")


def _partner(number: int, header: list[str], row: list[str]) -> Partner:
    if len(row) != len(header):
        raise CsvError(f"row {number} has {len(row)} cells instead of {len(header)}")
    try:
        cells = {name: restored(cell) for name, cell in zip(header, row, strict=True)}
        return validated(PartnerJson, one_form(_view(cells))).partner()
    except UnicodeEncodeError as error:
        raise CsvError(f"row {number} holds what is no text") from error
    except (CsvError, DocumentError) as error:
        raise CsvError(f"row {number}: {error}") from error


def _cell(column: str, view: dict[str, object]) -> str:
    value = view.get(column)
    if column == "people":
        people = value if isinstance(value, list) else []
        return " ".join(f"{one['id']}:{'+'.join(one['roles'])}:{one['profile']}:{one['spki']}" for one in people)
    if column == "signed_vihf":
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _view(cells: dict[str, str]) -> dict[str, object]:
    """The cells as the JSON of an entry, of which every rule is asked elsewhere."""
    view: dict[str, object] = dict(cells)
    for name in _NUMBERS:
        view[name] = _number(name, cells[name])
    for name in _LISTS:
        view[name] = cells[name].split()
    perimeter = cells["perimeter"].split()
    view["perimeter"] = ALL_WORD if perimeter == [ALL_WORD] else perimeter
    view["home_ror"] = cells["home_ror"] or None
    view["default_profile"] = cells["default_profile"] or None
    view["people"] = [_person(word) for word in cells["people"].split()]
    view["signed_vihf"] = _yes_no("signed_vihf", cells["signed_vihf"])
    return view


def _number(name: str, cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
        raise CsvError(f"{name}: {cell[:20]!a} is no number")
    return int(cell)


def _yes_no(name: str, cell: str) -> bool:
    said = _YES_NO.get(cell.strip().lower())
    if said is None:
        raise CsvError(f"{name}: {cell[:20]!a} is neither yes nor no")
    return said


def _person(word: str) -> dict[str, object]:
    parts = word.split(":")
    if len(parts) != 4:
        raise CsvError(f"people: {word[:40]!a} is not id:role+role:profile:key")
    id_, roles, profile, spki = parts
    return {"id": id_, "spki": spki, "roles": roles.split("+"), "profile": profile}
