"""The JSON edge: one form, nothing unknown, nothing converted."""

import json
from datetime import timedelta

import pytest

from ror.access import ProfileCode, Transaction
from whitelist.document import PartnerKind, PartnerStatus
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.draft_json import DraftFile, read_draft_file, write_draft_file
from whitelist.errors import DocumentError
from whitelist.perimeter import Perimeter


@pytest.fixture
def whitelist(make_partner, make_whitelist):
    return make_whitelist(
        make_partner(),
        make_partner(
            "ror-oin",
            kind=PartnerKind.ROR,
            home_ror="oin",
            perimeter=Perimeter(frozenset({"04", "06"})),
            transactions=(Transaction.EXTRACTION, Transaction.SEARCH),
            allowed_profiles=(ProfileCode.CU23,),
            default_profile=ProfileCode.CU23,
            status=PartnerStatus.REVOKED,
            comment="clé perdue « été »",
        ),
        make_partner("passerelle", kind=PartnerKind.GATEWAY, home_ror=None),
    )


def _rewritten(whitelist, change) -> bytes:
    file = json.loads(write_whitelist(whitelist))
    change(file)
    return json.dumps(file, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _set(path, value):
    def change(file):
        *parents, last = path
        for step in parents:
            file = file[step]
        file[last] = value

    return change


def test_what_is_written_reads_back_equal(whitelist):
    assert read_whitelist(write_whitelist(whitelist)) == whitelist


def test_the_control_rewriting_without_a_change_is_accepted(whitelist):
    assert read_whitelist(_rewritten(whitelist, lambda file: None)) == whitelist


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("admin",), True),
        (("partners", 0, "superuser"), True),
        (("officers", 0, "d"), "secret"),
        (("format",), 2),
        (("version",), "1"),
        (("version",), 1.0),
        (("version",), True),
        (("version",), 2**63),
        (("threshold",), None),
        (("partners", 0, "max_limit"), "199"),
        (("partners", 0, "max_limit"), 1e309),
        (("partners", 0, "quota"), 60.5),
        (("partners", 0, "status"), "ACTIVE"),
        (("partners", 0, "kind"), "superuser"),
        (("partners", 0, "perimeter"), "*"),
        (("partners", 0, "perimeter"), []),
        (("partners", 0, "perimeter"), ["84", "84"]),
        (("partners", 0, "perimeter"), ["84", "11"]),
        (("partners", 0, "perimeter"), [84]),
        (("partners", 0, "transactions"), ["search"]),
        (("partners", 0, "allowed_profiles"), ["CU22", "CU99"]),
        (("partners", 0, "allowed_profiles"), "CU22"),
        (("partners", 0, "default_profile"), None),
        (("partners", 0, "valid_from"), 0),
        (("partners", 0, "valid_from"), "2026-02-19T12:00:00"),
        (("partners", 0, "valid_from"), "2026-02-19"),
        (("partners", 0, "valid_from"), "2026-02-19T13:00:00+01:00"),
        (("partners", 0, "subject"), ""),
        (("partners", 0, "subject"), "CN = APP"),
        (("partners", 0, "subject"), "CN=*"),
        (("partners", 0, "issuer"), "CN=A+O=B"),
        (("partners", 0, "spki"), None),
        (("officers", 0, "x"), "AAAA"),
        (("officers", 0, "name"), "Officer"),
        (("environment",), "TEST"),
    ],
)
def test_a_field_that_is_unknown_converted_or_out_of_bounds_is_refused(whitelist, path, value):
    with pytest.raises(DocumentError):
        read_whitelist(_rewritten(whitelist, _set(path, value)))


@pytest.mark.parametrize(
    "mangle",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: data.replace(b'"version":1', b'"version": 1'),
        lambda data: data.replace(b'"version":1', b'"version":1,"version":1'),
        lambda data: data.replace(b'"id":"samu-rhone"', b'"id":"x","id":"samu-rhone"'),
        lambda data: data.replace("Rhône".encode(), b"Rh\\u00f4ne"),
        lambda data: data.replace("Rhône".encode(), "Rhône".encode("latin-1")),
        lambda data: data.decode().encode("utf-16"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: b"[" * 100_000,
        lambda data: b'{"version":' + b"9" * 100_000,
    ],
)
def test_any_other_spelling_of_the_same_list_is_refused(whitelist, mangle):
    with pytest.raises(DocumentError):
        read_whitelist(mangle(write_whitelist(whitelist)))


def test_an_error_never_repeats_control_characters_of_the_document(whitelist):
    with pytest.raises(DocumentError) as caught:
        read_whitelist(_rewritten(whitelist, _set(("\x1b[31m\u202e\n",), 1)))

    assert str(caught.value).isprintable()


def test_a_draft_reads_back_equal_and_may_be_edited_by_hand(whitelist):
    draft = DraftFile(base_version=7, partners=whitelist.partners)
    data = write_draft_file(draft)

    edited = json.dumps(json.loads(data), indent=8).encode()

    assert read_draft_file(edited) == draft


def test_an_edited_draft_may_leave_the_default_profile_out(whitelist):
    file = json.loads(write_draft_file(DraftFile(base_version=0, partners=whitelist.partners)))
    del file["partners"][0]["default_profile"]

    draft = read_draft_file(json.dumps(file).encode())

    assert draft.partners[0].default_profile is ProfileCode.CU23


def test_years_are_bounded_by_what_the_form_can_say(whitelist):
    with pytest.raises(DocumentError):
        read_whitelist(_rewritten(whitelist, _set(("expires_at",), "99999-01-01T00:00:00Z")))
    assert whitelist.expires_at - whitelist.issued_at == timedelta(days=30)
