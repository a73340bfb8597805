"""The door that a VIHF has to pass: order of its rules, and what becomes of those that nobody vouches for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from certs.identity import Identity
from certs.xml_signing import VihfSigner
from ror.assertion import Assertion, read_assertion
from ror.errors import FaultError
from ror.faults import Fault
from ror.freshness import Window
from ror.replay import LocalMemory
from ror.vihf import Vihf, write_vihf
from ror.xml_parser import REQUEST_LIMITS, parse
from tests.support.vihf_attacks import spki
from whitelist.document import Partner
from whitelist.vihf import VihfDoor

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def partner(make_partner: Callable[..., Partner]) -> Partner:
    return make_partner()


@pytest.fixture
def identity(identity_for: Callable[..., Identity], partner: Partner) -> Identity:
    return identity_for(partner, public_key=spki(KEY))


@pytest.fixture
def door() -> VihfDoor:
    return VihfDoor(Window(), LocalMemory(most_an_issuer=3))


def assertion(
    issuer: str, at: datetime, *, id_: str = "_1", key: ec.EllipticCurvePrivateKey | None = None
) -> Assertion:
    block = write_vihf(Vihf(issuer, "1/1", "test", "CU22"), at=at, assertion_id=id_)
    return read_assertion(parse(VihfSigner(key)(block) if key else block, REQUEST_LIMITS))


def refusal(door: VihfDoor, *told: object) -> Fault | None:
    try:
        door.check(*told)  # type: ignore[arg-type]
    except FaultError as error:
        return error.fault
    return None


async def use(door: VihfDoor, told: Assertion, partner: Partner, identity: Identity, now: datetime) -> Fault | None:
    try:
        await door.use(door.check(told, partner, identity, now), now)
    except FaultError as error:
        return error.fault
    return None


async def test_no_vihf_passes(door: VihfDoor, partner: Partner, identity: Identity, now: datetime) -> None:
    assert door.check(None, partner, identity, now) is None
    await door.use(None, now)


@pytest.mark.parametrize("key", [None, KEY], ids=["unsigned", "signed"])
async def test_ones_own_fresh_vihf_passes(
    door: VihfDoor, partner: Partner, identity: Identity, now: datetime, key: ec.EllipticCurvePrivateKey | None
) -> None:
    told = assertion(str(identity.subject), now, key=key)

    passed = door.check(told, partner, identity, now)

    assert passed is not None
    assert passed.vihf == told.vihf


@pytest.mark.parametrize(
    ("issuer", "age", "key", "slug"),
    [
        ("CN=AUTRE,C=FR", timedelta(days=1), OTHER, "vihf.issuer-mismatch"),
        ("", timedelta(days=1), OTHER, "vihf.expired"),
        ("", timedelta(0), OTHER, "vihf.signature-invalid"),
        ("", timedelta(0), None, "vihf.signature-missing"),
    ],
)
def test_the_first_rule_that_fails_gives_the_reason(
    door: VihfDoor,
    partner: Partner,
    identity: Identity,
    now: datetime,
    issuer: str,
    age: timedelta,
    key: ec.EllipticCurvePrivateKey | None,
    slug: str,
) -> None:
    told = assertion(issuer or str(identity.subject), now - age, key=key)

    fault = refusal(door, told, replace(partner, signed_vihf=True), identity, now)

    assert fault is not None
    assert (fault.reason.slug, fault.evidence["partner"]) == (slug, partner.id)


async def test_it_serves_once(door: VihfDoor, partner: Partner, identity: Identity, now: datetime) -> None:
    told = assertion(str(identity.subject), now)

    assert await use(door, told, partner, identity, now) is None
    replayed = await use(door, told, partner, identity, now + timedelta(seconds=350))
    assert replayed is not None
    assert replayed.reason.slug == "vihf.replayed"


async def test_one_that_is_only_checked_has_not_served(
    door: VihfDoor, partner: Partner, identity: Identity, now: datetime
) -> None:
    told = assertion(str(identity.subject), now)
    door.check(told, partner, identity, now)

    assert await use(door, told, partner, identity, now) is None


async def test_too_many_at_a_time_are_refused_with_a_time_to_come_back(
    door: VihfDoor, partner: Partner, identity: Identity, now: datetime
) -> None:
    for number in range(3):
        assert (
            await use(door, assertion(str(identity.subject), now, id_=f"_{number}"), partner, identity, now) is None
        )

    fault = await use(door, assertion(str(identity.subject), now, id_="_3"), partner, identity, now)

    assert fault is not None
    assert fault.reason.slug == "vihf.too-many"
    assert fault.retry_after_s is not None


async def test_one_that_ran_out_while_it_waited_does_not_serve_after_it_was_forgotten(
    door: VihfDoor, partner: Partner, identity: Identity, now: datetime
) -> None:
    told = assertion(str(identity.subject), now)
    waited = door.check(told, partner, identity, now)
    late = now + timedelta(minutes=7)
    assert await use(door, told, partner, identity, now) is None
    assert await use(door, assertion(str(identity.subject), late, id_="_2"), partner, identity, late) is None

    with pytest.raises(FaultError) as refused:
        await door.use(waited, late)
    assert refused.value.fault.reason.slug == "vihf.expired"
