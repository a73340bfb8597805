"""XML namespaces, SOAP actions and paths of the exchange (contract, "Two generations")."""

from typing import Final

G1: Final = "urn:asip:ror:2015"
"""Inter-ROR search of 2016: wrappers of G1, notification wrappers, fault detail."""

CSD: Final = "urn:ihe:iti:csd:2013"
"""Care Services Discovery: all content of the second generation."""

PASSERELLE: Final = "urn:inter-ror:passerelle:1"
"""Our own header blocks; nothing of ours stands in the official namespaces."""

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
XMLDSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
HL7: Final = "urn:hl7-org:v3"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"

ACTION_SEARCH: Final = "urn:asip:ror:2015:stored-function:ror-search"
ACTION_UPDATE: Final = "urn:asip:ror:2015:stored-function:ror-update"

PATH_G1: Final = "/ROR/careServicesRequest_Binding"
PATH_G2: Final = "/ROR/0.1/CSD_ROR_Binding"

PATH_LIST: Final = "/passerelle/liste"
"""Ours, at a node: which whitelist it goes by, signed, in answer to the nonce of ``NONCE_PARAMETER``."""
NONCE_PARAMETER: Final = "defi"

QUESTION_HEADER: Final = "Ror-Question"
"""HTTP header by which the gateway names its question to a node, so that the logs on both sides tell the same id."""
