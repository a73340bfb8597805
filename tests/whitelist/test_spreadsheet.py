"""Entries as CSV: harmless on the way out, hostile on the way in."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.access import ProfileCode
from whitelist.document import PartnerKind, PartnerStatus
from whitelist.draft import Draft
from whitelist.errors import CsvError, DocumentError, PartnerRevokedError
from whitelist.people import Person, PersonRole
from whitelist.perimeter import Perimeter
from whitelist.spreadsheet import COLUMNS, MAX_CSV_BYTES, neutralised, read_csv, restored, write_csv


@pytest.fixture
def partners(make_partner):
    person = Person(id="poste-1", spki="1" * 64, roles=tuple(PersonRole), profile=ProfileCode.CU22)
    return (
        make_partner(people=(person,), contact="a@b.example", comment='dit « oui », "non"; peut-être'),
        make_partner("ror-oin", kind=PartnerKind.ROR, home_ror="oin", perimeter=Perimeter.parse(["oin", "84"])),
        make_partner("passerelle", kind=PartnerKind.GATEWAY, home_ror=None, signed_vihf=True),
        make_partner("parti", status=PartnerStatus.REVOKED, comment="clé perdue", name="=1+1"),
    )


def _rows(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _file(rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


@pytest.fixture
def rows(make_partner):
    """Heading and one row, ready to be spoilt."""
    return _rows(write_csv([make_partner()]))


@pytest.fixture
def spoilt(rows):
    def spoilt(**cells):
        heading, row = rows
        return _file([heading, [cells.get(name, cell) for name, cell in zip(heading, row, strict=True)]])

    return spoilt


def test_what_is_written_reads_back_equal(partners):
    assert read_csv(write_csv(partners)) == partners


def test_it_begins_with_a_mark_and_the_headings(partners):
    data = write_csv(partners)

    assert data.startswith(b"\xef\xbb\xbf")
    assert tuple(_rows(data)[0]) == COLUMNS


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_spreadsheets_own_delimiter_and_order_are_read(make_partner, rows, delimiter, mark):
    turned = [row[::-1] for row in rows]

    assert read_csv(mark + _file(turned, delimiter)) == (make_partner(),)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠x", " =1",
        "a;=1+1", "a,+1", "a | @x", "'=1", "''=1", "a;'-1",
    ],
)  # fmt: skip
def test_no_formula_leaves_the_house_and_none_comes_in(text):
    out = neutralised(text)

    for part in out.replace("|", ";").replace(",", ";").split(";"):
        assert part.strip()[:1] not in tuple("=+-@＝＋－＠")
    assert restored(out) == text
    if neutralised(text).count("'") == 1 and "'" not in text:
        with pytest.raises(CsvError, match="formula"):
            restored(text)


@given(text=st.text(alphabet="=+-@'; ,|aé＝\t", max_size=12))
def test_neutralising_is_undone_exactly(text):
    assert restored(neutralised(text)) == text


@given(text=st.text(alphabet="=+-@'; ,|aé＝", max_size=12))
def test_whatever_is_read_without_complaint_was_no_formula(text):
    try:
        restored(text)
    except CsvError:
        return
    assert text.lstrip()[:1] not in tuple("=+-@＝＋－＠") or not text.lstrip()


@pytest.mark.parametrize("column", ["name", "contact", "comment", "subject", "id"])
def test_a_formula_in_any_cell_is_refused_with_its_row(spoilt, column):
    with pytest.raises(CsvError, match="row 2: a formula"):
        read_csv(spoilt(**{column: '=HYPERLINK("http://x")'}))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"id": "../x"}, "id"),
        ({"id": "sаmu"}, "id"),
        ({"name": "SАMU"}, "letter"),
        ({"name": "a\nb"}, "control"),
        ({"name": "a\u202eb"}, "control"),
        ({"name": "x" * 121}, "longer"),
        ({"name": ""}, "empty"),
        ({"kind": "admin"}, "kind"),
        ({"perimeter": "99"}, "unknown"),
        ({"perimeter": "all 84"}, "unknown"),
        ({"perimeter": ""}, "perimeter"),
        ({"transactions": "tout"}, "transactions"),
        ({"transactions": ""}, "transactions"),
        ({"allowed_profiles": "CU99"}, "allowed_profiles"),
        ({"default_profile": "CU18 CU22"}, "default_profile"),
        ({"max_limit": "1e3"}, "no number"),
        ({"max_limit": "199.0"}, "no number"),
        ({"max_limit": "²"}, "no number"),
        ({"max_limit": "9" * 10}, "no number"),
        ({"quota": "0"}, "quota"),
        ({"valid_from": "2026-02-19"}, "valid_from"),
        ({"valid_from": "19/02/2026"}, "valid_from"),
        ({"valid_to": "2020-01-01T00:00:00Z"}, "validity"),
        ({"status": "ACTIVE"}, "status"),
        ({"spki": "xyz"}, "hexadecimal"),
        ({"subject": "CN=*"}, "wildcard"),
        ({"issuer": ""}, "row 2"),
        ({"people": "poste-1"}, "people"),
        ({"people": "poste-1:admin:CU22:" + "1" * 64}, "roles"),
        ({"people": "poste-1:reader:CU20:" + "1" * 64}, "partner's"),
        *(({"signed_vihf": cell}, "yes nor no") for cell in ("", "VRAI", "true", "1")),
        ({"comment": "x" * 200_000}, "field larger|longer"),
    ],
    ids=str,
)
def test_an_entry_that_breaks_a_rule_is_refused_with_its_row(spoilt, cells, message):
    with pytest.raises(CsvError, match=message) as caught:
        read_csv(spoilt(**cells))

    assert "row 2" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("mangle", "message"),
    [
        (lambda data: b"", "empty"),
        (lambda data: data.decode().encode("utf-16"), "UTF-8"),
        (lambda data: data.decode().encode("latin-1"), "UTF-8"),
        (lambda data: data.replace(b"active", b"act\x00ive"), "NUL"),
        (lambda data: b"\xef\xbb\xbf\xef\xbb\xbf" + data, "byte order mark"),
        (lambda data: data.replace(b"quota", b"quota,quota", 1), "twice"),
        (lambda data: data.replace(b"quota", b"max_limit", 1), "twice"),
        (lambda data: data.replace(b"quota", b"Quota", 1), "no column"),
        (lambda data: data.replace(b"quota", b"quota,superuser", 1), "no column"),
        (lambda data: data.partition(b"\r\n")[0].replace(b"quota,", b""), "missing"),
        (lambda data: data + b"a,b\r\n", "row 3 has 2 cells"),
        (lambda data: data + data.partition(b"\r\n")[2], "stands in row 2"),
        (lambda data: data + b'"open', "no CSV"),
        (lambda data: data + b'"a"b,c\r\n', "no CSV"),
        (lambda data: b"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'>", "no column"),
        (lambda data: b"x" * (MAX_CSV_BYTES + 1), "larger"),
    ],
)
def test_a_file_in_any_other_form_is_refused(rows, mangle, message):
    with pytest.raises(CsvError, match=message):
        read_csv(mangle(_file(rows)))


@given(
    data=st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_garbage_is_refused_and_nothing_worse(data):
    with pytest.raises(CsvError):
        read_csv(data)


def test_empty_lines_at_the_end_are_passed_over(rows, make_partner):
    assert read_csv(_file(rows) + b"\r\n,,,\r\n".replace(b",,,", b"," * (len(COLUMNS) - 1))) == (make_partner(),)


def test_more_entries_than_a_list_holds_are_refused(rows, monkeypatch):
    monkeypatch.setattr("whitelist.spreadsheet.MAX_PARTNERS", 1)
    heading, row = rows

    with pytest.raises(CsvError, match="more than 1"):
        read_csv(_file([heading, row, row]))


# Import makes a draft


def test_an_import_adds_changes_and_drops_nothing(make_partner):
    one, two, three = (make_partner(name) for name in ("one", "two", "three"))

    draft = Draft(1, (one, two)).with_imported([replace(two, quota=9), three])

    assert draft.partners == (one, replace(two, quota=9), three)


def test_an_import_neither_brings_back_nor_touches_what_is_revoked(make_partner):
    gone = make_partner("gone", status=PartnerStatus.REVOKED, comment="x")
    draft = Draft(1, (gone,))

    assert draft.with_imported([gone]) == draft
    for other in (make_partner("gone"), replace(gone, comment="y"), make_partner("new", spki=gone.spki)):
        with pytest.raises(PartnerRevokedError):
            draft.with_imported([other])


def test_an_import_of_anothers_key_and_names_is_refused(make_partner):
    one = make_partner("one")

    with pytest.raises(DocumentError, match="key and names"):
        Draft(1, (one,)).with_imported([replace(one, id="two")])


def test_two_thousand_entries_are_written_and_read_in_seconds(make_partner):
    import time

    partners = tuple(make_partner(f"p-{number}") for number in range(2_000))
    start = time.monotonic()

    draft = Draft(1, ()).with_imported(read_csv(write_csv(partners)))

    assert draft.partners == partners
    assert time.monotonic() - start < 15
