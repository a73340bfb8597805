"""The officers of a draft: who comes, who goes, who signs with a new key, once the officers of today agree."""

from dataclasses import replace

from whitelist.draft import LEAST_THRESHOLD, Draft
from whitelist.errors import RosterError
from whitelist.officers import Officer, OfficerTrust


def roster(draft: Draft, current: OfficerTrust) -> tuple[Officer, ...]:
    """The officers that the draft wants."""
    return current.officers if draft.officers is None else draft.officers


def with_officer(draft: Draft, current: OfficerTrust, officer: Officer, threshold: int | None = None) -> Draft:
    """The draft with one officer more; raises ``RosterError`` where the name, key or person is an officer's."""
    officers = roster(draft, current)
    for other in officers:
        if officer.is_same_person(other):
            raise RosterError(f"{officer.name} has the name, the key or the certificate of officer {other.name}")
    return _checked(draft, current, (*officers, officer), threshold)


def without_officer(draft: Draft, current: OfficerTrust, name: str, threshold: int | None = None) -> Draft:
    """The draft with one officer less; raises ``RosterError`` where too few would be left."""
    officers = roster(draft, current)
    _named(officers, name)
    return _checked(draft, current, tuple(one for one in officers if one.name != name), threshold)


def with_new_key(draft: Draft, current: OfficerTrust, fresh: Officer) -> Draft:
    """The draft in which the officer of that name signs with another key; raises ``RosterError``."""
    officers = roster(draft, current)
    old = _named(officers, fresh.name)
    if any(fresh.kid == other.kid for other in (*officers, *current.officers)):
        raise RosterError(f"the new key of {fresh.name} is an officer's key already")
    if old.person and fresh.person and old.person != fresh.person:
        raise RosterError(f"the certificate shown for {fresh.name} is another person's: remove one, add the other")
    kept = replace(fresh, person=fresh.person or old.person)
    officers = tuple(kept if one.name == fresh.name else one for one in officers)
    return _checked(draft, current, officers, None)


def _checked(draft: Draft, current: OfficerTrust, officers: tuple[Officer, ...], threshold: int | None) -> Draft:
    wanted = threshold if threshold is not None else draft.threshold
    least = min(current.threshold, LEAST_THRESHOLD)
    must = current.threshold if wanted is None else wanted
    if must < least:
        raise RosterError(f"the threshold may not fall below {least}")
    if must > len(officers):
        raise RosterError(f"{len(officers)} officers would be left, {must} must sign: add one first")
    OfficerTrust(current.environment, must, officers, current.version)
    return replace(draft, officers=officers, threshold=wanted)


def _named(officers: tuple[Officer, ...], name: str) -> Officer:
    for officer in officers:
        if officer.name == name:
            return officer
    raise RosterError(f"no officer has the name {name[:63]!a}")
