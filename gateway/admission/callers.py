"""Who asks: the holder of the connection's certificate or, where a pinned proxy ends TLS, whom it says it let in.

The connection's verdict stays the peer's. Whom a proxy speaks for is told by every request anew, never remembered.
The header from anybody else is refused and audited: whoever sends it attacks or is misconfigured. All other headers
of that kind (``Forwarded``, ``X-Forwarded-*``, ``X-SSL-*``) are not looked at.
"""

from dataclasses import dataclass

from aiohttp import web

from certs.connections import BoundedConnection
from certs.verification import Verdict
from gateway.admission.admission import Admission
from gateway.admission.client_cert import CLIENT_CERT, CLIENT_CERT_CHAIN, read_client_cert, read_client_cert_chain
from gateway.admission.proxies import PinnedProxies
from ror.errors import refuse
from ror.faults import Reason


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose question it is; ``proxy`` is the verdict on who brought it, ``None`` where the caller came itself."""

    verdict: Verdict
    proxy: Verdict | None = None

    @property
    def fingerprint(self) -> str | None:
        """Of the caller's certificate; ``None`` where none was shown, or none that can be read."""
        return self.verdict.identity.fingerprint if self.verdict.identity is not None else None


class Callers:
    """Tells who asks, on every request."""

    def __init__(self, admission: Admission, proxies: PinnedProxies) -> None:
        self._admission = admission
        self._proxies = proxies

    def peer(self, request: web.Request) -> Verdict:
        """The verdict on the certificate that TLS received: found once a connection and set of authorities."""
        connection = request.protocol
        known = connection.verdict if isinstance(connection, BoundedConnection) else None
        if known is not None:
            judged = self._admission.renewed(known)
        else:
            tls = request.get_extra_info("ssl_object")
            judged = self._admission.judge(tls.getpeercert(binary_form=True) if tls is not None else None)
        if isinstance(connection, BoundedConnection):
            connection.verdict = judged
        return judged

    def caller(self, request: web.Request, peer: Verdict) -> Caller:
        """Who asks over a connection of ``peer``. Raises ``FaultError`` 400, 401, 403 or 503."""
        fields = request.headers.getall(CLIENT_CERT, [])
        above = request.headers.getall(CLIENT_CERT_CHAIN, [])
        proxy = self._proxies.find(peer.identity)
        if proxy is None:
            if fields or above:
                raise refuse(Reason.CLIENT_CERT_UNEXPECTED, proxies=len(self._proxies))
            return Caller(peer)
        self._admission.require_certificate(peer)
        if not fields:
            raise refuse(Reason.CERTIFICATE_MISSING, proxy=proxy.name)
        verdict = self._admission.judge(read_client_cert(fields), *read_client_cert_chain(above))
        if self._proxies.find(verdict.identity) is not None:
            raise refuse(Reason.TRANSACTION_NOT_ALLOWED, proxy=proxy.name, detail="a proxy asks for itself")
        return Caller(verdict, peer)

    def require_still(self, caller: Caller) -> None:
        """Raise ``FaultError`` where a caller once let through would not be let through now, by the same proxy."""
        if caller.proxy is not None:
            self._admission.require_certificate(caller.proxy)
        self._admission.require(caller.verdict)

    def still_allowed(self, caller: Caller) -> bool:
        """Whether ``require_still`` would let it pass."""
        return self._admission.still_holds(caller.verdict) and (
            caller.proxy is None or self._admission.certificate_holds(caller.proxy)
        )

    def may_stay(self, peer: Verdict) -> bool:
        """Whether an idle connection of ``peer`` is any use: a proxy is on no list, it only has to hold."""
        if self._proxies.find(peer.identity) is not None:
            return self._admission.certificate_holds(peer)
        return self._admission.still_holds(peer)
