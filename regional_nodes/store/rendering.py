"""Entries as stored bytes, in both generations, in a region's style. What is the same object is written once."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from regional_nodes.store.facts import SeenUnit
from ror.csd import Style, first_service, write, write_unit
from ror.model import Organization, Provider
from ror.model.wire import Generation


@dataclass(frozen=True, slots=True)
class Bundle:
    """A facility's bytes with those of its activities and its equipment, and where its distance goes."""

    facility: bytes
    distance_at: int | None
    services: bytes
    devices: bytes


class Renderer:
    """Writes entries for one region; keep one for the trees of one legal entity, then let it go."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._written: dict[Hashable, bytes] = {}
        self._bundles: dict[Hashable, Bundle] = {}
        self._kept: list[object] = []

    def bundle(self, seen: SeenUnit, generation: Generation) -> Bundle:
        """A facility with what belongs to it. In G1 the first activity carries the unit's acts (decision 14)."""
        key = (generation, id(seen.facility), *map(id, seen.services), None, *map(id, seen.devices))
        known = self._bundles.get(key)
        if known is None:
            self._kept.append(seen)
            known = self._bundles[key] = self._write_bundle(seen, generation)
        return known

    def entry(self, entry: Organization | Provider, generation: Generation) -> bytes:
        """An organization or a professional."""
        key = (generation, id(entry))
        known = self._written.get(key)
        if known is None:
            self._kept.append(entry)
            known = self._written[key] = write(entry, generation, self._style)
        return known

    def _write_bundle(self, seen: SeenUnit, generation: Generation) -> Bundle:
        unit = write_unit(seen.facility, generation, self._style)
        carrier = first_service(seen.facility)
        services = _joined(
            write(
                service,
                generation,
                self._style,
                acts=seen.facility.acts if service.entity_id == carrier else (),
            )
            for service in seen.services
        )
        devices = _joined(write(device, generation, self._style) for device in seen.devices)
        return Bundle(unit.data, unit.distance_at, services, devices)


def _joined(entries: Iterable[bytes]) -> bytes:
    return b"".join(entries)
