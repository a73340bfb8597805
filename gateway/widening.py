"""A search that widens: the own region, then its neighbours, then the rest of the country, until enough is found."""

from collections.abc import Iterable
from dataclasses import replace

from ror.destinations import region_of
from ror.question import Destination, DestinationLevel, Question
from ror.territory import ROR_BY_ID, RORS, neighbours, ror_of_region


def rings_of(question: Question, *, sea_links: bool) -> tuple[Question, ...]:
    """The question of each ring, one after the other; the question itself where it does not widen.

    A ring is made of whole RORs, so that none is asked twice. Overseas has no neighbours unless ``sea_links``, and
    goes from itself to the country.
    """
    home = _home_of(question)
    if question.widen_until is None or home is None:
        return (question,)
    near = neighbours(home, sea_links=sea_links)
    far = [ror.id for ror in RORS if ror.id != home and ror.id not in near]
    return tuple(_asked(question, rors) for rors in ((home,), near, far) if rors)


def _home_of(question: Question) -> str | None:
    region = region_of(question.destinations[0])
    ror = ror_of_region(region) if region is not None else None
    return ror.id if ror is not None else None


def _asked(question: Question, rors: Iterable[str]) -> Question:
    codes = (code for ror in rors for code in ROR_BY_ID[ror].regions)
    return replace(question, destinations=tuple(Destination(DestinationLevel.REGION, code) for code in codes))
