"""How a sender writes what the schema leaves open: the habits of the two solutions, as data (decision 28)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The habits of one sender.

    ``labels`` writes the text of coded elements. ``padded`` writes codes as their table has them; without it the
    numeric codes of the ROR's own tables lose their leading zeros (INSEE codes never do). ``empty_elements`` writes
    an optional text that is not known as an empty element instead of leaving it out. ``empty_other_id`` ends the
    identifiers of an organization with an empty one. ``prefix`` is the prefix of the csd namespace in G2, ``""`` for
    a default namespace; the document must declare it. G1 has no prefix.
    """

    labels: bool = True
    padded: bool = True
    empty_elements: bool = False
    empty_other_id: bool = False
    prefix: str = "csd"


ROR_IR = Style(empty_elements=True)
"""The solution of Île-de-France and seven others: padded codes with labels, empty rather than absent."""

ROR_IESS = Style(labels=False, padded=False)
"""The solution of PACA and eight others: bare codes without labels, absent rather than empty."""

UNPADDED_TABLES = "1.2.250.1.213.3.3."
"""OID prefix of the tables whose numeric codes a ``padded=False`` sender strips of leading zeros."""
