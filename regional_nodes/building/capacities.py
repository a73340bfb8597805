"""What a unit can take: beds and places, crisis beds, rooms."""

from regional_nodes.building.availability import SIMULATED
from regional_nodes.building.codes import Codebook
from regional_nodes.building.facts import UnitFacts
from regional_nodes.building.records import Recorder
from ror.coding import Scheme
from ror.model import Accommodation, CrisisCapacity, HousingCapacity, Record


def accommodation(facts: UnitFacts, recorder: Recorder) -> Accommodation | None:
    """Beds and places; nothing known is nothing written (decision 29). Its record moves with the availability."""
    if facts.beds is None and facts.places is None:
        return None
    told = [capacity.updated for capacity in (facts.beds, facts.places) if capacity and capacity.updated]
    comments = SIMULATED if facts.capacities_simulated and told else None
    record = recorder.record(facts.recorded, max(told, default=None), comments=comments)
    return Accommodation(beds=facts.beds, places=facts.places, record=record)


def crisis(facts: UnitFacts, record: Record) -> CrisisCapacity | None:
    """Crisis beds, at once and within an hour."""
    if facts.crisis is None:
        return None
    immediate, within_an_hour = facts.crisis
    return CrisisCapacity(immediate=immediate, within_60_minutes=within_an_hour, record=record)


def housing(codebook: Codebook, facts: UnitFacts, record: Record) -> tuple[HousingCapacity, ...]:
    """Rooms by kind (TRE_R242)."""
    return tuple(
        HousingCapacity(type=codebook.code(Scheme.HOUSING_TYPE, kind), number=number, record=record)
        for kind, number in facts.housing
    )
