"""Hostile lists and stops put where a running gateway looks for them: refused, told by their flaw, without effect.

Most are signed by every officer's real key, so that the one thing that is wrong with them is the only reason left.
The controls are the same list and the same stop without it, and are taken up.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec

import whitelist.source
from certs.home import Home
from certs.identity import identity_from_pem
from gateway.admission import admission
from ror.audit.events import Kind
from tests.security.test_doors import with_vihf
from tests.support.attacked import PARTNER, POLL_S, Attacked, Outcome, attacked, copied, plain_question, publish
from tests.support.scripted_node import answering
from whitelist import office
from whitelist.document import MAX_VERSION
from whitelist.document_json import one_form
from whitelist.files import WhitelistFiles, read_trust
from whitelist.jws import SignedFile, SignedType, read_signed, signed
from whitelist.officers import OfficerKey
from whitelist.roster import with_officer, without_officer
from whitelist.stop_folder import keep_stop
from whitelist.stops import Stop, StopKind, sign_stop, stop_view

pytestmark = pytest.mark.asyncio(loop_scope="module")

Document = dict[str, object]
Change = Callable[[Document], object]
HOUR = timedelta(hours=1)
TOLD_OF_LISTS = frozenset({Kind.LIST_REFUSED, Kind.LIST_TAKEN_UP, Kind.PARTNER_STOPPED})


@dataclass
class Desk:
    """A state folder with every officer's key, and the gateway that reads it."""

    target: Attacked

    @property
    def files(self) -> WhitelistFiles:
        return WhitelistFiles(self.target.home)

    @property
    def keys(self) -> tuple[OfficerKey, ...]:
        """The keys of the officers pinned at the beginning."""
        return office.keys_here(self.files, read_trust(self.files))

    @property
    def in_force(self) -> SignedFile:
        """The published file."""
        return read_signed(self.files.published.read_bytes())

    @property
    def version(self) -> int:
        return int(json.loads(self.in_force.payload)["version"])

    def next_list(self, change: Change = lambda document: None, keys: Sequence[OfficerKey] | None = None) -> bytes:
        """The next version with ``change`` made to its JSON, signed by everybody, or by these keys only."""
        file = self.in_force
        document = json.loads(file.payload)
        document["version"] += 1
        document["origin"] |= {"base_version": document["version"] - 1, "base_digest": file.digest}
        change(document)
        chosen = self.keys if keys is None else keys
        return signed(one_form(document), chosen, rotations=file.rotations).to_bytes()

    async def offered(self, data: bytes) -> tuple[Kind, dict[str, object]]:
        """Put ``data`` where the list is; what the gateway's log says of it. The good list is put back."""
        good, before = self.files.published.read_bytes(), len(self.target.records())
        self.put(data)
        kind, event = await self.told(before)
        if kind is Kind.LIST_REFUSED:
            self.put(good)
        return kind, event

    def put(self, data: bytes) -> None:
        """Replace the list as a publisher does."""
        fresh = self.files.published.with_suffix(".new")
        fresh.write_bytes(data)
        os.replace(fresh, self.files.published)

    async def told(self, before: int) -> tuple[Kind, dict[str, object]]:
        """The first that the log says of a list beyond its first ``before`` records."""
        async with asyncio.timeout(5):
            while True:
                for record in self.target.records()[before:]:
                    if record.kind in TOLD_OF_LISTS:
                        return Kind(record.kind), record.event
                await asyncio.sleep(POLL_S)

    async def assert_refused(self, data: bytes, flaw: str) -> None:
        """The list is refused for that flaw, and the partner is judged by the old one."""
        version = self.version
        kind, event = await self.offered(data)
        assert (kind, event.get("flaw")) == (Kind.LIST_REFUSED, flaw)
        outcome = await self.ask()
        [decision] = outcome.events(Kind.DECISION)
        assert (outcome.status, decision["list_version"]) == (200, version)

    async def ask(self, partner: str = PARTNER, body: bytes | None = None) -> Outcome:
        return await self.target.attempt(self.target.home.leaf(f"partner-{partner}"), body=body)

    async def stop(self, data: bytes) -> tuple[Kind, dict[str, object]]:
        """Put a signed stop into the folder; what the log says of it."""
        before = len(self.target.records())
        keep_stop(self.files.stops, data)
        return await self.told(before)


