"""The rows of one legal entity with all its establishments: what each profile sees, in each generation."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

from regional_nodes.source import EstablishmentTree
from regional_nodes.store.facts import SeenUnit, facts_of
from regional_nodes.store.numbering import Numbering, finess_of
from regional_nodes.store.rendering import Bundle, Renderer
from regional_nodes.store.schema import FACTS
from regional_nodes.store.views import GENERATIONS, PROFILES, view_of
from regional_nodes.store.whereabouts import whereabouts
from ror.access import Profile
from ror.csd import Style
from ror.folding import fold
from ror.model import Directory, Facility, Organization, Provider
from ror.model.wire import Generation
from ror.territory import Ror
from ror.visibility import visible_directory

_FACT_HOLES = ", ".join("?" * len(FACTS))
_INSERT_UNIT = f"INSERT INTO unit (unit, {', '.join(FACTS)}, entity_id) VALUES (?, {_FACT_HOLES}, ?)"  # noqa: S608 - our names
_INSERT_MARK = f"INSERT INTO mark (kind, code, unit, {', '.join(FACTS)}) VALUES (?, ?, ?, {_FACT_HOLES})"  # noqa: S608


class TreeWriter:
    """Writes trees into an empty store. Equal bytes are stored once."""

    def __init__(self, connection: sqlite3.Connection, ror: Ror, style: Style, numbering: Numbering) -> None:
        self._connection = connection
        self._ror = ror
        self._style = style
        self._numbers = numbering
        self._places: dict[tuple[float, float], int] = {}
        self._digests: dict[bytes, int] = {}
        self._marks: list[tuple[Any, ...]] = []

    def write(self, trees: Sequence[EstablishmentTree]) -> None:
        """Write all establishments of one legal entity."""
        whole = _directory(trees)
        seen = {profile: _Seen(visible_directory(whole, profile)) for profile in PROFILES}
        for tree in trees:
            self._write_search_rows(tree, seen)
        renderer = Renderer(self._style)
        for generation in GENERATIONS:
            for profile in PROFILES:
                self._write_view(seen[profile], renderer, generation, profile)

    def finish(self) -> None:
        """Write the marks, in their own order, which is how they are clustered."""
        self._marks.sort(key=lambda row: row[:3])
        self._connection.executemany(_INSERT_MARK, self._marks)
        self._marks.clear()

    def _write_search_rows(self, tree: EstablishmentTree, seen: Mapping[Profile, "_Seen"]) -> None:
        establishment = tree.establishment
        number, finess = self._numbers.establishments[establishment.entity_id], finess_of(establishment)
        names = (establishment.name, establishment.use_name, tree.legal_entity.name)
        self._connection.execute(
            "INSERT INTO establishment (id, entity_id, finess, names) VALUES (?, ?, ?, ?)",
            (number, establishment.entity_id, finess, "\n".join(fold(name) for name in names if name)),
        )
        for unit in tree.facilities:
            shown = {
                profile: part.units[unit.entity_id] for profile, part in seen.items() if unit.entity_id in part.units
            }
            if not unit.is_unit or not shown:
                continue
            facts = facts_of(shown)
            where = whereabouts(unit, establishment, finess, self._ror)
            closed = _closed_on(unit, establishment, tree.legal_entity)
            columns = facts.columns(number, self._place(where.latitude, where.longitude), where, closed)
            unit_number = self._numbers.facilities[unit.entity_id]
            self._connection.execute(_INSERT_UNIT, (unit_number, facts.profiles, *columns, unit.entity_id))
            self._marks.extend(
                (kind, code, unit_number, profiles, *columns) for (kind, code), profiles in facts.marks.items()
            )

    def _write_view(self, seen: "_Seen", renderer: Renderer, generation: Generation, profile: Profile) -> None:
        view = view_of(generation, profile)
        numbers = self._numbers
        for organization in seen.directory.organizations:
            parent = organization.parent
            self._connection.execute(
                "INSERT INTO shown_organization (view, organization, fragment, parent) VALUES (?, ?, ?, ?)",
                (
                    view,
                    numbers.organizations[organization.entity_id],
                    self._fragment(renderer.entry(organization, generation)),
                    None if parent is None else numbers.organizations[parent],
                ),
            )
        for entity_id, unit in seen.facilities.items():
            providers = [numbers.providers[provider.entity_id] for provider in seen.providers_of.get(entity_id, ())]
            self._connection.execute(
                "INSERT INTO shown (view, facility, bundle, establishment, providers) VALUES (?, ?, ?, ?, ?)",
                (
                    view,
                    numbers.facilities[entity_id],
                    self._bundle(renderer.bundle(unit, generation)),
                    numbers.organizations[unit.facility.organizations[0].entity_id],
                    " ".join(map(str, sorted(providers))) or None,
                ),
            )
        for provider in seen.directory.providers:
            self._connection.execute(
                "INSERT INTO shown_provider (view, provider, fragment) VALUES (?, ?, ?)",
                (view, numbers.providers[provider.entity_id], self._fragment(renderer.entry(provider, generation))),
            )

    def _place(self, latitude: float, longitude: float) -> int:
        known = self._places.get((latitude, longitude))
        if known is None:
            known = self._places[latitude, longitude] = len(self._places) + 1
            self._connection.execute(
                "INSERT INTO place (id, latitude, longitude) VALUES (?, ?, ?)", (known, latitude, longitude)
            )
        return known

    def _fragment(self, body: bytes) -> int:
        return self._stored(b"f", (body,), "INSERT INTO fragment (body) VALUES (?)", (body,))

    def _bundle(self, bundle: Bundle) -> int:
        return self._stored(
            b"b",
            (bundle.facility, bundle.services, bundle.devices),
            "INSERT INTO bundle (facility, distance_at, services, devices) VALUES (?, ?, ?, ?)",
            (bundle.facility, bundle.distance_at, bundle.services, bundle.devices),
        )

    def _stored(self, kind: bytes, bodies: tuple[bytes, ...], insert: str, row: tuple[object, ...]) -> int:
        digest = blake2b(kind, digest_size=20)
        for body in bodies:
            digest.update(len(body).to_bytes(8, "big"))
            digest.update(body)
        key = digest.digest()
        known = self._digests.get(key)
        if known is None:
            known = self._connection.execute(insert, row).lastrowid
            assert known is not None
            self._digests[key] = known
        return known


class _Seen:
    """What one profile sees of a directory, its entries found by their facility."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        services = {service.entity_id: service for service in directory.services}
        devices = {device.entity_id: device for device in directory.devices}
        self.facilities = {
            facility.entity_id: SeenUnit(
                facility=facility,
                services=tuple(services[link] for link in _service_links(facility) if link in services),
                devices=tuple(devices[link] for link in facility.equipment if link in devices),
            )
            for facility in directory.facilities
        }
        self.units = {key: unit for key, unit in self.facilities.items() if unit.facility.is_unit}
        self.providers_of = _providers_of(directory.providers)


def _directory(trees: Sequence[EstablishmentTree]) -> Directory:
    return Directory(
        organizations=(trees[0].legal_entity, *(tree.establishment for tree in trees)),
        services=tuple(service for tree in trees for service in tree.services),
        facilities=tuple(facility for tree in trees for facility in tree.facilities),
        providers=tuple(provider for tree in trees for provider in tree.providers),
        devices=tuple(device for tree in trees for device in tree.devices),
    )


def _service_links(facility: Facility) -> Iterator[str]:
    return (link.entity_id for organization in facility.organizations for link in organization.services)


def _providers_of(providers: Iterable[Provider]) -> dict[str, list[Provider]]:
    found: defaultdict[str, list[Provider]] = defaultdict(list)
    for provider in providers:
        for facility in dict.fromkeys(link.entity_id for link in provider.facilities):
            found[facility].append(provider)
    return dict(found)


def _closed_on(unit: Facility, establishment: Organization, legal_entity: Organization) -> int | None:
    """The day from which a unit is closed, by itself or by what it belongs to."""
    days: list[date | None] = [unit.closed, establishment.closed, legal_entity.closed]
    return min((day.toordinal() for day in days if day is not None), default=None)
