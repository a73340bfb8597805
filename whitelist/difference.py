"""What one list changes against another, shown as effective access, and the hash that officers sign.

A pure function of two lists. The hash binds what was shown to the version it starts from and to everything that comes
out, so that an approval of one difference is worth nothing for another base, another result or another showing.
"""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from whitelist.access import Line, Turn, access_lines
from whitelist.canary import Canary
from whitelist.document import Partner, Whitelist
from whitelist.document_json import moment_text, one_form, whitelist_view, write_whitelist
from whitelist.officers import Officer

OFFICERS = "officers"
LIST = "list"
_LOOK_ALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Every change between two versions. ``base_version`` 0 is the empty beginning."""

    base_version: int
    base_digest: str
    version: int
    result_digest: str
    lines: tuple[Line, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 that officers sign: of base, result and every line."""
        return hashlib.sha256(
            one_form(
                {
                    "base": {"version": self.base_version, "digest": self.base_digest},
                    "result": {"version": self.version, "digest": self.result_digest},
                    "lines": [[line.subject, line.turn.value, line.what, line.value] for line in self.lines],
                }
            )
        ).hexdigest()

    def of(self, subject: str) -> tuple[Line, ...]:
        """The changes of one partner, of the officers or of the list."""
        return tuple(line for line in self.lines if line.subject == subject)

    @property
    def partners(self) -> tuple[str, ...]:
        """The partners whose entries change, in order."""
        return tuple(dict.fromkeys(line.subject for line in self.lines if line.subject not in (OFFICERS, LIST)))


def difference(before: Whitelist | None, after: Whitelist) -> Difference:
    """What ``after`` changes against ``before``; how ``after`` came about (its origin) is not part of it."""
    result = whitelist_view(after)
    result.pop("origin", None)
    lines = (
        *_partner_lines(before, after),
        *_officer_lines(before, after),
        *_list_lines(before, after),
    )
    return Difference(
        base_version=before.version if before else 0,
        base_digest=content_digest(before) if before else "",
        version=after.version,
        result_digest=hashlib.sha256(one_form(result)).hexdigest(),
        lines=lines,
    )


def content_digest(whitelist: Whitelist) -> str:
    """SHA-256 of the list as it is signed."""
    return hashlib.sha256(write_whitelist(whitelist)).hexdigest()


def _partner_lines(before: Whitelist | None, after: Whitelist) -> Iterator[Line]:
    known = {partner.id: partner for partner in before.partners} if before else {}
    fresh = []
    for partner in after.partners:
        was = known.pop(partner.id, None)
        if was == partner:
            continue
        yield from access_lines(was, partner)
        if was is None or (was.name, was.holder) != (partner.name, partner.holder):
            fresh.append(partner)
    for gone in known.values():
        yield Line(gone.id, Turn.LOSES, "all access:", "its entry is gone")
    if fresh:
        yield from _look_alikes(fresh, after.partners)


def _look_alikes(fresh: list[Partner], everybody: tuple[Partner, ...]) -> Iterator[Line]:
    """New names and keys that an officer could take for another partner's."""
    looks, keys = defaultdict(set), defaultdict(set)
    for partner in everybody:
        for name in {_look(partner.name), _look(partner.subject.common_name or "")}:
            looks[name].add(partner.id)
        keys[partner.spki].add(partner.id)
    for partner in fresh:
        alike = looks[_look(partner.name)] | looks[_look(partner.subject.common_name or "")]
        for what, ids in (("name that looks like that of", alike), ("key that is also that of", keys[partner.spki])):
            others = sorted(ids - {partner.id})
            if others:
                more = f" and {len(others) - 5} more" if len(others) > 5 else ""
                yield Line(partner.id, Turn.BEWARE, what, ", ".join(others[:5]) + more)


def _look(name: str) -> str:
    """What is left of a name to a hasty eye: no accents, case, spaces; letters that look alike made one."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name).casefold() if one.isalnum())
    return plain.translate(_LOOK_ALIKES).replace("rn", "m").replace("vv", "w")


def _officer_lines(before: Whitelist | None, after: Whitelist) -> Iterator[Line]:
    known = {officer.name: officer for officer in before.officers} if before else {}
    for officer in after.officers:
        was = known.pop(officer.name, None)
        if was is None:
            yield Line(OFFICERS, Turn.GAINS, "officer", _officer(officer))
        elif was != officer:
            yield Line(OFFICERS, Turn.CHANGES, "officer", f"{_officer(was)} → {_officer(officer)}")
    for officer in known.values():
        yield Line(OFFICERS, Turn.LOSES, "officer", _officer(officer))
    threshold = before.threshold if before else 0
    if threshold != after.threshold:
        turn = Turn.LOSES if after.threshold < threshold else Turn.GAINS
        instead = f" instead of {threshold}" if threshold else ""
        yield Line(OFFICERS, turn, "threshold", f"{after.threshold} must sign{instead}")


def _list_lines(before: Whitelist | None, after: Whitelist) -> Iterator[Line]:
    until = moment_text(after.expires_at)
    instead = f" instead of {moment_text(before.expires_at)}" if before else ""
    yield Line(LIST, Turn.CHANGES, "end:", f"{until}{instead}")
    yield from _canary_lines(before.canary if before else None, after.canary)
    known = {lifted.stop for lifted in before.lifted} if before else set()
    for lifted in after.lifted:
        if lifted.stop not in known:
            yield Line(lifted.partner, Turn.GAINS, "access again:", f"the stop {lifted.stop} is lifted")


def _canary_lines(before: Canary | None, after: Canary | None) -> Iterator[Line]:
    if before == after:
        return
    turn = Turn.GAINS if before is None else Turn.LOSES if after is None else Turn.CHANGES
    yield Line(LIST, turn, "canary:", " → ".join(_canary(one) for one in (before, after) if one is not None))


def _canary(canary: Canary) -> str:
    return f"{canary.partner}, stopped by key {canary.kid}"


def _officer(officer: Officer) -> str:
    known = f", person {officer.person[:16]}" if officer.person else ", no certificate shown"
    return f"{officer.name} (key {officer.kid}{known})"
