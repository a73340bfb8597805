"""Validation against the schemas. It costs more than a fast path can pay (decision 22): tests, samples, slow path."""

from enum import Enum
from functools import cache
from threading import Lock
from typing import Final

from lxml import etree

from ror.namespaces import CSD, G1, PASSERELLE
from ror.schemas.catalogue import CSD_XSD, G1_XSD, G2_WRAPPERS_XSD, PASSERELLE_XSD, parse

MAX_MESSAGE_LENGTH: Final = 300
"""Characters of one problem; libxml2 quotes values of any length."""


class Kind(Enum):
    """What can be validated: the schema it belongs to and the one element that may be its root."""

    G1_REQUEST = G1_XSD, f"{{{G1}}}careServicesRequest"
    G1_RESPONSE = G1_XSD, f"{{{G1}}}careServicesResponse"
    FAULT_DETAIL = G1_XSD, f"{{{G1}}}erreur"
    CSD_DOCUMENT = CSD_XSD, f"{{{CSD}}}CSD"
    READ_REQUEST = CSD_XSD, f"{{{CSD}}}careServicesRequest"
    READ_RESPONSE = CSD_XSD, f"{{{CSD}}}careServicesResponse"
    NOTIFICATION_REQUEST = G2_WRAPPERS_XSD, f"{{{G1}}}TR-Notif-ListeEtablissementsMajApresDate_Demande"
    NOTIFICATION_RESPONSE = G2_WRAPPERS_XSD, f"{{{G1}}}TR-Notif-ListeEtablissementMajApresDate_Reponse"
    SEARCH_HEADER = PASSERELLE_XSD, f"{{{PASSERELLE}}}recherche"
    COVERAGE_HEADER = PASSERELLE_XSD, f"{{{PASSERELLE}}}couverture"

    def __init__(self, schema: str, root: str) -> None:
        self.schema = schema
        self.root = root


def validator(kind: Kind) -> etree.XMLSchema:
    """The compiled schema of ``kind``, shared by every kind of the same file."""
    return _compiled(kind.schema)


def problems(element: etree._Element, kind: Kind, limit: int = 20) -> tuple[str, ...]:
    """What is wrong with ``element``, at most ``limit`` problems as ``line N: message``; empty when it is valid.

    Messages are libxml2's, in English, and may quote values: they are for who sent the element, not for a log.
    """
    if element.tag != kind.root:
        return (f"line {element.sourceline or 0}: the root is {element.tag!s:.100}, not {kind.root}",)
    schema = validator(kind)
    with _LOCK:  # the error log belongs to the schema object, not to the call
        if schema.validate(element):
            return ()
        entries = list(schema.error_log)
    return tuple(f"line {entry.line}: {entry.message:.{MAX_MESSAGE_LENGTH}}" for entry in entries[:limit])


_LOCK = Lock()


@cache
def _compiled(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(parse(name))
