"""An answer put together from stored bytes: the units found and only what they point at."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from regional_nodes.store.search import Hit
from ror.csd import Style, distance_element
from ror.g1.answer import directories
from ror.model.wire import Generation

_SHOWN = """
SELECT s.facility, b.facility, b.distance_at, b.services, b.devices, s.establishment, s.providers
FROM json_each(?) AS n CROSS JOIN shown AS s ON s.view = ? AND s.facility = n.value
CROSS JOIN bundle AS b ON b.id = s.bundle
"""
_ORGANIZATIONS = """
SELECT s.organization, f.body, s.parent
FROM json_each(?) AS n CROSS JOIN shown_organization AS s ON s.view = ? AND s.organization = n.value
CROSS JOIN fragment AS f ON f.id = s.fragment
"""
_PROVIDERS = """
SELECT s.provider, f.body
FROM json_each(?) AS n CROSS JOIN shown_provider AS s ON s.view = ? AND s.provider = n.value
CROSS JOIN fragment AS f ON f.id = s.fragment
"""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a view shows of one unit."""

    facility: bytes
    distance_at: int | None
    services: bytes
    devices: bytes
    establishment: int
    providers: str | None


def answer_directories(connection: sqlite3.Connection, view: int, hits: Sequence[Hit], style: Style) -> list[bytes]:
    """The five directories of G1 with the hits in their order, as parts to be joined.

    An EJ stands before its establishments, and both in the order in which the units call for them.
    """
    shown = dict(_shown(connection, view, [hit.unit for hit in hits]))
    units = [shown[hit.unit] for hit in hits]
    facilities: list[bytes] = []
    for hit, unit in zip(hits, units, strict=True):
        if hit.distance_km is None or unit.distance_at is None:
            facilities.append(unit.facility)
        else:
            facilities.append(unit.facility[: unit.distance_at])
            facilities.append(distance_element(hit.distance_km, Generation.G1, style))
            facilities.append(unit.facility[unit.distance_at :])
    provider_ids = dict.fromkeys(
        int(number) for unit in units if unit.providers is not None for number in unit.providers.split()
    )
    return list(
        directories(
            organizations=_organizations(connection, view, list(dict.fromkeys(unit.establishment for unit in units))),
            services=[unit.services for unit in units if unit.services],
            facilities=facilities,
            providers=_providers(connection, view, list(provider_ids)),
            devices=[unit.devices for unit in units if unit.devices],
        )
    )


def _shown(connection: sqlite3.Connection, view: int, units: Sequence[int]) -> Iterator[tuple[int, _Shown]]:
    for unit, *columns in connection.execute(_SHOWN, (_list(units), view)):
        yield unit, _Shown(*columns)


def _organizations(connection: sqlite3.Connection, view: int, establishments: Sequence[int]) -> list[bytes]:
    rows = _organization_rows(connection, view, establishments)
    parents = list(dict.fromkeys(parent for _, parent in rows.values() if parent is not None))
    above = _organization_rows(connection, view, parents)
    written: dict[int, bytes] = {}
    for number in establishments:
        body, parent = rows[number]
        if parent is not None:
            written.setdefault(parent, above[parent][0])
        written[number] = body
    return list(written.values())


def _organization_rows(
    connection: sqlite3.Connection, view: int, numbers: Sequence[int]
) -> dict[int, tuple[bytes, int | None]]:
    rows = connection.execute(_ORGANIZATIONS, (_list(numbers), view))
    return {number: (body, parent) for number, body, parent in rows}


def _providers(connection: sqlite3.Connection, view: int, numbers: Sequence[int]) -> list[bytes]:
    if not numbers:
        return []
    bodies = dict(connection.execute(_PROVIDERS, (_list(numbers), view)).fetchall())
    return [bodies[number] for number in numbers]


def _list(numbers: Sequence[int]) -> str:
    """The numbers as one parameter."""
    return f"[{','.join(map(str, numbers))}]"
