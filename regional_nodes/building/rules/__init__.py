"""The rules that the official tests hold a ROR to, checked on one tree (contract, domain §1.18).

``broken_rules`` answers one line a breach, ``RULE: what is wrong``; an empty tuple is a tree in order. Rules about a
whole answer (RG_ALIM_015, 019, 020) are not about a tree and are checked where answers are made. Rules that have no
official number are named ``STRUCTURE`` (the five directories point at each other), ``DECISION_15`` and
``NOMENCLATURE``.
"""

from collections.abc import Iterator

from regional_nodes.building.rules.contacts import broken_contacts
from regional_nodes.building.rules.identifiers import broken_identifiers
from regional_nodes.building.rules.links import broken_links
from regional_nodes.building.rules.offers import broken_offers
from regional_nodes.building.rules.values import broken_codes, broken_records
from regional_nodes.source import EstablishmentTree

__all__ = ["broken_rules"]


def broken_rules(tree: EstablishmentTree) -> tuple[str, ...]:
    """Every breach found in ``tree``, in a stable order."""
    return tuple(_breaches(tree))


def _breaches(tree: EstablishmentTree) -> Iterator[str]:
    yield from broken_links(tree)
    yield from broken_identifiers(tree)
    yield from broken_offers(tree)
    yield from broken_contacts(tree)
    yield from broken_records(tree)
    yield from broken_codes(tree)
