"""The persons of a partner: who may sit at a page, who may write a unit's beds (decision 40).

A person shows a certificate of the domain Personnes and is recognised by its public key, so that a renewed card stays
listed. The list holds no person's name: ``id`` says a seat or a function.
"""

from dataclasses import dataclass
from enum import StrEnum

from ror.access import ProfileCode
from whitelist.errors import DocumentError
from whitelist.texts import check_id, check_sha256

MAX_PEOPLE = 500


class PersonRole(StrEnum):
    """What a person may do in its partner's name."""

    READER = "reader"
    BED_WRITER = "bed-writer"


_ROLE_ORDER = tuple(PersonRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person: ``spki`` is the SHA-256 of its public key, ``profile`` the only one under which it reads."""

    id: str
    spki: str
    roles: tuple[PersonRole, ...]
    profile: ProfileCode

    def __post_init__(self) -> None:
        check_id(self.id, "the person's id")
        check_sha256(self.spki, "the person's public key's hash")
        if not self.roles or len(set(self.roles)) != len(self.roles):
            raise DocumentError(f"the roles of {self.id} are none, or one is named twice")
        object.__setattr__(self, "roles", tuple(sorted(self.roles, key=_ROLE_ORDER.index)))


def ordered(people: tuple[Person, ...], allowed: tuple[ProfileCode, ...]) -> tuple[Person, ...]:
    """The persons of one entry, by id. Raises ``DocumentError`` for too many, a double, a profile not ``allowed``."""
    if len(people) > MAX_PEOPLE:
        raise DocumentError(f"the entry names more than {MAX_PEOPLE} persons")
    for what, values in (("id", {one.id for one in people}), ("public key", {one.spki for one in people})):
        if len(values) != len(people):
            raise DocumentError(f"two persons have the same {what}")
    for person in people:
        if person.profile not in allowed:
            raise DocumentError(f"the profile of {person.id} is not among the partner's")
    return tuple(sorted(people, key=lambda person: person.id))
