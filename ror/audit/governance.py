"""Events of governance: lists, officers, stops, revocation, configuration, and what commands changed.

Nobody is named: an officer is the thumbprint of a key, an account its number.
"""

from dataclasses import dataclass
from typing import ClassVar

from ror.audit.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerActed:
    """An officer changed the whitelist or its draft; ``officer`` is the key's thumbprint, ``digest`` what was
    signed.
    """

    kind: ClassVar[Kind] = Kind.OFFICER
    act: str
    officer: str | None = None
    partner: str | None = None
    list_version: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTakenUp:
    """A version of the whitelist is in force here from now on.

    ``digest`` is the content's, ``difference`` that of what its officers were shown; ``author`` and ``approvers`` are
    the thumbprints of the keys that signed. The counts say how many entries are other than in the version before,
    where this service knew it.
    """

    kind: ClassVar[Kind] = Kind.LIST_TAKEN_UP
    version: int
    partners: int | None = None
    digest: str | None = None
    base_version: int | None = None
    difference: str | None = None
    author: str | None = None
    approvers: tuple[str, ...] = ()
    officers_version: int | None = None
    added: int | None = None
    changed: int | None = None
    removed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRefused:
    """A whitelist that was not taken up; ``flaw`` says why, the last good one stays."""

    kind: ClassVar[Kind] = Kind.LIST_REFUSED
    flaw: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged:
    """What a service works with: at its start (``setting`` is ``all``), and when it takes something up while running.

    Secrets are no settings; ``digest`` stands for what is long. ``facts`` are names with digests or values,
    ``changed`` those among them that are other than at the start before.
    """

    kind: ClassVar[Kind] = Kind.CONFIGURATION
    setting: str
    value: str | None = None
    digest: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficersChanged:
    """Other officers sign the list from now on: thumbprints of the keys that came and went."""

    kind: ClassVar[Kind] = Kind.OFFICERS_CHANGED
    version: int
    threshold: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorActed:
    """A command changed what holds here: its act, by which account (a number), on what. ``officer`` is a thumbprint,
    or the digest of a name that no list knows.
    """

    kind: ClassVar[Kind] = Kind.OPERATOR
    act: str
    account: int
    target: str | None = None
    officer: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerStopped:
    """One officer's stop against a partner holds here from now on; ``stop`` is its hash."""

    kind: ClassVar[Kind] = Kind.PARTNER_STOPPED
    partner: str
    stop: str
    severity: str
    officer: str
    until: str
    list_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEnded:
    """A stop holds here no more: run out, lifted, or confirmed by the list."""

    kind: ClassVar[Kind] = Kind.STOP_ENDED
    partner: str
    stop: str
    list_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceGiven:
    """An officer lets an authority's overdue revocation list count for a while; as ``OperatorActed`` for who."""

    kind: ClassVar[Kind] = Kind.GRACE_GIVEN
    authority: str
    officer: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceEnded:
    """A grace was taken back, or ran out."""

    kind: ClassVar[Kind] = Kind.GRACE_ENDED
    authority: str
    officer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationTakenUp:
    """An authority's revocation list counts from now on."""

    kind: ClassVar[Kind] = Kind.REVOCATION_TAKEN_UP
    authority: str
    number: str
    revoked: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerBehind:
    """A node, or the gateway itself, does not go by the list in force, or cannot show it: how it stands, ``seconds``
    behind, and the flaw where it answers nothing that counts.
    """

    kind: ClassVar[Kind] = Kind.FOLLOWER_BEHIND
    follower: str
    standing: str
    expected: int
    version: int | None = None
    seconds: int = 0
    flaw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerCaughtUp:
    """It is in step again, ``seconds`` after it was told to be behind."""

    kind: ClassVar[Kind] = Kind.FOLLOWER_CAUGHT_UP
    follower: str
    version: int
    seconds: int


GovernanceEvent = (
    OfficerActed
    | OfficersChanged
    | OperatorActed
    | ListTakenUp
    | ListRefused
    | PartnerStopped
    | StopEnded
    | FollowerBehind
    | FollowerCaughtUp
    | GraceGiven
    | GraceEnded
    | RevocationTakenUp
    | ConfigurationChanged
)
