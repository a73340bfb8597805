"""Prices of synthetic establishments, by the name of a price list. All amounts are invented."""

from datetime import date
from random import Random
from typing import Final

from regional_nodes.building import PriceFacts

HOURLY, DAILY, MONTHLY, SINGLE = "1", "2", "3", "4"


def price_list(name: str, random: Random, on: date) -> tuple[PriceFacts, ...]:
    """The prices of a list, drawn anew; ``on`` is the first day of the year they hold for."""
    return _LISTS[name](random, on.replace(month=1, day=1))


def _euros(random: Random, least: float, most: float) -> float:
    return round(random.uniform(least, most), 2)


def _nursing(random: Random, on: date) -> tuple[PriceFacts, ...]:
    single = _euros(random, 52, 95)
    care = (("01", 19, 24), ("02", 12, 15), ("03", 5, 7))
    return (
        PriceFacts(
            type="02", unit=DAILY, euros=single, housing="02", reception="02", condition="01", updated=on,
            included=("01", "02", "08"), others_included=("Animations de la vie sociale",),
        ),
        PriceFacts(
            type="02", unit=DAILY, euros=round(single - 6, 2), housing="01", reception="02", condition="03",
            updated=on, included=("01",),
        ),
        *(
            PriceFacts(type="03", unit=DAILY, euros=_euros(random, least, most), dependency=level, updated=on)
            for level, least, most in care
        ),
        PriceFacts(type="04", unit=SINGLE, euros=_euros(random, 18, 35), name="Coiffure, la séance", updated=on),
        PriceFacts(type="05", unit=DAILY, euros=_euros(random, 22, 40), condition="01", updated=on),
    )  # fmt: skip


def _residence(random: Random, on: date) -> tuple[PriceFacts, ...]:
    return (
        PriceFacts(type="02", unit=MONTHLY, euros=_euros(random, 480, 900), housing="03", updated=on),
        PriceFacts(type="07", unit=SINGLE, euros=_euros(random, 7, 12), name="Repas de midi", updated=on),
    )


def _home_help(random: Random, on: date) -> tuple[PriceFacts, ...]:
    hour = _euros(random, 22, 30)
    return (
        PriceFacts(type="06", unit=HOURLY, euros=hour, name="Aide à la personne", condition="01", updated=on),
        PriceFacts(
            type="06",
            unit=HOURLY,
            euros=round(hour - 5, 2),
            name="Aide, mode mandataire",
            management="02",
            updated=on,
        ),
        PriceFacts(type="07", unit=SINGLE, euros=_euros(random, 7, 12), name="Repas livré", updated=on),
    )


def _surcharge(random: Random, on: date) -> tuple[PriceFacts, ...]:
    return (PriceFacts(type="01", unit=DAILY, euros=_euros(random, 45, 120), updated=on),)


_LISTS: Final = {
    "nursing": _nursing,
    "residence": _residence,
    "home-help": _home_help,
    "surcharge": _surcharge,
}
