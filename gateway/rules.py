"""What decides who is let in: certificates, revocations, the list, each taken up anew while the gateway runs."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import ror
from certs.credentials import Credentials
from certs.handshakes import FailureCallback
from certs.hearing import Hearing
from certs.home import Home
from certs.profiles import Purpose
from certs.revocation.source import RevocationSource
from certs.verification import Verdict, verify
from gateway.audit.configuration import configuration_facts, tell_configuration
from gateway.audit.known import KnownBefore
from gateway.audit.lists import ListAudit
from gateway.audit.log import AuditLog
from gateway.audit.revocations import RevocationAudit
from gateway.settings import GatewaySettings
from whitelist.source import WhitelistSource

SERVER_LEAF = "gateway-server"
CLIENT_LEAF = "gateway-client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is in force now, and who tells the audit log of it."""

    credentials: Credentials
    revocation: RevocationSource
    whitelist: WhitelistSource
    lists: ListAudit
    revocations: RevocationAudit

    @property
    def trouble(self) -> str | None:
        """Why nobody can be let in at all."""
        if self.revocation.unheard:
            return "the revocation lists cannot be looked at"
        return None if self.whitelist.current is not None else "no usable whitelist"

    def canary(self) -> str | None:
        """The partner whom the list names as its canary."""
        index = self.whitelist.current
        canary = index.whitelist.canary if index is not None else None
        return canary.partner if canary is not None else None

    def news(self) -> tuple[object, ...]:
        """What is in force: new objects when something changed."""
        heard = None if self.revocation.unheard else self.revocation.current
        return self.whitelist.current, heard, self.credentials.trust

    def judge(self, chain: Sequence[bytes], purpose: Purpose, at: datetime) -> Verdict:
        """What a peer's certificate is worth, revocation included."""
        return self.revocation.apply(verify(chain, self.credentials.trust, purpose, at), at)

    def judge_again(self, verdict: Verdict) -> Verdict:
        """A node's verdict, once good, at present: a few comparisons while its authorities are the same."""
        at = datetime.now(UTC)
        return self.revocation.apply(verdict.under(self.credentials.trust, Purpose.SERVER, at).at(at), at)

    def own_name(self) -> str:
        """Who we are to the nodes."""
        return str(self.credentials.identity(CLIENT_LEAF).subject)

    def server_side(self, on_failure: FailureCallback, handshake_s: float) -> ssl.SSLContext:
        """TLS towards callers; ``on_failure`` hears of every handshake that fails."""
        return self.credentials.server_context(
            SERVER_LEAF, client_certificate="optional", on_failure=on_failure, handshake_s=handshake_s
        )

    def client_side(self) -> ssl.SSLContext:
        """TLS towards nodes. One whose certificate is revoked is told nothing: it is judged before the first byte of
        every request.
        """

        def judge(certificate: bytes) -> Verdict:
            return self.judge([certificate], Purpose.SERVER, datetime.now(UTC))

        return self.credentials.client_context(CLIENT_LEAF, judge=judge, again=self.judge_again)


async def open_rules(home: Home, audit: AuditLog, settings: GatewaySettings) -> Rules:
    """Read everything once, and tell the audit log what the gateway starts with.

    Raises ``GatewayError``, or the errors of ``certs`` and ``whitelist``.
    """
    whitelist = WhitelistSource.of_home(home, hearing=Hearing(settings.unheard_s))
    known = KnownBefore(audit.folder)
    lists = ListAudit(whitelist, audit.note, known)
    lists.refresh()
    credentials = Credentials(home, {SERVER_LEAF: Purpose.SERVER, CLIENT_LEAF: Purpose.CLIENT})
    revocation = RevocationSource.of_home(home, credentials.trust, hearing=Hearing(settings.unheard_s))
    await asyncio.to_thread(revocation.refresh)
    leaves = (SERVER_LEAF, CLIENT_LEAF)
    facts = await asyncio.to_thread(configuration_facts, home, settings, credentials, leaves, ror.__version__)
    await asyncio.to_thread(tell_configuration, facts, known, audit.note)
    return Rules(
        credentials=credentials,
        revocation=revocation,
        whitelist=whitelist,
        lists=lists,
        revocations=RevocationAudit(revocation, lists.in_force, audit.note),
    )