@asynccontextmanager
async def opened_desk(home: Home, golden: Path) -> AsyncIterator[Desk]:
    answer = answering((golden / "g1_answer.xml").read_bytes())
    async with attacked(home, answer, plain_question(golden)) as target:
        yield Desk(target)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One desk for all that leaves no trace; each test finds a list in force that lets the partner in."""
    home = copied(pki_home, tmp_path_factory.mktemp("desk") / "home")
    publish(home, lambda draft: draft)
    async with opened_desk(home, golden) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def own_desk(pki_home: Home, golden: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk for what stays."""
    async with opened_desk(copied(pki_home, tmp_path / "home"), golden) as opened:
        yield opened


def entry(document: Document, id_: str = PARTNER) -> Document:
    return next(one for one in document["partners"] if one["id"] == id_)  # type: ignore[attr-defined]


# The controls


async def test_the_control_the_next_list_signed_by_everybody_is_taken_up(desk: Desk) -> None:
    version = desk.version

    kind, event = await desk.offered(desk.next_list(lambda document: entry(document).update(quota=601)))

    assert (kind, event["version"]) == (Kind.LIST_TAKEN_UP, version + 1)
    [decision] = (await desk.ask()).events(Kind.DECISION)
    assert (decision["granted"], decision["list_version"]) == (True, version + 1)


async def test_the_control_a_stop_signed_by_one_officer_takes_effect(own_desk: Desk) -> None:
    assert (await own_desk.ask()).status == 200

    kind, event = await own_desk.stop(sign_stop(stop_of(own_desk), own_desk.keys[0]))

    assert (kind, event["partner"]) == (Kind.PARTNER_STOPPED, PARTNER)
    outcome = await own_desk.ask()
    [decision] = outcome.events(Kind.DECISION)
    assert (outcome.slug, decision["reason"]) == ("partner.suspended", "partner.suspended")


# Old, endless and mixed


async def test_an_older_signed_list(desk: Desk) -> None:
    old = desk.files.published.read_bytes()
    assert (await desk.offered(desk.next_list()))[0] is Kind.LIST_TAKEN_UP

    await desk.assert_refused(old, "whitelist.rollback")


async def test_the_same_version_with_other_content(desk: Desk) -> None:
    def same_version(document: Document) -> None:
        document["version"] = desk.version
        document["origin"]["base_version"] = desk.version - 1  # type: ignore[index]
        entry(document)["quota"] = 999

    await desk.assert_refused(desk.next_list(same_version), "whitelist.version-reused")


async def test_a_list_replayed_for_ever(own_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await own_desk.ask()).status == 200
    before = len(own_desk.target.records())

    class NextYear(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=366)

    monkeypatch.setattr(whitelist.source, "datetime", NextYear)
    own_desk.put(own_desk.files.published.read_bytes())

    kind, event = await own_desk.told(before)
    assert (kind, event["flaw"]) == (Kind.LIST_REFUSED, "whitelist.expired")
    outcome = await own_desk.ask()
    assert (outcome.status, outcome.slug) == (503, "service.whitelist-unusable")


async def test_a_version_that_leaves_room_for_no_other(desk: Desk) -> None:
    last = desk.next_list(lambda document: document.update(version=MAX_VERSION))
    await desk.assert_refused(last, "whitelist.version-leap")

    beyond = desk.next_list(lambda document: document.update(version=2**63))
    await desk.assert_refused(beyond, "whitelist.invalid")


async def test_a_list_of_another_set_of_officers(own_desk: Desk) -> None:
    before = own_desk.in_force
    await change_officers(own_desk)
    mixed = replace(before, rotations=own_desk.in_force.rotations)

    await own_desk.assert_refused(mixed.to_bytes(), "whitelist.other-officers")


