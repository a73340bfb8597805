"""What is known of revocation at one time: a value that is swapped whole and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from certs.revocation.certificate_list import CertificateList
from certs.revocation.ocsp import OcspAnswer
from certs.trust import Authority

_NO_LISTS: Mapping[str, CertificateList] = MappingProxyType({})
_NO_ANSWERS: Mapping[tuple[str, int], OcspAnswer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RevocationState:
    """The newest list of each scope, by ``CertificateList.key``, and the newest answer about each certificate."""

    lists: Mapping[str, CertificateList] = field(default_factory=lambda: _NO_LISTS)
    answers: Mapping[tuple[str, int], OcspAnswer] = field(default_factory=lambda: _NO_ANSWERS)
    _of: Mapping[str, tuple[CertificateList, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_authority: dict[str, tuple[CertificateList, ...]] = {}
        for listed in self.lists.values():
            by_authority[listed.authority.id] = (*by_authority.get(listed.authority.id, ()), listed)
        object.__setattr__(self, "_of", by_authority)

    def lists_of(self, authority: Authority) -> tuple[CertificateList, ...]:
        """The lists of an authority; one, unless it cuts them by scope."""
        return self._of.get(authority.id, ())

    def with_list(self, fresh: CertificateList) -> "RevocationState":
        """The state in which this list is the newest of its scope."""
        return RevocationState(MappingProxyType({**self.lists, fresh.key: fresh}), self.answers)

    def with_answers(self, fresh: Mapping[tuple[str, int], OcspAnswer]) -> "RevocationState":
        """The state in which these answers are the newest about their certificates."""
        return RevocationState(self.lists, MappingProxyType({**self.answers, **fresh}))

    def without_answers_ended_by(self, at: datetime) -> "RevocationState":
        """The state without answers that have ended and said nothing bad."""
        kept = {key: answer for key, answer in self.answers.items() if answer.revocation or answer.valid_until >= at}
        return RevocationState(self.lists, MappingProxyType(kept))
