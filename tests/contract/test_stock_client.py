"""A stock zeep client, given only ``?wsdl`` and a whitelisted certificate, searches and reads the answer."""

import asyncio
from typing import Any

import pytest
import requests
import zeep
from lxml import etree
from zeep.transports import Transport

from certs.home import Home
from gateway.service import RunningGateway
from ror import namespaces as ns
from ror.schemas import Kind, problems

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:zeep.*")

NATIONAL = {"type": {"code": "5"}, "code": {"code": "FR"}}


class Recorder(zeep.Plugin):
    """Keeps what goes over the wire."""

    def __init__(self) -> None:
        self.sent: etree._Element | None = None
        self.received: etree._Element | None = None

    def egress(self, envelope, http_headers, _operation, _options):
        self.sent = envelope
        return envelope, http_headers

    def ingress(self, envelope, http_headers, _operation):
        self.received = envelope
        return envelope, http_headers


def search(home: Home, url: str, port: str, activity: str, recorder: Recorder) -> Any:
    """Search the country for an activity, as an integrator would write it."""
    files = home.leaf("partner-samu-rhone")
    with requests.Session() as session:
        session.cert = (str(files.chain), str(files.key))
        session.verify = str(home.trust)
        session.trust_env = False
        transport = Transport(session=session, timeout=10)
        client = zeep.Client(f"{url}{ns.PATH_G1}?wsdl", transport=transport, plugins=[recorder])
        parameters = {
            "organization": "",
            "facility": {},
            "service": {"codedType": [{"code": activity}]},
            "device": {},
            "otherParams": {"destination": [NATIONAL]},
        }
        service = client.bind("careServicesRequest_Service", port)
        return service.careServicesRequest_Request(function={"requestParams": parameters})


PORTS = ("careServicesRequest_Port", "careServicesRequest_Port_Soap11")


@pytest.mark.parametrize("port", PORTS)
async def test_a_stock_client_searches_and_reads_the_answer(
    gateway: RunningGateway, pki_home: Home, port: str
) -> None:
    recorder = Recorder()

    result = await asyncio.to_thread(search, pki_home, gateway.url, port, "121", recorder)

    assert result["resultNumber"]["OInumber"] == 1
    (unit,) = result["facilityDirectory"]["facility"]
    assert unit["entityID"].startswith("ara:")
    assert unit["typeOfCare"]["code"] == "28"


@pytest.mark.parametrize("port", PORTS)
async def test_what_goes_over_the_wire_conforms_on_both_sides(
    gateway: RunningGateway, pki_home: Home, port: str
) -> None:
    recorder = Recorder()

    await asyncio.to_thread(search, pki_home, gateway.url, port, "121", recorder)

    assert recorder.sent is not None
    assert recorder.received is not None
    assert problems(recorder.sent.find("{*}Body")[0], Kind.G1_REQUEST) == ()
    assert problems(recorder.received.find("{*}Body")[0], Kind.G1_RESPONSE) == ()
    coverage = recorder.received.find(f"{{*}}Header/{{{ns.PASSERELLE}}}couverture")
    assert problems(coverage, Kind.COVERAGE_HEADER) == ()


@pytest.mark.parametrize("port", PORTS)
async def test_a_refusal_reaches_a_stock_client_as_a_fault(
    gateway: RunningGateway, pki_home: Home, port: str
) -> None:
    with pytest.raises(zeep.exceptions.Fault) as refused:
        await asyncio.to_thread(search, pki_home, gateway.url, port, "9999", Recorder())

    assert refused.value.detail.find(f"{{{ns.G1}}}erreur").get("code") == "400"
