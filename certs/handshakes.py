"""Failed TLS handshakes, told in our own words: asyncio drops them in silence, an audit must not."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from types import MappingProxyType

from certs.reasons import Reason
from certs.verification import Verdict


class HandshakeProblem(Enum):
    """What went wrong; the value is stable and goes into logs and metrics."""

    CERTIFICATE = "certificate"
    PROTOCOL = "protocol"
    REFUSED_BY_PEER = "refused-by-peer"
    RESUMED = "resumed"
    CLOSED = "closed"
    UNFINISHED = "unfinished"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeFailure:
    """One failed handshake. TLS ends before an address or a certificate is known here: these are all the hints.

    ``reason`` is there when ``problem`` is the peer's certificate. ``verify_code`` and ``openssl_reason`` are
    OpenSSL's; ``server_name`` is what the peer called us (SNI), its own word and no more.
    """

    problem: HandshakeProblem
    reason: Reason | None = None
    verify_code: int | None = None
    openssl_reason: str | None = None
    server_name: str | None = None
    server_side: bool = True


FailureCallback = Callable[[HandshakeFailure], None]

# X509_V_ERR_*: the numbers of OpenSSL 3. An issuer that is no authority (24, 32, 79) makes its leaf untrusted.
_VERIFY_CODES = MappingProxyType(
    {
        **dict.fromkeys((2, 7, 18, 19, 20, 21, 24, 27, 28, 29, 30, 32, 79), Reason.UNTRUSTED),
        9: Reason.NOT_YET_VALID,
        10: Reason.EXPIRED,
        **dict.fromkeys((22, 25), Reason.PATH_LENGTH),
        26: Reason.WRONG_USAGE,
        34: Reason.UNSUPPORTED_EXTENSION,
        **dict.fromkeys((66, 67, 68), Reason.WEAK),
    }
)
# What OpenSSL says of a certificate before it verifies any.
_CERTIFICATE_REASONS = MappingProxyType(
    {"PEER_DID_NOT_RETURN_A_CERTIFICATE": Reason.MISSING, "WRONG_CURVE": Reason.WEAK}
)
_PROTOCOL_REASONS = frozenset(
    {
        "HTTP_REQUEST",
        "HTTPS_PROXY_REQUEST",
        "INAPPROPRIATE_FALLBACK",
        "NO_PROTOCOLS_AVAILABLE",
        "NO_SHARED_CIPHER",
        "NO_SHARED_GROUP",
        "NO_SUITABLE_KEY_SHARE",
        "UNSUPPORTED_PROTOCOL",
        "UNKNOWN_PROTOCOL",
        "VERSION_TOO_LOW",
        "WRONG_VERSION_NUMBER",
    }
)


def explain_handshake(
    error: BaseException, *, server_side: bool = True, server_name: str | None = None
) -> HandshakeFailure:
    """The typed failure behind an exception of a handshake, on either side."""
    openssl_reason = getattr(error, "reason", None)
    problem, reason, verify_code = _classify(error, openssl_reason)
    return HandshakeFailure(
        problem=problem,
        reason=reason,
        verify_code=verify_code,
        openssl_reason=openssl_reason,
        server_name=server_name,
        server_side=server_side,
    )


def _classify(error: BaseException, openssl_reason: str | None) -> tuple[HandshakeProblem, Reason | None, int | None]:
    if isinstance(error, RefusedPeerError):
        return HandshakeProblem.CERTIFICATE, error.verdict.reason, None
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _VERIFY_CODES.get(error.verify_code, Reason.INVALID)
        return HandshakeProblem.CERTIFICATE, reason, error.verify_code
    if isinstance(error, ResumedSessionError):
        return HandshakeProblem.RESUMED, None, None
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return HandshakeProblem.CLOSED, None, None
    certificate_reason = _CERTIFICATE_REASONS.get(openssl_reason or "")
    if certificate_reason is not None:
        return HandshakeProblem.CERTIFICATE, certificate_reason, None
    if openssl_reason in _PROTOCOL_REASONS:
        return HandshakeProblem.PROTOCOL, None, None
    if openssl_reason is not None and "ALERT" in openssl_reason:
        return HandshakeProblem.REFUSED_BY_PEER, None, None
    if openssl_reason is not None and "EOF" in openssl_reason:
        return HandshakeProblem.CLOSED, None, None
    return HandshakeProblem.OTHER, None, None


_HEARD_SOMETHING = 2
"""The call that comes with the peer's first bytes; the one before finds nothing to read."""
_UNFINISHED = HandshakeFailure(problem=HandshakeProblem.UNFINISHED)


