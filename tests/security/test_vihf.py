"""VIHF attacked at the running gateway: too old, too early, twice, another's, wrapped, forged. All of it is audited.

The controls show the same question under the same kind of VIHF, unsigned and signed, and get an answer.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from certs.home import Home
from certs.keys import key_from_pem
from ror.audit.events import Kind
from tests.support.attacked import (
    Attacked,
    Outcome,
    attacked,
    copied,
    plain_question,
    publish,
    reckless,
    request,
    say,
)
from tests.support.scripted_node import answering
from tests.support.served_gateway import subject_of
from tests.support.vihf_attacks import ATTACKS, Forge, assertion_of, sent, with_doctype

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKING = "partner-banc-essai"
OTHER = "partner-orientation-idf"
SIGNING = "partner-samu-rhone"
"""The one whose entry demands a signature."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    home = copied(pki_home, tmp_path_factory.mktemp("vihf") / "home")
    publish(home, lambda draft: draft.with_changed(replace(draft.partner("samu-rhone"), signed_vihf=True)))
    answer = answering((golden / "g1_answer.xml").read_bytes())
    async with attacked(home, answer, plain_question(golden)) as running:
        yield running


def forge_of(target: Attacked, leaf: str = ASKING, profile: str = "CU22") -> Forge:
    key = key_from_pem(target.home.leaf(leaf).key.read_bytes())
    return Forge(subject_of(target.home, leaf), key, target.question, profile)


@pytest.fixture
def forge(target: Attacked) -> Forge:
    return forge_of(target)


async def asked(target: Attacked, message: bytes, leaf: str = ASKING) -> Outcome:
    return await target.attempt(target.home.leaf(leaf), body=message)


def assert_refused(outcome: Outcome, slug: str, status: int = 403) -> None:
    """Refused to the caller, and so in the log."""
    assert (outcome.status, outcome.slug) == (status, slug)
    [decision] = outcome.events(Kind.DECISION)
    assert (decision["granted"], decision["reason"]) == (False, slug)


async def test_the_control_a_question_under_a_vihf_is_answered(target: Attacked, forge: Forge) -> None:
    assert (await asked(target, sent(forge.envelope()))).status == 200


async def test_the_control_a_question_under_a_signed_vihf_is_answered(target: Attacked, forge: Forge) -> None:
    assert (await asked(target, sent(forge.signed()))).status == 200


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_on_the_signature_is_refused(target: Attacked, forge: Forge, name: str) -> None:
    attack, slug = ATTACKS[name]

    outcome = await asked(target, sent(attack(forge)))

    assert_refused(outcome, slug, 400 if slug == "vihf.invalid" else 403)


async def test_ids_declared_by_a_dtd_are_not_read(target: Attacked, forge: Forge) -> None:
    assert_refused(await asked(target, with_doctype(sent(forge.signed()))), "request.doctype", 400)


@pytest.mark.parametrize(
    ("age", "slug"),
    [
        (timedelta(minutes=7), "vihf.expired"),
        (timedelta(days=2000), "vihf.expired"),
        (-timedelta(minutes=2), "vihf.not-yet-valid"),
    ],
)
@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
async def test_a_vihf_of_another_time_is_refused(
    target: Attacked, forge: Forge, age: timedelta, slug: str, is_signed: bool
) -> None:
    envelope = forge.envelope(at=datetime.now(UTC) - age)

    outcome = await asked(target, sent(forge.signed(envelope) if is_signed else envelope))

    assert_refused(outcome, slug)


@pytest.mark.parametrize("age", [timedelta(minutes=4), -timedelta(seconds=40)], ids=["older", "clock ahead"])
async def test_the_control_a_vihf_within_the_window_is_taken(target: Attacked, forge: Forge, age: timedelta) -> None:
    assert (await asked(target, sent(forge.envelope(at=datetime.now(UTC) - age)))).status == 200


async def test_a_vihf_that_has_run_out_by_its_own_word_is_refused(target: Attacked, forge: Forge) -> None:
    at = datetime.now(UTC) - timedelta(minutes=2)

    assert_refused(await asked(target, sent(forge.envelope(at=at, valid_for=timedelta(seconds=10)))), "vihf.expired")


@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
async def test_the_same_message_twice_is_a_replay(target: Attacked, forge: Forge, is_signed: bool) -> None:
    message = sent(forge.signed() if is_signed else forge.envelope())

    assert (await asked(target, message)).status == 200
    assert_refused(await asked(target, message), "vihf.replayed")


async def test_the_same_vihf_over_another_question_is_a_replay(target: Attacked, forge: Forge) -> None:
    message = sent(forge.signed())

    assert (await asked(target, message)).status == 200
    assert_refused(await asked(target, message.replace(b'limite="50"', b'limite="51"')), "vihf.replayed")


async def test_of_many_at_once_one_is_answered(target: Attacked, forge: Forge) -> None:
    data = request(sent(forge.envelope()))
    contexts = [reckless(target.home.trust, target.home.leaf(ASKING)) for _ in range(6)]
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(
            *(asyncio.to_thread(say, target.gateway.port, context, data) for context in contexts)
        )

    assert sorted(str(outcome.slug) for outcome in outcomes) == ["None", *["vihf.replayed"] * 5]


async def test_the_same_id_of_another_partner_is_no_replay(target: Attacked, forge: Forge) -> None:
    other = forge_of(target, OTHER, "CU18")

    assert (await asked(target, sent(forge.envelope(id_="_shared")))).status == 200
    assert (await asked(target, sent(other.envelope(id_="_shared")), OTHER)).status == 200
    assert (await asked(target, sent(forge.envelope(id_="_shared")))).slug == "vihf.replayed"


async def test_without_a_vihf_the_same_question_may_be_asked_again(target: Attacked) -> None:
    for _ in range(2):
        assert (await asked(target, target.question)).status == 200


async def test_what_was_refused_has_not_served(target: Attacked, forge: Forge) -> None:
    message = sent(forge.envelope("CU99"))

    for _ in range(2):
        assert_refused(await asked(target, message), "profile.unknown")


@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
async def test_anothers_vihf_is_refused_signed_by_him_or_not(target: Attacked, forge: Forge, is_signed: bool) -> None:
    stolen = sent(forge.signed() if is_signed else forge.envelope())

    assert_refused(await asked(target, stolen, OTHER), "vihf.issuer-mismatch")


async def test_where_a_signature_is_demanded_an_unsigned_vihf_does_not_count(target: Attacked) -> None:
    signing = forge_of(target, SIGNING)

    assert_refused(await asked(target, sent(signing.envelope()), SIGNING), "vihf.signature-missing")
    assert (await asked(target, sent(signing.signed()), SIGNING)).status == 200


async def test_where_a_signature_is_demanded_the_default_profile_applies_without_a_vihf(target: Attacked) -> None:
    assert (await asked(target, target.question, SIGNING)).status == 200


async def test_a_signature_elsewhere_is_not_taken_for_the_one_demanded(target: Attacked) -> None:
    signing = forge_of(target, SIGNING)
    envelope = signing.signed()
    assertion = assertion_of(envelope)
    envelope.find("{*}Header").append(assertion.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))

    assert_refused(await asked(target, sent(envelope), SIGNING), "vihf.signature-form")
