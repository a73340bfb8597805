"""Walking a question in the order of its schema, and saying precisely where a message leaves it."""

from collections.abc import Collection, Mapping
from typing import Final

from lxml import etree

from ror import namespaces
from ror.errors import FaultError, refuse
from ror.faults import Reason
from ror.quoting import quoted
from ror.xml_parser import Element, local_name, tag

MANY: Final = 200
"""The most values of one kind, and the most destinations."""

_ALWAYS = {namespaces.XSI, namespaces.XML}


def children(element: Element, sequence: Mapping[str, int]) -> dict[str, list[Element]]:
    """The children of ``element`` by name, checked against ``sequence``: names in order, each with its maximum.

    Raises:
        FaultError: ``criterion.unknown`` for an element that stands in no place of the schema,
            ``request.not-conformant`` for one out of order, too often or in a namespace, for text and for attributes.
    """
    check_attributes(element)
    found: dict[str, list[Element]] = {name: [] for name in sequence}
    order = {name: position for position, name in enumerate(sequence)}
    position = 0
    if (element.text or "").strip():
        raise not_conformant(f"L'élément {quoted(local_name(element))} contient du texte")
    for child in element:
        name = tag(child)
        if name not in order:
            raise _unknown(child, element, sequence)
        if order[name] < position:
            raise not_conformant(f"L'élément {quoted(name)} n'est pas à sa place dans {_of(element)}")
        position = order[name]
        found[name].append(child)
        if len(found[name]) > sequence[name]:
            raise _too_many(name, sequence[name])
        if (child.tail or "").strip():
            raise not_conformant(f"L'élément {quoted(local_name(element))} contient du texte")
    return found


def only(elements: list[Element]) -> Element | None:
    """The element of a kind that stands at most once."""
    return elements[0] if elements else None


def check_attributes(element: Element, known: Collection[str] = ()) -> None:
    """Refuse an attribute outside ``known``; those of ``xsi`` and ``xml`` may stand anywhere."""
    for name in element.attrib:
        if name not in known and etree.QName(name).namespace not in _ALWAYS:
            raise not_conformant(f"L'attribut {quoted(str(name))} n'est pas admis dans {_of(element)}")


def check_leaf(element: Element) -> None:
    """Refuse children of an element that has none in the schema."""
    if len(element):
        raise _unknown(element[0], element, {})


def not_conformant(why: str) -> FaultError:
    """``request.not-conformant`` with its cause in one French sentence, full stop not included."""
    return refuse(Reason.NOT_CONFORMANT, f"La requête n'est pas conforme au schéma : {why[0].lower()}{why[1:]}.")


def _unknown(child: Element, parent: Element, sequence: Mapping[str, int]) -> FaultError:
    if local_name(child) in sequence:
        return not_conformant(f"L'élément {quoted(local_name(child))} doit être sans espace de noms")
    return refuse(
        Reason.CRITERION_UNKNOWN, f"L'élément {quoted(local_name(child))} n'est pas connu dans {_of(parent)}."
    )


def _too_many(name: str, maximum: int) -> FaultError:
    if maximum == 1:
        return not_conformant(f"L'élément {quoted(name)} ne peut figurer qu'une fois")
    return not_conformant(f"L'élément {quoted(name)} figure plus de {maximum} fois")


def _of(element: Element) -> str:
    return quoted(local_name(element))
