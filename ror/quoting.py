"""Foreign values inside our own sentences and documents: bounded, printable, escaped."""

import re

_LONGEST = 40
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def quoted(value: str) -> str:
    """A caller's value for a French message: in guillemets, at most 40 characters, nothing unprintable.

    Control, format (bidirectional marks included) and unassigned characters become ``\N{REPLACEMENT CHARACTER}``.
    """
    return f"« {printable(value, _LONGEST)} »"


def printable(value: str, longest: int) -> str:
    """``value`` on one line without unprintable characters, cut with an ellipsis after ``longest``."""
    words = " ".join(value[: 4 * longest].split())
    cut = words[:longest] + "…" if len(words) > longest else words
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def xml_text(value: str) -> str:
    """``value`` as element content; what XML 1.0 cannot carry becomes the replacement character."""
    clean = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def xml_attribute(value: str) -> str:
    """``value`` for between double quotes; tabs and line ends survive attribute normalisation."""
    return xml_text(value).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
