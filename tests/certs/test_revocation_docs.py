"""docs/revocation.md against the statuses, the flaws and the bounds in the code."""

import json

from certs.revocation.certificate_list import MAX_LIST_BYTES
from certs.revocation.checking import Status
from certs.revocation.flaws import Flaw
from certs.revocation.ocsp_reading import LONGEST_ANSWER, MAX_ANSWER_BYTES
from certs.revocation.policy import LONGEST_GRACE
from certs.revocation.policy_document import policy_from_json
from certs.revocation.publishing import LIST_LIFETIME
from tests.support.documents import code, read

REVOCATION = read("docs/revocation.md")


def test_every_status_is_told_and_no_other():
    assert {code(row[0]) for row in REVOCATION.table("status")} == {status.value for status in Status}


def test_every_flaw_is_told_once_and_no_other():
    told = [code(row[0]) for row in REVOCATION.table("revocation flaw")]
    assert sorted(told) == sorted(flaw.value for flaw in Flaw)


def test_the_example_of_rules_is_one():
    (example,) = REVOCATION.blocks("json")
    policy = policy_from_json(example.encode())
    assert len(policy.addresses) == len(json.loads(example)["addresses"])


def test_the_bounds_are_those_told():
    assert MAX_LIST_BYTES == 64 * 1024 * 1024
    assert MAX_ANSWER_BYTES == 64 * 1024
    assert LONGEST_GRACE.days == LONGEST_ANSWER.days == 7
    assert LIST_LIFETIME.days == 90
