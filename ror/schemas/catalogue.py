"""The closed list of schema files and the one parser that reads them: nothing outside this package is ever opened."""

from importlib.resources import files
from typing import Any, Final

from lxml import etree

from ror.errors import RorError, refuse
from ror.faults import Reason

CSD_XSD: Final = "csd-ror-2.4.xsd"
G1_XSD: Final = "g1-search-2015.xsd"
G1_TYPES_XSD: Final = "g1-csd-types.xsd"
G2_WRAPPERS_XSD: Final = "g2-wrappers-2015.xsd"
PASSERELLE_XSD: Final = "passerelle-1.xsd"
XML_XSD: Final = "xml-namespace.xsd"

NAMES: Final = frozenset(
    {
        CSD_XSD,
        G1_XSD,
        G1_TYPES_XSD,
        G2_WRAPPERS_XSD,
        PASSERELLE_XSD,
        XML_XSD,
        "xforms-stub.xsd",
        "xmlschema-stub.xsd",
    }
)
"""Every schema that may be asked for with ``?xsd=``."""

_BASE = "ror-schemas:/"


def xsd(name: str) -> bytes:
    """The schema ``name`` as it is served at ``?xsd=name``: its own references are of that form too.

    A name that is not in ``NAMES`` is a ``FaultError`` of reason ``path.unknown`` and reaches no file system.
    """
    if name not in NAMES:
        raise refuse(Reason.PATH_UNKNOWN, xsd=name)
    return packaged(name).replace(b'schemaLocation="', b'schemaLocation="?xsd=')


def packaged(name: str) -> bytes:
    """The bytes of a file of this package. ``name`` is ours, never a caller's."""
    return files(__package__).joinpath(name).read_bytes()


def parse(name: str) -> etree._Element:
    """The root of a file of this package; what it imports is looked up in ``NAMES`` only."""
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False, remove_comments=True)
    parser.resolvers.add(_PackageResolver())
    return etree.fromstring(packaged(name), parser, base_url=_BASE + name)


class _PackageResolver(etree.Resolver):
    """Answers every reference of a schema from this package, or refuses it."""

    def resolve(self, system_url: str | None, public_id: str | None, context: object, /) -> Any:
        """Find ``system_url`` among ``NAMES``; anything else is a broken package, hence a ``RorError``."""
        name = (system_url or "").removeprefix(_BASE)
        if name not in NAMES:
            raise RorError(f"a schema refers to {system_url!r}, which is not part of the package")
        return self.resolve_string(packaged(name), context, base_url=_BASE + name)