async def test_a_list_that_hides_the_new_officers(own_desk: Desk) -> None:
    await change_officers(own_desk)
    document = json.loads(own_desk.in_force.payload)
    document["version"] += 1
    hidden = signed(one_form(document), own_desk.keys, rotations=own_desk.in_force.rotations[:-1])

    await own_desk.assert_refused(hidden.to_bytes(), "whitelist.officers-rollback")


# Damaged, doubled, crooked


async def test_a_truncated_list(desk: Desk) -> None:
    await desk.assert_refused(desk.next_list()[:-200], "whitelist.malformed")


async def test_a_truncated_entry(desk: Desk) -> None:
    await desk.assert_refused(desk.next_list(lambda document: entry(document).pop("subject")), "whitelist.invalid")


async def test_a_duplicated_entry(desk: Desk) -> None:
    def doubled(document: Document) -> None:
        document["partners"].append(entry(document))  # type: ignore[attr-defined]

    await desk.assert_refused(desk.next_list(doubled), "whitelist.invalid")


async def test_one_holder_under_two_ids(desk: Desk) -> None:
    def doubled(document: Document) -> None:
        document["partners"].append({**entry(document), "id": "samu-rhone-2"})  # type: ignore[attr-defined]

    await desk.assert_refused(desk.next_list(doubled), "whitelist.invalid")


async def test_an_entry_for_every_name(desk: Desk) -> None:
    wildcard = desk.next_list(lambda document: entry(document).update(subject="CN=*,O=DEMO,C=FR"))

    await desk.assert_refused(wildcard, "whitelist.invalid")


async def test_an_entry_for_an_empty_name(desk: Desk) -> None:
    for empty in ("", "CN=", "C=FR"):
        nobody = desk.next_list(lambda document, empty=empty: entry(document).update(subject=empty))
        await desk.assert_refused(nobody, "whitelist.invalid")


@pytest.mark.parametrize("alike", ["sаmu-rhone", "samu‐rhone", "samu-rhone\u200b", "SAMU-RHONE", "samu-rhône"])
async def test_an_id_that_looks_like_anothers(desk: Desk, alike: str) -> None:
    def impostor(document: Document) -> None:
        double = {**entry(document), "id": alike, "spki": "0" * 64}
        document["partners"].append(double)  # type: ignore[attr-defined]

    await desk.assert_refused(desk.next_list(impostor), "whitelist.invalid")


@pytest.mark.parametrize("renamed", ["cu22", "CU22 ", "ＣＵ２２", "CU022", "CU22\u200b"])
async def test_a_profile_by_another_name_on_the_list(desk: Desk, renamed: str) -> None:
    scope = desk.next_list(
        lambda document: entry(document, "portail-public").update(allowed_profiles=["CU23", renamed])
    )

    await desk.assert_refused(scope, "whitelist.invalid")


@pytest.mark.parametrize("renamed", ["cu22", "CU 22", "ＣＵ２２", "CU022", "CU22,CU23", "*"])
async def test_a_profile_by_another_name_in_a_question(desk: Desk, renamed: str) -> None:
    outcome = await desk.ask(body=with_vihf(desk.target.question, str(desk.target.victim.subject), renamed))

    [decision] = outcome.events(Kind.DECISION)
    assert (outcome.status, outcome.slug, decision["reason"]) == (403, "profile.unknown", "profile.unknown")


async def test_the_control_a_profile_by_its_name_is_granted(desk: Desk) -> None:
    outcome = await desk.ask(body=with_vihf(desk.target.question, str(desk.target.victim.subject), "CU22"))

    [decision] = outcome.events(Kind.DECISION)
    assert (outcome.status, decision["profile"]) == (200, "CU22")


# Keys that are not enough


async def test_a_list_changed_after_it_was_signed(desk: Desk) -> None:
    file = read_signed(desk.next_list())
    other = read_signed(desk.next_list(lambda document: entry(document).update(max_limit=20_000)))
    edited = replace(other, signatures=file.signatures)

    await desk.assert_refused(edited.to_bytes(), "whitelist.bad-signature")


