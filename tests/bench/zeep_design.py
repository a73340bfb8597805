"""zeep both ways: every node's answer becomes objects, the objects are merged, zeep writes them again.

zeep gets every advantage: its client is built beforehand, it only parses and renders (no transport, no WS-Security),
and the answers reach it by the same session as everybody's.
"""

from typing import Any

import zeep
from lxml import etree
from requests import Response
from zeep.transports import Transport

from ror import namespaces as ns
from ror.model.wire import Generation
from ror.schemas import wsdl

_ADDRESS = f"https://localhost{ns.PATH_G1}"
_DIRECTORIES = {
    "organizationDirectory": "organization",
    "serviceDirectory": "service",
    "facilityDirectory": "facility",
    "providerDirectory": "provider",
    "deviceDirectory": "device",
}


class _OneDocument(Transport):
    """Serves the WSDL, and nothing else."""

    def load(self, url: str) -> bytes:
        assert url == f"{_ADDRESS}?wsdl"
        return wsdl(Generation.G1, _ADDRESS)


class ZeepDesign:
    """Callable: the bodies of the answers in, one merged envelope out."""

    def __init__(self) -> None:
        self._client = zeep.Client(f"{_ADDRESS}?wsdl", transport=_OneDocument())
        binding = self._client.wsdl.bindings[f"{{{ns.G1}}}careServicesRequest_Binding"]
        self._binding = binding
        self._operation = binding.get("careServicesRequest_Request")
        self._element = self._client.get_element(f"{{{ns.G1}}}careServicesResponse")

    def __call__(self, bodies: list[bytes]) -> bytes:
        """Parse, merge, render."""
        merged, *others = [self._parsed(body) for body in bodies]
        for other in others:
            for directory, entry in _DIRECTORIES.items():
                target, source = merged[directory], other[directory]
                if target is None or source is None:
                    merged[directory] = target or source
                else:
                    target[entry].extend(source[entry])
        for directory, entry in _DIRECTORIES.items():
            merged[directory] = merged[directory] or {entry: []}
        merged["resultNumber"]["OInumber"] = len(merged["facilityDirectory"]["facility"])
        envelope = etree.Element(f"{{{ns.SOAP_12}}}Envelope", nsmap={"env": ns.SOAP_12, "ror": ns.G1})
        body = etree.SubElement(envelope, f"{{{ns.SOAP_12}}}Body")
        self._element.render(body, self._element(merged))
        return etree.tostring(envelope, encoding="utf-8")

    def _parsed(self, body: bytes) -> Any:
        response = Response()
        response.status_code = 200
        response._content = body
        response.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
        return self._binding.process_reply(self._client, self._operation, response)
