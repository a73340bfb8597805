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
from certs.material import TlsMaterial, read_material
from certs.verification import Verdict

ClientCertificate = Literal["required", "optional", "none"]

NO_CHECK_TIME = 0x200000
_CIPHERS_12 = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:@SECLEVEL=2"
_VERIFY_MODES = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}
_log = structlog.get_logger(__name__)


class RenewableContext(ssl.SSLContext):
    """A context that can be renewed while it is in use: each new connection takes the newest one inside.

    Hand it to asyncio or aiohttp like any context (blocking sockets would pass by the audit).
    """

    _current: ssl.SSLContext | None = None

    def prepared(self, material: TlsMaterial) -> Callable[[], None]:
        """Make a context like this one of other material; the connections to come take it when the result is called.

        Raises ``KeyMaterialError`` for what TLS cannot use. May run in a thread; the result costs nothing.
        """
        raise NotImplementedError

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

    def made(self, connection: ssl.SSLObject) -> bool:
        """Whether a connection is of the newest context: it was proven by what is shown and trusted now."""
        return connection.context is (self._current or self)


class ServerContext(RenewableContext):
    """A server's context. ``reload`` takes up renewed files without a restart."""

    _material: TlsMaterial
    _files: tuple[Path, Path, Path] | None
    _mode: ssl.VerifyMode
    _on_failure: FailureCallback | None
    _handshake_s: float | None

    def __new__(cls, *_: object, **__: object) -> "ServerContext":
        """An empty server-side context; the arguments are for ``__init__``."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(
        self,
        material: TlsMaterial,
        *,
        client_certificate: ClientCertificate,
        on_failure: FailureCallback | None,
        files: tuple[Path, Path, Path] | None = None,
        handshake_s: float | None = None,
    ) -> None:
        self._files = files
        self._handshake_s = handshake_s
        self._mode, self._on_failure = _VERIFY_MODES[client_certificate], on_failure
        self._configure(self, material)
        self._material = material

    def prepared(self, material: TlsMaterial) -> Callable[[], None]:
        """See ``RenewableContext``."""
        fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._configure(fresh, material)

        def adopt() -> None:
            self._current, self._material = fresh, material

        return adopt

    def reload(self) -> None:
        """Read the files again for the connections to come; ``KeyMaterialError`` leaves everything as it was."""
        self.prepared(read_material(*self._files) if self._files is not None else self._material)()

    def _configure(self, context: ssl.SSLContext, material: TlsMaterial) -> None:
        _harden(context)
        context.options |= ssl.OP_NO_TICKET | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.num_tickets = 0
        context.verify_mode = self._mode
        context.verify_flags = _flags(context.verify_flags, NO_CHECK_TIME)
        context.sni_callback = remember_server_name
        context.sslobject_class = audited(HandshakeHooks(self._on_failure, self._after_handshake, self._handshake_s))
        material.load_into(context)

    def _after_handshake(self, connection: AuditedSSLObject) -> None:
        if connection.version() != "TLSv1.2":
            return
        try:
            self.prepared(self._material)()
        except KeyMaterialError as error:
            # The old context serves on; a resumed session is refused by AuditedSSLObject all the same.
            _log.warning("tls_context.reload_failed", error=str(error))


class ClientContext(RenewableContext):
    """A client's context; see ``client_context``."""

    _hooks: HandshakeHooks

    def __new__(cls, *_: object, **__: object) -> "ClientContext":
        """An empty client-side context; the arguments are for ``__init__``."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, material: TlsMaterial, hooks: HandshakeHooks) -> None:
        self._hooks = hooks
        self._configure(self, material)

    def prepared(self, material: TlsMaterial) -> Callable[[], None]:
        """See ``RenewableContext``."""
        fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._configure(fresh, material)

        def adopt() -> None:
            self._current = fresh

        return adopt

    def _configure(self, context: ssl.SSLContext, material: TlsMaterial) -> None:
        _harden(context)
        context.options |= ssl.OP_NO_TICKET
        context.check_hostname = True
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags = _flags(context.verify_flags, ssl.VERIFY_X509_STRICT)
        context.sslobject_class = audited(self._hooks)
        material.load_into(context)


def server_context(
    chain: Path,
    key: Path,
    trust_pem: Path,
    *,
    client_certificate: ClientCertificate = "required",
    on_failure: FailureCallback | None = None,
) -> ServerContext:
    """A server's context; raises ``KeyMaterialError``. See the module for what its user still has to verify."""
    material = read_material(chain, key, trust_pem)
    files = (chain, key, trust_pem)
    return ServerContext(material, files=files, client_certificate=client_certificate, on_failure=on_failure)


def client_context(
    chain: Path | None,
    key: Path | None,
    trust_pem: Path,
    *,
    on_failure: FailureCallback | None = None,
    judge: Callable[[bytes], Verdict] | None = None,
) -> ClientContext:
    """A client's context: the server's chain, usage, dates and name are all checked; raises ``KeyMaterialError``.

    Without ``chain`` and ``key`` no certificate is shown. ``judge`` gets the server's certificate (DER) when OpenSSL
    has accepted it; what it refuses, a revoked one for instance, ends the connection before a byte of a request, with
    an ``SSLCertVerificationError``. Its verdict stays with the connection (``AuditedSSLObject.verdict``).
    """
    return ClientContext(read_material(chain, key, trust_pem), client_hooks(on_failure, judge))


def client_hooks(
    on_failure: FailureCallback | None = None,
    judge: Callable[[bytes], Verdict] | None = None,
    again: Callable[[Verdict], Verdict] | None = None,
) -> HandshakeHooks:
    """What a client's context does after a handshake, see ``client_context``; ``again`` judges a kept connection."""
    return HandshakeHooks(on_failure, _judging(judge) if judge is not None else None, again=again)


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
