"""Answers of one node as bytes: the plain one, ways to write the same thing oddly, and both paths' reading of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge import splice, tree
from gateway.merge.encoding import as_utf8
from gateway.merge.entries import Entries, Entry, RegionEntries
from gateway.merge.organizations import pointer
from gateway.merge.reading import read_answer
from ror.faults import PeerFault

GOLDEN = (Path(__file__).parents[1] / "golden" / "g1_answer.xml").read_bytes()

NAMES = ("organization", "service", "facility", "provider", "device")
STRUCTURE = "1.2.250.1.71.4.2.2"


def legal_entity(id_: str = "s_1", structure: str = "1690781810", inside: str = "") -> str:
    """An EJ."""
    return (
        f'<organization entityID="{id_}"><otherID code="{structure}" assigningAuthorityName="{STRUCTURE}"/>'
        f"<primaryName>EJ {id_}</primaryName>{inside}</organization>"
    )


def establishment(id_: str = "e_1", parent: str = "s_1", structure: str = "1690000001", inside: str = "") -> str:
    """An EG below its EJ."""
    return (
        f'<organization entityID="{id_}"><otherID code="{structure}" assigningAuthorityName="{STRUCTURE}"/>'
        f'<primaryName>EG {id_}</primaryName><parent entityID="{parent}"/>{inside}</organization>'
    )


def service(id_: str = "1_a", inside: str = "") -> str:
    """An activity."""
    return f'<service entityID="{id_}"><codedType code="121" codingScheme="x"/>{inside}</service>'


def unit(
    id_: str = "1",
    of: str = "e_1",
    services: Sequence[str] = ("1_a",),
    devices: Sequence[str] = (),
    distance: str | None = None,
    inside: str = "",
) -> str:
    """A unit of the establishment ``of``."""
    links = "".join(f'<service entityID="{name}"/>' for name in services)
    equipment = "".join(f'<equipment entityID="{name}"/>' for name in devices)
    far = f"<location><calculatedDistance>{distance}</calculatedDistance></location>" if distance else ""
    return (
        f'<facility entityID="{id_}"><primaryName>UE {id_}</primaryName>'
        f'<organizations><organization entityID="{of}">{links}</organization></organizations>'
        f"<extension>{equipment}{far}</extension>{inside}</facility>"
    )


def device(id_: str = "1_e") -> str:
    """A piece of equipment."""
    return f'<device entityID="{id_}"><type code="093" codingScheme="x"/></device>'


def provider(id_: str = "p_1", works_in: str = "1", of: str = "e_1") -> str:
    """A professional of a unit."""
    return (
        f'<provider entityID="{id_}"><organizations><organization entityID="{of}"/></organizations>'
        f'<facilities><facility entityID="{works_in}"/></facilities></provider>'
    )


def answer(
    *,
    organizations: str | None = None,
    services: str | None = None,
    facilities: str | None = None,
    providers: str = "",
    devices: str = "",
    announced: int | str = 1,
    response: str = "<ror:careServicesResponse>{}</ror:careServicesResponse>",
    result: str = "<result>{}</result>",
    header: str = "",
    envelope: str = "",
    before: str = "",
    behind: str = "",
) -> bytes:
    """A whole answer; what is not given is one unit with its activity, EG and EJ."""
    contents = (
        legal_entity() + establishment() if organizations is None else organizations,
        service() if services is None else services,
        unit() if facilities is None else facilities,
        providers,
        devices,
    )
    directories = "".join(
        f"<{name}Directory>{content}</{name}Directory>" for name, content in zip(NAMES, contents, strict=True)
    )
    number = f"<resultNumber><OInumber>{announced}</OInumber></resultNumber>"
    body = response.format(result.format(number + before + directories + behind))
    return (
        '<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:ror="urn:asip:ror:2015"'
        f"{envelope}>{header}<env:Body>{body}</env:Body></env:Envelope>"
    ).encode()


def canonical(xml: bytes) -> bytes:
    """The same for the same XML."""
    try:
        return etree.tostring(etree.fromstring(xml), method="c14n", with_comments=False)
    except etree.C14NError:  # a relative namespace, which the first version of C14N does not take
        return etree.canonicalize(xml).encode()


@dataclass(frozen=True)
class Told:
    """What a path made of an answer, comparable: the fault, or the entries; or that it refused."""

    fault: PeerFault | None
    announced: int
    directories: tuple[tuple[tuple[bytes, bytes, tuple[tuple[bytes, bytes], ...]], ...], ...]


def _told(skeleton: splice.Skeleton, directories: tuple[Entries, ...]) -> Told:
    return Told(
        skeleton.fault,
        skeleton.announced,
        tuple(tuple((one.id, canonical(one.xml), one.references) for one in entries) for entries in directories),
    )


def by_splice(data: bytes, ror: str = "ara") -> Told | str:
    """``"unusual"``, ``"refused"`` or what the splice read."""
    try:
        return _told(*splice.cut(as_utf8(data), ror))
    except UnusualAnswerError:
        return "unusual"
    except MalformedAnswerError:
        return "refused"


def by_tree(data: bytes, ror: str = "ara") -> Told | str:
    """``"refused"`` or what the tree path read."""
    try:
        return _told(*tree.read(as_utf8(data), ror))
    except MalformedAnswerError:
        return "refused"


def agree(data: bytes) -> Told | str:
    """Assert that both paths agree and that what comes out may be written; what they read, or ``"refused"``."""
    spliced, read = by_splice(data), by_tree(data)
    assert spliced in ("unusual", read), (spliced, read)
    if isinstance(read, Told) and read.fault is None:
        for path in (splice, tree) if spliced != "unusual" else (tree,):
            _, directories = path.cut(as_utf8(data), "ara") if path is splice else tree.read(as_utf8(data), "ara")
            for entries, name in zip(directories, NAMES, strict=True):
                for entry in entries:
                    _check_self_contained(entry, name)
    try:
        read_answer(data, "ara")
    except MalformedAnswerError:
        pass
    else:
        assert read != "refused"
    return read


def _check_self_contained(entry: Entry, name: str) -> None:
    """An entry stands on its own, and every pointer is found by its bytes."""
    element = etree.fromstring(b"<merged>" + entry.xml + b"</merged>")
    assert [child.tag for child in element] == [name]
    assert element.text is None
    assert element[0].tail is None
    assert pointer(name.encode(), entry.id).match(entry.xml)
    for pointing, target in entry.references:
        if not pointing.startswith(b"{"):
            assert pointer(pointing, target).search(entry.xml)


def read(data: bytes, ror: str = "ara") -> RegionEntries:
    """The entries of an answer that must be one."""
    entries = read_answer(data, ror)
    assert isinstance(entries, RegionEntries)
    return entries
