"""The skeleton of an answer: the envelope without the directories' contents. Small, so it is parsed as a tree."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from lxml import etree

from gateway.errors import MalformedAnswerError
from gateway.merge.entries import DIRECTORIES
from ror import namespaces as ns
from ror.coverage import Coverage, Outcome, RorCoverage
from ror.errors import RorError
from ror.faults import PeerFault
from ror.soap.coverage_header import read_coverage
from ror.soap.fault import read_fault

_COVERAGE = f"{{{ns.PASSERELLE}}}couverture"
_RESPONSE = f"{{{ns.G1}}}careServicesResponse"
_CONTENT_NAMESPACES = frozenset({"", f"{{{ns.G1}", f"{{{ns.CSD}"})
_DIRECTORY_NAMES = tuple(name.decode() for name, _ in DIRECTORIES)
_NUMBER = re.compile(r"[ \t\r\n]*([0-9]{1,9})[ \t\r\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """An answer's frame: announced number, told coverage, directories in the contract's order.

    A directory that was not sent is ``None``: an empty one, as ``ror.g1.answer`` takes it. ``fault`` excludes the
    rest.
    """

    announced: int = 0
    directories: tuple[etree._Element | None, ...] = ()
    told: Coverage | None = None
    fault: PeerFault | None = None

    def told_of(self, ror: str) -> RorCoverage | None:
        """What the region said about itself; of several lines, one that is not complete speaks for all."""
        lines = [line for line in self.told.rors if line.ror == ror] if self.told is not None else []
        if not lines:
            return None
        lacking = next((line for line in lines if line.outcome != Outcome.COMPLETE), lines[0])
        return replace(
            lacking,
            codes=tuple(code for line in lines for code in line.codes),
            found=_total(line.found for line in lines),
            returned=_total(line.returned for line in lines),
        )


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def read_skeleton(envelope: etree._Element) -> Skeleton:
    """Read the frame of a parsed envelope. Raises ``MalformedAnswerError`` where it breaks the contract."""
    soap = etree.QName(envelope).namespace
    if soap not in {ns.SOAP_11, ns.SOAP_12} or etree.QName(envelope).localname != "Envelope":
        raise MalformedAnswerError("answer.envelope", "no SOAP envelope")
    if len(envelope.findall(f"{{{soap}}}Header")) > 1:
        raise MalformedAnswerError("answer.envelope", "more than one header")
    bodies = envelope.findall(f"{{{soap}}}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise MalformedAnswerError("answer.body", "not exactly one body with one content")
    content = bodies[0][0]
    fault = read_fault(content)
    if fault is not None:
        return Skeleton(fault=fault)
    if content.tag != _RESPONSE:
        raise MalformedAnswerError("answer.other-request", "the body holds another answer")
    result = _only(content, "result")
    directories = _each_once(result, _DIRECTORY_NAMES)
    return Skeleton(
        announced=_announced(result),
        directories=tuple(directories.get(name) for name in _DIRECTORY_NAMES),
        told=_told(envelope, soap),
    )


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = _each_once(parent, (name,)).get(name)
    if found is None:
        raise MalformedAnswerError("answer.structure", f"{name} is missing")
    return found


def _each_once(parent: etree._Element, names: Container[str]) -> dict[str, etree._Element]:
    """The children of these names, in any of the namespaces that content comes in."""
    found: dict[str, etree._Element] = {}
    for child in parent.iterchildren(tag=etree.Element):
        namespace, _, name = str(child.tag).rpartition("}")
        if name in names and namespace in _CONTENT_NAMESPACES:
            if name in found:
                raise MalformedAnswerError("answer.structure", f"{name} stands twice")
            found[name] = child
    return found


def _announced(result: etree._Element) -> int:
    number = _NUMBER.fullmatch(_only(_only(result, "resultNumber"), "OInumber").text or "")
    if number is None:
        raise MalformedAnswerError("answer.structure", "OInumber is not a number")
    return int(number[1])


def _told(envelope: etree._Element, soap: str) -> Coverage | None:
    elements = envelope.findall(f"{{{soap}}}Header/{_COVERAGE}")
    if len(elements) > 1:
        raise MalformedAnswerError("answer.coverage", "its coverage header stands twice")
    if not elements:
        return None
    try:
        return read_coverage(elements[0])
    except RorError as error:
        raise MalformedAnswerError("answer.coverage", "its coverage header cannot be read") from error
