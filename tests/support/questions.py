"""Questions of 2016 in a few words, and what reading them gives."""

from datetime import date

import pytest

from ror import namespaces
from ror.errors import FaultError
from ror.faults import Fault
from ror.g1.question import read_question
from ror.question import Destination, Question
from ror.soap.search_header import SearchHeader
from ror.xml_parser import REQUEST_LIMITS, parse

ON = date(2019, 6, 4)
FRANCE = '<destination><type code="5"/><code code="FR"/></destination>'


def request(parameters: str = "", other: str = FRANCE) -> str:
    return (
        f'<r:careServicesRequest xmlns:r="{namespaces.G1}"><function><requestParams>{parameters}'
        f"<otherParams>{other}</otherParams></requestParams></function></r:careServicesRequest>"
    )


def read(xml: str, header: SearchHeader | None = None, on: date = ON) -> Question:
    return read_question(parse(xml.encode(), REQUEST_LIMITS), header, on=on)


def fault_of(xml: str) -> Fault | None:
    try:
        read(xml)
    except FaultError as error:
        return error.fault
    return None


def refused(xml: str) -> Fault:
    with pytest.raises(FaultError) as caught:
        read(xml)
    return caught.value.fault


def service(content: str) -> str:
    return request(f"<service>{content}</service>")


def destination(kind: str, code: str, rest: str = "", attributes: str = "") -> str:
    return request(other=f'<destination><type code="{kind}"/><code code="{code}" {attributes}/>{rest}</destination>')


def only_destination(xml: str) -> Destination:
    return read(xml).destinations[0]


def age(content: str) -> str:
    return request(other=f"{FRANCE}<patient><age>{content}</age></patient>")