async def test_one_stolen_key_publishes_nothing(desk: Desk) -> None:
    for key in desk.keys:
        await desk.assert_refused(desk.next_list(keys=[key]), "whitelist.below-threshold")


async def test_one_officer_with_two_keys(desk: Desk) -> None:
    own = OfficerKey.generate(desk.keys[0].officer.name)

    await desk.assert_refused(desk.next_list(keys=[desk.keys[0], own]), "whitelist.below-threshold")


async def test_one_signature_given_twice(desk: Desk) -> None:
    file = read_signed(desk.next_list(keys=desk.keys[:1]))
    doubled = replace(file, signatures=file.signatures * 2)

    await desk.assert_refused(doubled.to_bytes(), "whitelist.malformed")


async def test_a_list_of_strangers(desk: Desk) -> None:
    strangers = [OfficerKey.generate(key.officer.name) for key in desk.keys]

    await desk.assert_refused(desk.next_list(keys=strangers), "whitelist.unknown-officer")


async def test_a_list_that_lowers_the_threshold_for_its_own_signer(desk: Desk) -> None:
    alone = desk.next_list(lambda document: document.update(threshold=1), keys=desk.keys[:1])

    await desk.assert_refused(alone, "whitelist.below-threshold")


async def test_a_list_that_its_author_has_not_signed(desk: Desk) -> None:
    def by_nobody(document: Document) -> None:
        document["origin"]["author"] = "nobody"  # type: ignore[index]

    await desk.assert_refused(desk.next_list(by_nobody), "whitelist.author-missing")


async def test_the_signature_of_an_officer_who_has_gone(own_desk: Desk) -> None:
    gone = await change_officers(own_desk)
    one = own_desk.keys[0]

    def by_one(document: Document) -> None:
        document["origin"]["author"] = one.officer.name  # type: ignore[index]

    await own_desk.assert_refused(own_desk.next_list(by_one, keys=[one, gone]), "whitelist.below-threshold")
    assert (await own_desk.offered(own_desk.next_list(by_one)))[0] is Kind.LIST_TAKEN_UP


async def change_officers(desk: Desk) -> OfficerKey:
    """A third officer comes, and goes again; the key that is worth nothing any more."""
    carol = OfficerKey.generate("carol")
    for how in (
        lambda draft, officers: with_officer(draft, officers, carol.officer),
        lambda draft, officers: without_officer(draft, officers, "carol"),
    ):
        version, now = desk.version, datetime.now(UTC).replace(microsecond=0)
        officers = office.base_of(desk.files, now).officers
        keys = [*desk.keys, carol]
        office.publish_changed(desk.files, keys, now, lambda draft, how=how, officers=officers: how(draft, officers))
        async with asyncio.timeout(5):
            while (await desk.ask()).events(Kind.DECISION)[0]["list_version"] == version:
                await asyncio.sleep(POLL_S)
    return carol


# Stops


def stop_of(desk: Desk, **changes: object) -> Stop:
    now = datetime.now(UTC).replace(microsecond=0)
    stop = Stop(
        environment=read_trust(desk.files).environment,
        partner=PARTNER,
        kind=StopKind.SUSPEND,
        officer=desk.keys[0].officer.name,
        reason="clé perdue",
        issued_at=now,
        until=now + HOUR,
    )
    return replace(stop, **changes)  # type: ignore[arg-type]


async def assert_stops_nobody(desk: Desk, data: bytes, flaw: str) -> None:
    kind, event = await desk.stop(data)
    assert (kind, event.get("flaw")) == (Kind.LIST_REFUSED, flaw)
    assert (await desk.ask()).status == 200


async def test_a_stop_by_a_stranger(desk: Desk) -> None:
    stranger = OfficerKey.generate(desk.keys[0].officer.name)

    await assert_stops_nobody(desk, sign_stop(stop_of(desk), stranger), "stop.unknown-officer")


