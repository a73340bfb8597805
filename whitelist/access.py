"""What an entry lets its holder do, as a set of rights that can be compared: the words of every difference."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ror.access import ProfileCode
from ror.territory import REGION_BY_CODE
from whitelist.document import Partner, PartnerStatus
from whitelist.people import Person


class Turn(StrEnum):
    """Which way a change goes. ``BEWARE`` changes nothing and asks for a second look."""

    ADDED = "added"
    GAINS = "gains"
    LOSES = "loses"
    CHANGES = "changes"
    BEWARE = "beware"


@dataclass(frozen=True, slots=True)
class Line:
    """One change: of whom (a partner's id, ``officers`` or ``list``), which way, of what, and the value in words."""

    subject: str
    turn: Turn
    what: str
    value: str

    def __str__(self) -> str:
        return f"{self.turn.value} {self.what} {self.value}"


def access_lines(before: Partner | None, after: Partner) -> Iterator[Line]:
    """What ``after`` may do that ``before`` (of the same id) might not, and the reverse; nothing where they are equal
    in everything.

    An entry that does not count has no access, whatever it says: suspending it loses everything, resuming it gains
    everything it says.
    """
    if before is None:
        value = f"{after.name!r}, {after.kind.value}, {_holder(after)}"
        yield Line(after.id, Turn.ADDED, "partner", value)
    else:
        yield from _standing(before, after)
    was = before if before is not None and before.status is after.status else None
    if after.status is PartnerStatus.ACTIVE or was is not None:
        yield from _rights(was, after)
    if before is not None:
        yield from _facts(before, after)


def _standing(before: Partner, after: Partner) -> Iterator[Line]:
    if before.status is after.status:
        if after.status is not PartnerStatus.ACTIVE and before != after:
            value = f"{after.status.value}: what follows counts only once it may ask again"
            yield Line(after.id, Turn.CHANGES, "entry that is", value)
        return
    if after.status is PartnerStatus.ACTIVE:
        yield Line(after.id, Turn.GAINS, "access again", f"({before.status.value} until now): {after.comment}")
    elif before.status is PartnerStatus.ACTIVE:
        yield Line(after.id, Turn.LOSES, "all access:", f"{after.status.value}: {after.comment}")
    else:
        yield Line(after.id, Turn.CHANGES, "status", f"{before.status.value} → {after.status.value}: {after.comment}")


def _rights(before: Partner | None, after: Partner) -> Iterator[Line]:
    yield from _regions(before, after)
    yield from _compared(after.id, "profile", _profiles(before), _profiles(after))
    yield from _compared(after.id, "transaction", _transactions(before), _transactions(after))
    yield from _compared(after.id, "person", _people(before), _people(after))
    yield from _number(after.id, "limit", "units an answer", before.max_limit if before else 0, after.max_limit)
    yield from _number(after.id, "quota", "questions a minute", before.quota if before else 0, after.quota)
    yield from _validity(before, after)
    if after.signed_vihf != (before is not None and before.signed_vihf):
        turn = Turn.LOSES if after.signed_vihf else Turn.GAINS
        yield Line(after.id, turn, "unsigned VIHF", "as proof of a profile")


def _regions(before: Partner | None, after: Partner) -> Iterator[Line]:
    was = before.perimeter.regions if before else frozenset()
    now = after.perimeter.regions
    if was == now:
        return
    if now is None:
        yield Line(after.id, Turn.GAINS, "region", "all of France")
    elif was is None:
        kept = ", ".join(map(_region, sorted(now)))
        yield Line(after.id, Turn.LOSES, "region", f"all of France but {kept}")
    else:
        yield from _compared(after.id, "region", [_region(code) for code in was], [_region(code) for code in now])


def _validity(before: Partner | None, after: Partner) -> Iterator[Line]:
    start, end = _minute(after.valid_from), _minute(after.valid_to)
    if before is None:
        yield Line(after.id, Turn.GAINS, "validity", f"from {start} until {end}")
        return
    if before.valid_from != after.valid_from:
        turn = Turn.GAINS if after.valid_from < before.valid_from else Turn.LOSES
        yield Line(after.id, turn, "time: begins", f"{start} instead of {_minute(before.valid_from)}")
    if before.valid_to != after.valid_to:
        turn = Turn.GAINS if after.valid_to > before.valid_to else Turn.LOSES
        yield Line(after.id, turn, "time: ends", f"{end} instead of {_minute(before.valid_to)}")


def _facts(before: Partner, after: Partner) -> Iterator[Line]:
    facts = (
        ("kind", before.kind.value, after.kind.value),
        ("default profile", before.default_profile.value, after.default_profile.value),
        ("home ROR", before.home_ror or "none", after.home_ror or "none"),
        ("holder", _holder(before), _holder(after)),
        ("name", repr(before.name), repr(after.name)),
        ("contact", repr(before.contact), repr(after.contact)),
    )
    for what, was, now in facts:
        if was != now:
            yield Line(after.id, Turn.CHANGES, what, f"{was} → {now}")
    if _claimed(before, after):
        value = f"{_codes(before)} → {_codes(after)}"
        yield Line(after.id, Turn.CHANGES, "what a VIHF may claim:", value)
    if before.comment != after.comment and before.status is after.status:
        yield Line(after.id, Turn.CHANGES, "comment", f"{before.comment!r} → {after.comment!r}")


def _compared(subject: str, what: str, before: list[str], after: list[str]) -> Iterator[Line]:
    for value in sorted(set(after) - set(before)):
        yield Line(subject, Turn.GAINS, what, value)
    for value in sorted(set(before) - set(after)):
        yield Line(subject, Turn.LOSES, what, value)


def _number(subject: str, what: str, unit: str, before: int, after: int) -> Iterator[Line]:
    if before != after:
        turn = Turn.GAINS if after > before else Turn.LOSES
        yield Line(subject, turn, what, f"{after} {unit}" + (f" instead of {before}" if before else ""))


def _profiles(partner: Partner | None) -> list[str]:
    """The allowed ones, and the default, which applies without a VIHF be it allowed or not (decision 1)."""
    codes = {*partner.allowed_profiles, partner.default_profile} if partner else set()
    return [_profile(code) for code in codes]


def _claimed(before: Partner, after: Partner) -> bool:
    """Whether the default profile hides, among the lines of rights, that a VIHF may claim something else."""
    told = set(_profiles(before)) ^ set(_profiles(after))
    return {_profile(code) for code in {*before.allowed_profiles} ^ {*after.allowed_profiles}} != told


def _codes(partner: Partner) -> str:
    return ", ".join(code.value for code in partner.allowed_profiles)


def _transactions(partner: Partner | None) -> list[str]:
    return [transaction.value for transaction in partner.transactions] if partner else []


def _people(partner: Partner | None) -> list[str]:
    return [_person(person) for person in partner.people] if partner else []


def _person(person: Person) -> str:
    roles = " and ".join(role.value for role in person.roles)
    return f"{person.id}: {roles}, {_profile(person.profile)}, key {person.spki}"


def _profile(code: ProfileCode) -> str:
    return f"{code.value} (profile {code.profile.value})"


def _region(code: str) -> str:
    return f"{code} {REGION_BY_CODE[code].name}"


def _holder(partner: Partner) -> str:
    return f"{partner.subject}, issued by {partner.issuer}, key {partner.spki}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
