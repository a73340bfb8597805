"""Where the destinations of a question lie: region, centre of a circle, place that distances are told from.

The gateway routes by these and the nodes filter by them; told once, so that the two cannot drift.
"""

from ror.question import Destination, DestinationLevel, Question, ReferencePlace
from ror.territory import Place, commune, department, region


def region_of(destination: Destination) -> str | None:
    """The INSEE code of the region that a destination lies in; ``None`` for the country."""
    match destination.level:
        case DestinationLevel.COUNTRY:
            return None
        case DestinationLevel.REGION:
            return destination.code
        case DestinationLevel.DEPARTMENT:
            home = department(destination.code)
            return home.region if home else None
        case DestinationLevel.COMMUNE:
            place = commune(destination.code)
            return place.region if place else None


def centre_of(destination: Destination) -> Place | None:
    """The middle of a circle: the commune, or the chef-lieu of the département or région (decision 9)."""
    match destination.level:
        case DestinationLevel.COUNTRY:
            return None
        case DestinationLevel.REGION:
            area = region(destination.code)
            seat = area.seat if area else None
        case DestinationLevel.DEPARTMENT:
            home = department(destination.code)
            seat = home.seat if home else None
        case DestinationLevel.COMMUNE:
            seat = destination.code
    place = commune(seat) if seat else None
    return place.place if place else None


def reference_place(question: Question) -> ReferencePlace | None:
    """What distances are told from: the place given, else the only destination's commune (decision 10)."""
    if question.reference is not None:
        return question.reference
    if len(question.destinations) == 1 and question.destinations[0].level is DestinationLevel.COMMUNE:
        return ReferencePlace(commune=question.destinations[0].code)
    return None
