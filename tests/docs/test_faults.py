"""docs/faults.md against the catalogue, the outcomes and the details in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.federation.reply import outcome_of_fault
from ror.coverage import ANSWERED, Outcome
from ror.faults import Fault, PeerFault, Reason
from ror.soap.fault import read_fault, write_fault
from ror.soap.version import SoapVersion
from ror.xml_parser import REQUEST_LIMITS, parse
from tests.support.documents import ROOT, code, read

FAULTS = read("docs/faults.md")
ROWS = {code(row[0]): row for row in FAULTS.table("slug")}
DETAIL_SOURCES = (
    "gateway/covering.py",
    "gateway/federation",
    "gateway/merge",
    "gateway/resilience",
    "gateway/search.py",
)
DETAIL_PREFIXES = ("answer.", "region.suspended", "ring.", "node.", "deadline.")


def test_every_reason_is_catalogued_and_no_other() -> None:
    assert set(ROWS) == {reason.slug for reason in Reason}
    assert len(FAULTS.table("slug")) == len(ROWS)


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.slug)
def test_a_reason_has_its_number_statuses_and_sentence(reason: Reason) -> None:
    _, number, status_12, status_11, sentence, advice = ROWS[reason.slug]
    assert int(number) == reason.number
    assert int(status_12) == reason.http_status(soap_11=False)
    assert int(status_11) == reason.http_status(soap_11=True)
    assert sentence == reason.message
    assert advice.endswith(".")


def test_every_sentence_is_one_sentence_for_people() -> None:
    for reason in Reason:
        assert reason.message[0].isupper(), reason
        assert reason.message.endswith("."), reason


@pytest.mark.parametrize(
    ("version", "code_on_the_wire"), [(SoapVersion.V12, "ror:E403"), (SoapVersion.V11, "soap:Client.E403")]
)
def test_a_fault_reads_as_told(version: SoapVersion, code_on_the_wire: str) -> None:
    reason = Reason.PARTNER_NOT_LISTED
    written = write_fault(version, Fault(reason=reason, message=reason.message))
    assert f">{code_on_the_wire}<" in written.decode()
    assert f"`{code_on_the_wire}`" in FAULTS.text
    assert read_fault(parse(written, REQUEST_LIMITS)[-1][0]) == PeerFault(403, reason.slug, reason.message)


def test_every_outcome_is_told_with_whether_its_units_are_there() -> None:
    told = {code(row[0]): row[1] for row in FAULTS.table("outcome")}
    assert told == {outcome.value: "yes" if outcome in ANSWERED else "no" for outcome in Outcome}


def test_every_detail_is_told_and_no_other() -> None:
    assert {code(row[0]) for row in FAULTS.table("detail")} == set(details_in_code())


def test_every_detail_belongs_to_an_outcome() -> None:
    for row in FAULTS.table("detail"):
        prefix = code(row[0]).partition(".")[0]
        expected = {
            "answer": {Outcome.MALFORMED},
            "node": {Outcome.LATE, Outcome.UNREACHABLE},
            "deadline": {Outcome.LATE},
            "region": {Outcome.SKIPPED},
            "ring": {Outcome.NOT_ASKED},
        }
        assert Outcome(code(row[1])) in expected[prefix], row


def test_a_foreign_fault_has_the_detail_that_is_told() -> None:
    _, slug = outcome_of_fault(PeerFault(444, None, "Non prévu"))
    assert slug == "fault.444"
    assert "`fault.<number>`" in FAULTS.text
    _, slug = outcome_of_fault(PeerFault(None, None, ""))
    assert f"`{slug}`" in FAULTS.text


def details_in_code() -> Iterator[str]:
    """Every string in the modules that set details and has the form of one."""
    for source in DETAIL_SOURCES:
        path = ROOT / source
        for file in [path] if path.is_file() else sorted(path.glob("*.py")):
            yield from _details_of(file)


def _details_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and value.startswith(DETAIL_PREFIXES) and " " not in value:
            yield value
