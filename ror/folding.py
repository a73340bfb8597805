"""Folding of French words, so that what a person types finds what a table writes."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower case, no accents, ligatures open, every separator one space.

    ``L'Haÿ-les-Roses`` becomes ``l hay les roses``.
    """
    lowered = text.lower().translate(_LIGATURES)
    if not lowered.isascii():
        lowered = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", lowered).strip()