async def test_a_stop_without_an_end(desk: Desk) -> None:
    endless = stop_view(stop_of(desk)) | {"until": "2999-01-01T00:00:00Z"}
    data = signed(one_form(endless), desk.keys[:1], SignedType.STOP).to_bytes()

    await assert_stops_nobody(desk, data, "stop.invalid")


async def test_a_stop_in_anothers_name(desk: Desk) -> None:
    data = sign_stop(stop_of(desk, officer=desk.keys[1].officer.name), desk.keys[0])

    await assert_stops_nobody(desk, data, "stop.invalid")


async def test_a_stop_made_for_later(desk: Desk) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)

    data = sign_stop(stop_of(desk, issued_at=later, until=later + HOUR), desk.keys[0])

    await assert_stops_nobody(desk, data, "stop.not-yet-issued")


async def test_one_stolen_key_stops_a_partner_for_days_and_not_for_ever(
    own_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for hours in (0, 1, 2):
        stop = stop_of(own_desk, issued_at=now - hours * HOUR, until=now - hours * HOUR + timedelta(hours=72))
        keep_stop(own_desk.files.stops, sign_stop(stop, own_desk.keys[0]))
    async with asyncio.timeout(5):
        while (await own_desk.ask()).slug != "partner.suspended":
            await asyncio.sleep(POLL_S)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=73)

    monkeypatch.setattr(whitelist.source, "datetime", Later)

    async with asyncio.timeout(5):
        while (await own_desk.ask()).status != 200:
            await asyncio.sleep(POLL_S)


# Validity


@pytest.fixture
def dated(own_desk: Desk) -> Callable[..., object]:
    """Publish one more entry with these dates; its certificate."""
    target = own_desk.target

    def make(id_: str, **dates: datetime) -> object:
        leaf = target.leaf(key=ec.generate_private_key(ec.SECP256R1()))
        spki = identity_from_pem(leaf.certificate.read_bytes()).spki
        publish(
            target.home, lambda draft: draft.with_partner(replace(draft.partner(PARTNER), id=id_, spki=spki, **dates))
        )
        return leaf

    return make


async def once_known(desk: Desk, leaf) -> Outcome:
    """The first outcome that is told by the list with the new entry."""
    async with asyncio.timeout(5):
        while True:
            outcome = await desk.target.attempt(leaf)
            if outcome.slug != "partner.key-mismatch":
                return outcome
            await asyncio.sleep(POLL_S)


async def test_an_entry_before_its_first_second_and_after_its_last(own_desk: Desk, dated) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    cases = {
        "ouverte": ({"valid_from": now - HOUR, "valid_to": now + HOUR}, None),
        "future": ({"valid_from": now + HOUR, "valid_to": now + 2 * HOUR}, "partner.not-yet-valid"),
        "finie": ({"valid_from": now - HOUR, "valid_to": now}, "partner.expired"),
    }
    for id_, (dates, slug) in cases.items():
        outcome = await once_known(own_desk, dated(id_, **dates))

        [decision] = outcome.events(Kind.DECISION)
        assert (outcome.slug, decision["reason"]) == (slug, slug)


async def test_an_entry_ends_at_the_instant_its_zone_says_and_not_at_that_hour_elsewhere(
    own_desk: Desk, dated, monkeypatch: pytest.MonkeyPatch
) -> None:
    paris = timedelta(hours=2)
    end = datetime.now(UTC).replace(microsecond=0) + HOUR
    leaf = dated("heure-de-paris", valid_to=datetime.fromisoformat(f"{(end + paris).replace(tzinfo=None)}+02:00"))
    assert (await once_known(own_desk, leaf)).status == 200

    for moment, slug in ((end - timedelta(seconds=1), None), (end, "partner.expired")):
        at_the_door(monkeypatch, moment)
        assert (await own_desk.target.attempt(leaf)).slug == slug


def at_the_door(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the gateway's first door read this time."""

    class Fixed(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment

    monkeypatch.setattr(admission, "datetime", Fixed)
