"""The two SOAP versions and how HTTP names them (SOAP 1.1 §6, SOAP 1.2 part 2 §7)."""

import re
from dataclasses import dataclass
from enum import Enum

from ror import namespaces
from ror.errors import refuse
from ror.faults import Reason
from ror.quoting import quoted

_TYPE = re.compile(r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*")
_PARAMETER = re.compile(
    r""";[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z:/-]+)[ \t]*)?"""
)
_LONGEST_HEADER = 1_024


class SoapVersion(Enum):
    """A SOAP version: namespace, media type, and the prefix that ours writes."""

    V11 = namespaces.SOAP_11, "text/xml", "soap"
    V12 = namespaces.SOAP_12, "application/soap+xml", "env"

    def __init__(self, namespace: str, media_type: str, prefix: str) -> None:
        self.namespace = namespace
        self.media_type = media_type
        self.prefix = prefix

    @property
    def content_type(self) -> str:
        """The Content-Type of an answer in this version."""
        return f"{self.media_type}; charset=utf-8"

    def request_content_type(self, action: str) -> str:
        """The Content-Type of a request; SOAP 1.2 carries the action in it, 1.1 in its own header."""
        return f'{self.content_type}; action="{action}"' if self is SoapVersion.V12 else self.content_type

    @classmethod
    def of_namespace(cls, namespace: str) -> "SoapVersion | None":
        """The version of an envelope's namespace."""
        return _BY_NAMESPACE.get(namespace)


_BY_NAMESPACE = {version.namespace: version for version in SoapVersion}
_BY_MEDIA_TYPE = {version.media_type: version for version in SoapVersion}


@dataclass(frozen=True, slots=True)
class ContentType:
    """A Content-Type that a SOAP message may have: its version and, in 1.2, its action."""

    version: SoapVersion
    action: str | None


def version_asked(content_type: str | None) -> SoapVersion:
    """The version in which to answer a request whose envelope could not be read; never fails.

    Decision 18: the body is always a fault, so that even a wrong type gets one, in SOAP 1.2.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return _BY_MEDIA_TYPE.get(media_type, SoapVersion.V12)


def read_content_type(value: str | None) -> ContentType:
    """Read a Content-Type header: one of the two media types, in UTF-8 or without charset.

    Raises:
        FaultError: ``http.content-type`` for any other type (MTOM and multipart included), another charset,
            a repeated parameter or a header that is not one.
    """
    if value is None or len(value) > _LONGEST_HEADER or not (kind := _TYPE.match(value)):
        raise refuse(Reason.CONTENT_TYPE)
    version = _BY_MEDIA_TYPE.get(kind[1].lower())
    if version is None:
        raise refuse(
            Reason.CONTENT_TYPE,
            f"Type de contenu {quoted(kind[1])} non admis : application/soap+xml ou text/xml, en UTF-8, "
            "sans pièce jointe.",
        )
    parameters = _parameters(value, kind.end())
    if parameters.get("charset", "utf-8").lower() != "utf-8":
        raise refuse(Reason.CONTENT_TYPE, f"Encodage {quoted(parameters['charset'])} non admis : UTF-8 seulement.")
    return ContentType(version, parameters.get("action") or None if version is SoapVersion.V12 else None)


def _parameters(value: str, position: int) -> dict[str, str]:
    parameters: dict[str, str] = {}
    while position < len(value):
        match = _PARAMETER.match(value, position)
        if match is None:
            raise refuse(Reason.CONTENT_TYPE)
        position = match.end()
        if match[1] is None:
            continue
        name = match[1].lower()
        if name in parameters:
            raise refuse(Reason.CONTENT_TYPE, f"Le paramètre {quoted(name)} du type de contenu est répété.")
        parameters[name] = _unquoted(match[2])
    return parameters


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
