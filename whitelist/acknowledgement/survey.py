"""Who follows, told from the state folder alone: each kept acknowledgement verified again, held against the list.

Needs no running gateway. Its clock and disk come in as arguments; what is not the follower's own word is not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from certs.profiles import Purpose
from certs.revocation.checking import check as check_revocation
from certs.revocation.checking import combine
from certs.revocation.home_reading import read_home
from certs.trust import load_trust
from certs.verification import Verdict, verify
from whitelist.acknowledgement.checking import (
    AcknowledgementFlaw,
    Expected,
    GatewayHolder,
    Judge,
    NodeHolder,
    RefusedAcknowledgement,
    check,
)
from whitelist.acknowledgement.folder import AcknowledgementFolder, Follower, Followers
from whitelist.acknowledgement.statement import Acknowledgement
from whitelist.emergency import running_stops
from whitelist.errors import MissingFileError, NotInitialisedError, PropagationUnknownError, StorageError
from whitelist.files import WhitelistFiles
from whitelist.in_force import Held, InForce, stops_digest
from whitelist.index import WhitelistIndex
from whitelist.office import base_of
from whitelist.propagation import FollowerState, Standing, standing_of

_FLAWS = frozenset(flaw.value for flaw in AcknowledgementFlaw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What must be in force, and how everybody stands to it, the gateway first."""

    reference: InForce
    followers: tuple[FollowerState, ...]

    @property
    def is_current(self) -> bool:
        """Whether all of them follow."""
        return all(state.is_current for state in self.followers)


def survey(files: WhitelistFiles, now: datetime) -> Survey:
    """Read the folder. Raises ``PropagationUnknownError`` where no gateway has asked yet, other errors of the list
    and of the certificates where those cannot be read.
    """
    folder = AcknowledgementFolder(files.acknowledgements)
    try:
        known = folder.read_followers()
    except MissingFileError as error:
        raise PropagationUnknownError(f"no gateway of this folder has asked anybody yet: {error}") from error
    published = _published(files, now)
    judge = _judge(files, now)
    words = [_word(folder, one, published, judge, now) for one in known.followers]
    reference = _since(published.in_force, words)
    states = (_state(one, word, reference, known, now) for one, word in zip(known.followers, words, strict=True))
    return Survey(reference=reference, followers=tuple(states))


_Word = Acknowledgement | RefusedAcknowledgement | None


def _published(files: WhitelistFiles, now: datetime) -> Held:
    """The list of the folder as a reader would hold it, taken up when it came."""
    base = base_of(files, now)
    if base.verified is None:
        raise NotInitialisedError("no list is published yet")
    stops = running_stops(files, base, now)
    try:
        came_at = datetime.fromtimestamp(files.published.stat().st_mtime, UTC)
    except OSError as error:
        raise StorageError(f"{files.published} cannot be read: {error.strerror}") from error
    in_force = InForce(
        environment=base.verified.whitelist.environment,
        version=base.verified.whitelist.version,
        digest=base.verified.digest,
        stops=stops_digest(stops),
        taken_up_at=max((came_at, *(running.stop.issued_at for running in stops))),
    )
    return Held(WhitelistIndex(base.verified.whitelist), in_force)


def _judge(files: WhitelistFiles, now: datetime) -> Judge:
    trust = load_trust(files.home.trust)
    revocations = read_home(files.home, trust, now=now)

    def judge(chain: Sequence[bytes], purpose: Purpose, at: datetime) -> Verdict:
        verdict = verify(chain, trust, purpose, at)
        return combine(verdict, check_revocation(verdict, revocations.state, revocations.policy, at))

    return judge


def _word(folder: AcknowledgementFolder, one: Follower, held: Held, judge: Judge, now: datetime) -> _Word:
    data = folder.read(one.id)
    if data is None:
        return None
    holder = GatewayHolder(held.index) if one.server_name is None else NodeHolder(one.server_name)
    expected = Expected(follower=one.id, environment=held.in_force.environment, holder=holder, nonce=None)
    return check(data, expected, judge, now)


def _since(published: InForce, words: Sequence[_Word]) -> InForce:
    """Lag counts from when the gateway took the list up, where it has; the gateway stands first."""
    first = words[0] if words else None
    if isinstance(first, Acknowledgement) and first.in_force.is_same_as(published):
        return first.in_force
    return published


def _state(one: Follower, word: _Word, reference: InForce, known: Followers, now: datetime) -> FollowerState:
    said = word if isinstance(word, Acknowledgement) else None
    standing, flaw = _standing(one, word, reference, known, now)
    lags = said is None or not said.in_force.is_same_as(reference)
    return FollowerState(
        follower=one.id,
        standing=standing,
        said=said,
        versions_behind=reference.version - said.in_force.version if said is not None else None,
        behind_s=max(0.0, (now - reference.taken_up_at).total_seconds()) if lags else 0.0,
        silent_since=said.said_at if said is not None and standing in (Standing.SILENT, Standing.REFUSED) else None,
        flaw=flaw,
    )


def _standing(
    one: Follower, word: _Word, reference: InForce, known: Followers, now: datetime
) -> tuple[Standing, str | None]:
    if isinstance(word, RefusedAcknowledgement):
        return Standing.REFUSED, word.flaw.value
    if one.flaw in _FLAWS:
        return Standing.REFUSED, one.flaw
    if word is None or (now - word.said_at).total_seconds() > known.silent_after_s:
        return Standing.SILENT, one.flaw
    return standing_of(word.in_force, reference), None
