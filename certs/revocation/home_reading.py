"""One look at the revocations of a state folder, without a trace: for commands, which run once and log nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from certs.errors import RevocationListError, SeenNumberError
from certs.home import Home
from certs.revocation.certificate_list import MAX_LIST_BYTES, CertificateList, read_list, supersedes
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.ocsp import OcspAnswer
from certs.revocation.ocsp_reading import MAX_ANSWER_BYTES, Circumstances, read_answer, subject_of
from certs.revocation.policy import RevocationPolicy
from certs.revocation.policy_document import load_policy
from certs.revocation.seen import SeenFile
from certs.revocation.state import RevocationState
from certs.trust import Trust


@dataclass(frozen=True, slots=True)
class HomeRevocations:
    """What a server of this state folder would know and demand, and which files it would refuse."""

    state: RevocationState
    policy: RevocationPolicy
    refused: tuple[tuple[Path, Rejected], ...]


def read_home(home: Home, trust: Trust, *, now: datetime) -> HomeRevocations:
    """Read lists, answers and policy as a server does. Raises ``RevocationListError``, ``RevocationPolicyError``."""
    state, refused = RevocationState(), []
    for path in sorted(home.revocation_lists.glob("*.crl")):
        judged = judge_list(home, read_bytes(path, MAX_LIST_BYTES), state, trust, now)
        if isinstance(judged, Rejected):
            refused.append((path, judged))
        else:
            state = state.with_list(judged)
    for path in sorted(home.revocation_answers.glob("*.ocsp")):
        answer = _answer(read_bytes(path, MAX_ANSWER_BYTES), state, trust, now)
        if isinstance(answer, Rejected):
            refused.append((path, answer))
        else:
            state = state.with_answers({answer.asked.key: answer})
    return HomeRevocations(state, load_policy(home.revocation_policy), tuple(refused))


def judge_list(
    home: Home, data: bytes, state: RevocationState, trust: Trust, now: datetime
) -> CertificateList | Rejected:
    """What a server of this state folder that knows ``state`` makes of a list."""
    judged = read_list(data, trust, now=now)
    if isinstance(judged, Rejected):
        return judged
    last = state.lists.get(judged.key)
    try:
        seen = SeenFile(home.revocation_lists / "seen.json").newest(judged.key)
    except SeenNumberError as error:
        return Rejected(Flaw.SEEN_UNREADABLE, str(error))
    return supersedes(judged, last.seen if last else None) or supersedes(judged, seen) or judged


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """The file's bytes, at most one more than ``most_bytes``. Raises ``RevocationListError``."""
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        raise RevocationListError(f"{path} cannot be read: {error.strerror}") from error


def _answer(data: bytes, state: RevocationState, trust: Trust, now: datetime) -> OcspAnswer | Rejected:
    asked = subject_of(data, trust)
    if isinstance(asked, Rejected):
        return asked
    lists, last = state.lists_of(asked.authority), state.answers.get(asked.key)
    return read_answer(data, asked, Circumstances(now=now, lists=lists, last=last))