class ResumedSessionError(ssl.SSLError):
    """A peer took up an old session: nothing was proven anew, so the connection ends."""


class RefusedPeerError(ssl.SSLCertVerificationError):
    """OpenSSL was content with the peer's certificate, our own verdict was not: the connection ends."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.reason.slug if verdict.reason else 'refused'}: {verdict.detail}")
        self.verdict = verdict


class AuditedSSLObject(ssl.SSLObject):
    """An SSL object that reports its failed handshake once, and takes no resumed session on the server side.

    ``hooks`` belongs to the context: see ``audited``. ``verdict`` is ours on the peer's certificate, where the
    context judges it. ``lasted_s`` is how long the finished handshake took.
    """

    hooks: "HandshakeHooks"
    requested_name: str | None = None
    verdict: Verdict | None = None
    lasted_s: float | None = None
    _began_s = 0.0
    _calls = 0
    _unfinished: asyncio.TimerHandle | None = None

    def do_handshake(self) -> None:
        """Go on with the handshake; a failure is reported, then raised as it was."""
        self._calls += 1
        if self._calls == 1:
            self._began_s = monotonic()
        if self._calls == _HEARD_SOMETHING:
            self._expect_an_end()
        try:
            super().do_handshake()
            self._forget_the_end()
            self.lasted_s = monotonic() - self._began_s
            if self.server_side and self.session_reused:
                raise ResumedSessionError("a TLS session was taken up again")
            if self.hooks.on_success is not None:
                self.hooks.on_success(self)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except (ssl.SSLError, OSError) as error:
            self._forget_the_end()
            self._report(error)
            raise

    @property
    def still_holds(self) -> bool:
        """Whether the peer's certificate, found good once, is good now; true where nobody judges it again."""
        again = self.hooks.again
        return again is None or self.verdict is None or again(self.verdict).ok

    def _expect_an_end(self) -> None:
        """Nobody calls us when the peer goes silent or goes away: the loop has to look."""
        hooks = self.hooks
        if self.server_side and hooks.on_failure is not None and hooks.unfinished_after_s is not None:
            loop = asyncio.get_running_loop()
            self._unfinished = loop.call_later(hooks.unfinished_after_s, hooks.on_failure, _UNFINISHED)

    def _forget_the_end(self) -> None:
        if self._unfinished is not None:
            self._unfinished.cancel()
            self._unfinished = None

    def _report(self, error: OSError) -> None:
        if self.hooks.on_failure is not None:
            name = self.requested_name if self.server_side else self.server_hostname
            self.hooks.on_failure(explain_handshake(error, server_side=self.server_side, server_name=name))


@dataclass(frozen=True, slots=True)
class HandshakeHooks:
    """Who wants to know: ``on_failure`` gets each failed handshake, ``on_success`` each finished SSL object.

    A server's handshake that began and came to no end within ``unfinished_after_s`` seconds is a failed one, too. A
    peer that said nothing began none: so do those that only look whether the port is open. Both run on the event
    loop and must not block. An exception of theirs ends the connection. ``again`` gives a verdict under what is known
    by then.
    """

    on_failure: FailureCallback | None = None
    on_success: Callable[[AuditedSSLObject], None] | None = None
    unfinished_after_s: float | None = None
    again: Callable[[Verdict], Verdict] | None = None


def audited(hooks: HandshakeHooks) -> type[AuditedSSLObject]:
    """The class to put at ``SSLContext.sslobject_class``, bound to these hooks."""
    return type("BoundAuditedSSLObject", (AuditedSSLObject,), {"hooks": hooks})


def remember_server_name(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    """For ``SSLContext.sni_callback``: keep the name that the peer asked for, and let the handshake go on."""
    if isinstance(connection, AuditedSSLObject):
        connection.requested_name = name
