"""The schemas and service descriptions of both generations, as package data, and validation against them."""

from ror.schemas.catalogue import NAMES, xsd
from ror.schemas.description import wsdl
from ror.schemas.validation import Kind, problems, validator

__all__ = ["NAMES", "Kind", "problems", "validator", "wsdl", "xsd"]
