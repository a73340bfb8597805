"""The demonstration's authorities and their lists. The list that is published is also the record: what is revoked
stays revoked when the next one is made. Callers hold the state folder's lock.

Numbers are the seconds of the clock where that is more than one up, so that a list made after its predecessor was
lost is still a later one to whoever remembers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from certs.errors import RevocationListError
from certs.issuing import SigningAuthority
from certs.private_files import make_private_folder, write_private
from certs.revocation.certificate_list import MAX_LIST_BYTES, CertificateList, read_list
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.making import ListRequest, make_list
from certs.revocation.revoked import Revocation, RevocationReason
from certs.settled_files import make_durable
from certs.trust import Trust

LIST_LIFETIME = timedelta(days=90)
RENEW_BEFORE = timedelta(days=30)
_SOME_DAY = datetime(9999, 1, 1, tzinfo=UTC)
_OF_ANOTHER_KEY = frozenset({Flaw.UNKNOWN_ISSUER, Flaw.BAD_SIGNATURE})


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where an authority's list lies, who signs it, and the authorities among which it is read again."""

    path: Path
    authority: SigningAuthority
    trust: Trust

    def published(self) -> CertificateList | None:
        """The list in place; ``None`` if there is none of the authority's present key.

        Raises ``RevocationListError`` for a damaged one: an empty one in its place would take revocations back. What
        it tells will not go away by a power cut, even where whoever published it was killed before that was sure.
        """
        try:
            with self.path.open("rb") as file:
                judged = read_list(file.read(MAX_LIST_BYTES + 1), self.trust, now=_SOME_DAY)
            make_durable(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RevocationListError(f"{self.path} cannot be read: {error.strerror}") from error
        if isinstance(judged, CertificateList):
            return judged
        if judged.flaw in _OF_ANOTHER_KEY:
            return None
        raise RevocationListError(f"{self.path} is damaged ({judged.detail}); remove it to begin with an empty one")

    def publish(self, revoked: Mapping[int, Revocation], *, at: datetime) -> CertificateList:
        """Put the next list in place, with these revocations and no other. Raises ``RevocationListError``."""
        last = self.published()
        request = ListRequest(
            number=max(int(at.timestamp()), last.number + 1 if last else 1),
            this_update=at.replace(microsecond=0),
            next_update=at.replace(microsecond=0) + LIST_LIFETIME,
            revoked=revoked,
        )
        data = make_list(self.authority, request)
        judged = read_list(data, self.trust, now=_SOME_DAY)
        if isinstance(judged, Rejected):
            raise RevocationListError(f"the new list would not hold: {judged.detail}")
        try:
            make_private_folder(self.path.parent)
            write_private(self.path, data)
        except OSError as error:
            raise RevocationListError(f"{self.path} cannot be written: {error.strerror}") from error
        return judged


def ensure_list(publisher: Publisher, *, at: datetime) -> CertificateList:
    """The list in place if it holds for a month yet, else the next one with the same revocations."""
    last = publisher.published()
    if last is not None and last.this_update <= at <= last.next_update - RENEW_BEFORE:
        return last
    return publisher.publish(_revocations(last), at=at)


def renew_list(publisher: Publisher, *, at: datetime) -> CertificateList:
    """The next list with the same revocations."""
    return publisher.publish(_revocations(publisher.published()), at=at)


def revoke(publisher: Publisher, serial: int, reason: RevocationReason, *, at: datetime) -> CertificateList:
    """Publish a list with this certificate on it. What was on hold may be revoked for good; twice is an error."""
    revoked = _revocations(publisher.published())
    known = revoked.get(serial)
    if known is not None and (known.reason is not RevocationReason.HOLD or reason is RevocationReason.HOLD):
        raise RevocationListError(f"the certificate {serial:x} is on the list already: {known.reason.value}")
    revoked[serial] = Revocation(at.replace(microsecond=0), reason)
    return publisher.publish(revoked, at=at)


def lift(publisher: Publisher, serial: int, *, at: datetime) -> CertificateList:
    """Publish a list without this certificate, which was on hold; nothing else can be lifted."""
    revoked = _revocations(publisher.published())
    known = revoked.get(serial)
    if known is None or known.reason is not RevocationReason.HOLD:
        raise RevocationListError(f"the certificate {serial:x} is not on hold")
    del revoked[serial]
    return publisher.publish(revoked, at=at)


def _revocations(listed: CertificateList | None) -> dict[int, Revocation]:
    if listed is None:
        return {}
    found = {serial: listed.revoked.get(serial) for serial in listed.revoked}
    return {serial: revocation for serial, revocation in found.items() if revocation is not None}
