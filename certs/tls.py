"""TLS contexts of both sides: 1.2 with forward secrecy or 1.3, certificates from our trust file, nothing resumed.

What is decided here and what is left to ``certs.verification``:

* The server lets dates pass (``X509_V_FLAG_NO_CHECK_TIME``), because OpenSSL would end the handshake without a word
  and a partner whose certificate has expired deserves a fault that says so (decision 5). The server MUST therefore
  ask ``verify`` on every connection and ``Verdict.at`` on every request. A client never gets this flag.
* A chain always ends at a root (no ``X509_V_FLAG_PARTIAL_CHAIN``): an intermediate in the trust file completes a
  chain and anchors none, so that taking a root out takes its branch out.
* No session is ever taken up again: no tickets at all, and after each TLS 1.2 handshake the next connection starts
  from a fresh context, since the library's cache of session ids cannot be switched off from Python.
* CertificateRequest names no authorities: Python cannot set them, and clients send what they have.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import structlog

from certs.errors import KeyMaterialError
from certs.handshakes import (
    AuditedSSLObject,
    FailureCallback,
    HandshakeHooks,
    RefusedPeerError,
    audited,
    remember_server_name,
)
from certs.verification import Verdict

ClientCertificate = Literal["required", "optional", "none"]

NO_CHECK_TIME = 0x200000
_CIPHERS_12 = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:@SECLEVEL=2"
_VERIFY_MODES = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}
_log = structlog.get_logger(__name__)


class ServerContext(ssl.SSLContext):
    """A server's context that can be renewed while it serves: each new connection takes the newest one inside.

    Hand it to asyncio or aiohttp like any context (blocking sockets would pass by the audit). ``reload`` takes up
    renewed files without a restart.
    """

    _chain: Path
    _key: Path
    _trust: Path
    _mode: ssl.VerifyMode
    _on_failure: FailureCallback | None
    _current: ssl.SSLContext | None

    def __new__(cls, *_: object, **__: object) -> "ServerContext":
        """An empty server-side context; the arguments are for ``__init__``."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(
        self,
        chain: Path,
        key: Path,
        trust: Path,
        *,
        mode: ssl.VerifyMode,
        on_failure: FailureCallback | None,
    ) -> None:
        self._chain, self._key, self._trust = chain, key, trust
        self._mode, self._on_failure = mode, on_failure
        self._current = None
        self._configure(self)

    def reload(self) -> None:
        """Read the files again for the connections to come; ``KeyMaterialError`` leaves everything as it was."""
        fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._configure(fresh)
        self._current = fresh

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As ``SSLContext.wrap_bio``, from the newest context."""
        if self._current is None:
            return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        return self._current.wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def _configure(self, context: ssl.SSLContext) -> None:
        _harden(context)
        context.options |= ssl.OP_NO_TICKET | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.num_tickets = 0
        context.verify_mode = self._mode
        context.verify_flags = _flags(context.verify_flags, NO_CHECK_TIME)
        context.sni_callback = remember_server_name
        context.sslobject_class = audited(HandshakeHooks(self._on_failure, self._after_handshake))
        _load(context, self._chain, self._key, self._trust)

    def _after_handshake(self, connection: AuditedSSLObject) -> None:
        if connection.version() != "TLSv1.2":
            return
        try:
            self.reload()
        except KeyMaterialError as error:
            # The old context serves on; a resumed session is refused by AuditedSSLObject all the same.
            _log.warning("tls_context.reload_failed", error=str(error))


def server_context(
    chain: Path,
    key: Path,
    trust_pem: Path,
    *,
    client_certificate: ClientCertificate = "required",
    on_failure: FailureCallback | None = None,
) -> ServerContext:
    """A server's context; raises ``KeyMaterialError``. See the module for what its user still has to verify."""
    return ServerContext(chain, key, trust_pem, mode=_VERIFY_MODES[client_certificate], on_failure=on_failure)


def client_context(
    chain: Path | None,
    key: Path | None,
    trust_pem: Path,
    *,
    on_failure: FailureCallback | None = None,
    judge: Callable[[bytes], Verdict] | None = None,
) -> ssl.SSLContext:
    """A client's context: the server's chain, usage, dates and name are all checked; raises ``KeyMaterialError``.

    Without ``chain`` and ``key`` no certificate is shown. ``judge`` gets the server's certificate (DER) when OpenSSL
    has accepted it; what it refuses, a revoked one for instance, ends the connection before a byte of a request, with
    an ``SSLCertVerificationError``. Its verdict stays with the connection (``AuditedSSLObject.verdict``).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    context.options |= ssl.OP_NO_TICKET
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags = _flags(context.verify_flags, ssl.VERIFY_X509_STRICT)
    context.sslobject_class = audited(HandshakeHooks(on_failure, _judging(judge) if judge is not None else None))
    _load(context, chain, key, trust_pem)
    return context


def _judging(judge: Callable[[bytes], Verdict]) -> Callable[[AuditedSSLObject], None]:
    def after_handshake(connection: AuditedSSLObject) -> None:
        verdict = judge(connection.getpeercert(binary_form=True) or b"")
        connection.verdict = verdict
        if not verdict.ok:
            raise RefusedPeerError(verdict)

    return after_handshake


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS_12)
    context.set_alpn_protocols(["http/1.1"])


def _flags(present: ssl.VerifyFlags, added: int) -> ssl.VerifyFlags:
    """In plain integers: ``~`` on the enum forgets the bits that it has no name for, and NO_CHECK_TIME is one."""
    kept = int(present) & ~int(ssl.VERIFY_X509_PARTIAL_CHAIN)
    return ssl.VerifyFlags(kept | int(ssl.VERIFY_X509_TRUSTED_FIRST) | added)


def _load(context: ssl.SSLContext, chain: Path | None, key: Path | None, trust: Path) -> None:
    try:
        if chain is not None:
            # An encrypted key must fail here, not ask at the terminal.
            context.load_cert_chain(chain, key, password=b"")
        context.load_verify_locations(cafile=trust)
    except (OSError, ssl.SSLError) as error:
        raise KeyMaterialError(f"TLS cannot use {chain}, {key} and {trust}: {error}") from error
