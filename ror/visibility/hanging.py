"""What hangs on what in a directory, and what vanishes when units are hidden (decision 6)."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from ror.model import Directory, Facility
from ror.visibility.table import fields_of

_Node = tuple[str, str]
"""A facility (``"oi"``) or an organization (``"org"``) with its ``entity_id``."""


class Hanging:
    """The tree of a directory once ``hidden`` facilities are gone, whatever their number and depth.

    Loops and pointers that lead nowhere are borne.
    """

    def __init__(self, directory: Directory, *, hidden: frozenset[str]) -> None:
        self._above: dict[_Node, list[_Node]] = {}
        for facility in directory.facilities:
            self._above["oi", facility.entity_id] = _above_facility(facility)
        for organization in directory.organizations:
            above = [] if organization.parent is None else [("org", organization.parent)]
            self._above["org", organization.entity_id] = above
        units = {facility.entity_id for facility in directory.facilities if facility.is_unit}
        gone = self._vanish({("oi", entity_id) for entity_id in hidden}, units)
        self.vanished_facilities = frozenset(entity_id for kind, entity_id in gone if kind == "oi")
        """Facilities that are gone: hidden, or left with nothing but hidden units."""
        self.vanished_organizations = frozenset(entity_id for kind, entity_id in gone if kind == "org")
        """Organizations that are gone: left with nothing but hidden units."""
        self._shown: defaultdict[_Node, set[str]] = defaultdict(set)
        self._lost: defaultdict[_Node, set[str]] = defaultdict(set)
        for facility in directory.facilities:
            if facility.is_unit:
                fields = self._lost if facility.entity_id in hidden else self._shown
                for node in self._all_above(("oi", facility.entity_id)):
                    fields[node] |= fields_of(facility)
        self._own = {facility.entity_id: fields_of(facility) for facility in directory.facilities}

    def organization_fields(self, entity_id: str) -> frozenset[str]:
        """The fields of the visible units that hang on an organization."""
        return frozenset(self._shown["org", entity_id])

    def lost_fields(self, entity_id: str) -> frozenset[str]:
        """The fields that only hidden units brought to an internal organisation."""
        node = "oi", entity_id
        return frozenset(self._lost[node] - self._shown[node])

    def facility_fields(self, entity_id: str) -> frozenset[str]:
        """The fields of a facility as they are shown; none for one that is not in the directory."""
        return self._own.get(entity_id, frozenset()) - self.lost_fields(entity_id)

    def _vanish(self, gone: set[_Node], units: set[str]) -> set[_Node]:
        left = Counter(node for above in self._above.values() for node in above)
        pending = [node for node in gone if node in self._above]
        while pending:
            for node in self._above[pending.pop()]:
                left[node] -= 1
                is_parent = node in self._above and not (node[0] == "oi" and node[1] in units)
                if left[node] == 0 and is_parent and node not in gone:
                    gone.add(node)
                    pending.append(node)
        return gone

    def _all_above(self, start: _Node) -> Iterator[_Node]:
        met = {start}
        pending = [start]
        while pending:
            for node in self._above.get(pending.pop(), ()):
                if node not in met:
                    met.add(node)
                    pending.append(node)
                    yield node


def _above_facility(facility: Facility) -> list[_Node]:
    above: list[_Node] = [("org", link) for link in dict.fromkeys(link.entity_id for link in facility.organizations)]
    return above if facility.parent is None else [*above, ("oi", facility.parent)]
