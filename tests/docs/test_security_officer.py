"""docs/security-officer.md against the flaws of a list and the errors of the command."""

import inspect
import re

from gateway.propagation.asking import Silence
from ror.access import Transaction
from ror.exit_codes import Exit
from tests.support.documents import code, codes, read
from whitelist import errors
from whitelist.acknowledgement.checking import AcknowledgementFlaw
from whitelist.document import PartnerKind, PartnerStatus
from whitelist.people import PersonRole
from whitelist.propagation import Standing
from whitelist.signature import Flaw
from whitelist.stops import StopFlaw

OFFICER = read("docs/security-officer.md")


def test_every_flaw_is_told_and_no_other() -> None:
    told = {code(row[0]): int(row[2]) for row in OFFICER.table("flaw")}
    assert set(told) == {flaw.value for flaw in Flaw}
    assert set(told.values()) <= set(Exit)
    assert told[Flaw.EXPIRED.value] == Exit.TRUST_EXPIRED


def test_every_flaw_of_a_stop_is_told_and_no_other() -> None:
    assert {code(row[0]) for row in OFFICER.table("stop flaw")} == {flaw.value for flaw in StopFlaw}


def test_every_flaw_of_an_acknowledgement_is_told_and_no_other() -> None:
    told = {code(row[0]) for row in OFFICER.table("acknowledgement flaw")}
    assert told == {flaw.value for flaw in AcknowledgementFlaw}


def test_every_silence_of_a_follower_is_told_and_no_other() -> None:
    assert {code(row[0]) for row in OFFICER.table("silence")} == {silence.value for silence in Silence}


def test_every_standing_of_a_follower_is_told() -> None:
    assert {f"`{standing.value}`" for standing in Standing} <= set(re.findall(r"`[a-z]+`", OFFICER.prose))


def test_every_error_code_is_told_and_no_other() -> None:
    told = {found for row in OFFICER.table("code") for found in codes(row[0])}
    classes = [value for value in vars(errors).values() if inspect.isclass(value)]
    assert told == {one.code for one in classes if issubclass(one, errors.WhitelistError)}


def test_the_words_of_an_entry_are_told() -> None:
    words = {found for row in OFFICER.table("field") for cell in row for found in codes(cell)}
    assert {*PartnerKind, *PartnerStatus, *PersonRole, *(transaction.value for transaction in Transaction)} <= words
