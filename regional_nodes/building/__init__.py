"""From plain facts about an establishment to values of model 2.4 that keep the official rules.

Both sources of data use it: the synthetic one and the import of open data say facts (``facts``), this package turns
them into an ``EstablishmentTree`` and ``rules`` says which of the rules of the contract a tree breaks.
"""

from regional_nodes.building.ages import AgeRange
from regional_nodes.building.codes import Codebook
from regional_nodes.building.facts import (
    ADULTS,
    ALL_AGES,
    CHILDREN,
    Channel,
    ContactFacts,
    DivisionFacts,
    EstablishmentFacts,
    HoursFacts,
    LegalEntityFacts,
    PlaceFacts,
    PriceFacts,
    UnitFacts,
)
from regional_nodes.building.rules import broken_rules
from regional_nodes.building.trees import TreeBuilder, source_directory

__all__ = [
    "ADULTS",
    "ALL_AGES",
    "CHILDREN",
    "AgeRange",
    "Channel",
    "Codebook",
    "ContactFacts",
    "DivisionFacts",
    "EstablishmentFacts",
    "HoursFacts",
    "LegalEntityFacts",
    "PlaceFacts",
    "PriceFacts",
    "TreeBuilder",
    "UnitFacts",
    "broken_rules",
    "source_directory",
]
