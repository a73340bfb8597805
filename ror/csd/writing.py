"""Values of the model as CSD fragments, in both generations.

A fragment has no XML declaration and declares no namespace: G1 has none, in G2 the document declares the prefix of
the style. What varies by search, the distance, can be left out of a unit and put in later.
"""

from dataclasses import dataclass

from ror.coding import Code
from ror.csd.acts import ActingService, acting, spread, without_carried_acts
from ror.csd.plan import DISTANCE_MARK, prefix_of, writing_plan
from ror.csd.shape import shape
from ror.csd.style import Style
from ror.model import Device, Directory, Facility, Organization, Provider, Service
from ror.model.wire import Generation

Entry = Organization | Service | Facility | Provider | Device


@dataclass(frozen=True, slots=True)
class UnitFragment:
    """A facility's XML without its distance, and where the distance goes.

    ``distance_at`` is the byte offset for ``distance_element`` (right after ``cityNumber``), ``None`` when the unit
    tells no place.
    """

    data: bytes
    distance_at: int | None


def write(
    value: Entry | ActingService | Directory, generation: Generation, style: Style, *, acts: tuple[Code, ...] = ()
) -> bytes:
    """Write one entry, or the five directories side by side.

    In G1 a facility leaves its acts to its first activity; who writes a service alone hands it the ``acts`` that it
    carries (``ror.csd.acts``). A whole directory does so by itself.
    """
    if isinstance(value, Directory):
        return _write_directory(value, generation, style).encode()
    if generation is Generation.G1:
        if isinstance(value, Facility):
            value = without_carried_acts(value)
        elif isinstance(value, Service):
            value = acting(value, acts)
    return writing_plan(generation, style).entry(type(value))(value).encode()


def write_unit(facility: Facility, generation: Generation, style: Style) -> UnitFragment:
    """Write a facility for storage: what varies by search, the distance, is left out and its place told."""
    if generation is Generation.G1:
        facility = without_carried_acts(facility)
    before, mark, after = (
        writing_plan(generation, style, mark_distance=True).entry(Facility)(facility).partition(DISTANCE_MARK)
    )
    head = before.encode()
    return UnitFragment(head + after.encode(), len(head) if mark else None)


def distance_element(distance_km: float, generation: Generation, style: Style) -> bytes:
    """``calculatedDistance`` as it is put into a stored unit: km, one decimal (decision 9)."""
    name = f"{prefix_of(generation, style)}calculatedDistance"
    return f"<{name}>{distance_km:.1f}</{name}>".encode()


def _write_directory(directory: Directory, generation: Generation, style: Style) -> str:
    plan = writing_plan(generation, style)
    facilities: tuple[Facility, ...] = directory.facilities
    services: tuple[Service, ...] | tuple[ActingService, ...] = directory.services
    if generation is Generation.G1:
        facilities, services = spread(directory)
    parts = (directory.organizations, services, facilities, directory.providers, directory.devices)
    out = []
    for slot, entries in zip(shape(Directory, generation), parts, strict=True):
        wrapper = f"{plan.prefix}{slot.wrapper}"
        if entries:
            render = plan.entry(type(entries[0]))
            out.append(f"<{wrapper}>{''.join([render(entry) for entry in entries])}</{wrapper}>")
        else:
            out.append(f"<{wrapper}/>")
    return "".join(out)
