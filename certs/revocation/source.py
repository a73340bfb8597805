"""Where a running gateway or node learns of revocations: files looked at often, taken up when they are new and hold.

A file that does not hold is logged with its flaw and changes nothing: what was taken up before stays, and so it does
when a file vanishes. Readers take ``current``, one attribute that is swapped whole, and need no lock. Where the
folders, or a file once read, cannot be read for longer than ``Hearing`` forgives, nobody is known to be good.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

import structlog

from certs.errors import RevocationPolicyError
from certs.hearing import Hearing
from certs.home import Home
from certs.private_files import make_private_folder, write_private
from certs.reasons import Reason
from certs.revocation.book import Known, RevocationBook
from certs.revocation.certificate_list import MAX_LIST_BYTES, CertificateList
from certs.revocation.checking import check, combine
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.freshness_log import FreshnessLog
from certs.revocation.ocsp import Asked, OcspAnswer
from certs.revocation.ocsp_reading import MAX_ANSWER_BYTES, subject_of
from certs.revocation.policy import STRICT
from certs.revocation.policy_document import MAX_POLICY_BYTES, policy_from_json
from certs.revocation.seen import SeenFile, SeenInMemory, SeenNumbers
from certs.settled_files import LOOKS, Stamp, is_still, make_durable, read_settled
from certs.trust import Trust
from certs.verification import Verdict

MAX_FILES = 10_000
MAX_WANTED = 4096
_LOOK_AGAIN = frozenset({Flaw.NOT_YET_ISSUED, Flaw.ANSWER_NOT_YET_ISSUED, Flaw.SEEN_UNREADABLE})
_log = structlog.get_logger(__name__)


class Refresh(IntEnum):
    """What a look at the files has brought; the most telling of all files counts."""

    UNCHANGED = 0
    UNREADABLE = 1
    REFUSED = 2
    TAKEN_UP = 3


class RevocationSource:
    """Reads one state folder for one set of trusted authorities.

    ``refresh`` costs a ``stat`` a file while nothing has changed. It may run in a thread, as may ``offer_list`` and
    ``offer_answer``; ``apply`` and ``take_wanted`` are for the event loop.
    """

    def __init__(
        self,
        home: Home,
        trust: Trust,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        seen: SeenNumbers | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        self._home = home
        self._trust = trust
        self._clock = clock
        self._book = RevocationBook(trust, seen if seen is not None else SeenInMemory(), clock)
        self._stamps: dict[Path, Stamp] = {}
        self._told: dict[Path, tuple[object, ...]] = {}
        self._refused_answers: set[Path] = set()
        self._freshness = FreshnessLog()
        self._wanted: dict[tuple[str, int], Asked] = {}
        self._lock = threading.Lock()
        self._hearing = hearing if hearing is not None else Hearing()
        self._missed = False

    @classmethod
    def of_home(
        cls,
        home: Home,
        trust: Trust,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        hearing: Hearing | None = None,
    ) -> "RevocationSource":
        """The lists, answers and policy of a state folder, with its memory of numbers."""
        return cls(home, trust, clock, SeenFile(home.revocation_lists / "seen.json"), hearing)

    @property
    def trust(self) -> Trust:
        """The authorities whose lists and answers are read."""
        return self._trust

    @property
    def current(self) -> Known:
        """The last good of everything."""
        return self._book.known

    @property
    def unheard(self) -> bool:
        """Whether the files could not be looked at for longer than is forgiven."""
        return self._hearing.lost

    def apply(self, verdict: Verdict, at: datetime) -> Verdict:
        """The verdict with revocation taken into account: on every request, after ``Verdict.at``."""
        if not verdict.ok:
            return verdict
        if self._hearing.lost:
            return replace(verdict, reason=Reason.REVOCATION_UNKNOWN, detail="the lists cannot be looked at")
        known = self._book.known
        authority, identity = verdict.authority, verdict.identity
        if known.asking and authority is not None and identity is not None and authority.common_name in known.asking:
            asked = Asked(authority, identity.serial)
            if len(self._wanted) < MAX_WANTED:
                self._wanted[asked.key] = asked
        return combine(verdict, check(verdict, known.state, known.policy, at))

    def take_wanted(self) -> tuple[Asked, ...]:
        """The certificates that were shown since the last call and whose authority can be asked."""
        wanted, self._wanted = self._wanted, {}
        return tuple(wanted.values())

    def refresh(self) -> Refresh:
        """Look at every file and take up what changed and holds. Never raises for what a file is or holds."""
        with self._lock:
            began_s, self._missed = self._hearing.now_s(), False
            outcome = self._look_at_policy()
            for path in self._files(self._home.revocation_lists, ".crl"):
                outcome = max(outcome, self._look_at(path, MAX_LIST_BYTES, self._judge_list))
            for path in self._files(self._home.revocation_answers, ".ocsp"):
                outcome = max(outcome, self._look_at(path, MAX_ANSWER_BYTES, self._judge_answer))
            if not self._missed:
                self._hearing.heard(began_s)
            self._book.forget_ended_answers()
            self._book.settle()
            self._freshness.tell(self._trust, self.current.state, self.current.policy, self._clock())
            return outcome

    def follow(self, trust: Trust) -> None:
        """Read lists and answers for these authorities from now on; what was refused before is judged again.

        What is known of an authority that is gone is kept: should it come back, nobody it revoked comes with it.
        """
        with self._lock:
            self._trust = trust
            self._book.follow(trust)
            for path in self._told:
                self._stamps.pop(path, None)
            self._told.clear()
        self.refresh()

    def offer_list(self, data: bytes) -> CertificateList | Rejected:
        """A list that came another way: judged like a file, and kept as one so that it outlives the process."""
        with self._lock:
            return self._book.take_list(data, lambda judged: self._keep(self._fetched(judged), data))

    def offer_answer(self, data: bytes, asked: Asked, nonce: bytes | None) -> OcspAnswer | Rejected:
        """An answer to a question just asked: judged like a file, and kept as one."""
        with self._lock:
            judged = self._book.take_answer(data, asked, nonce)
            if isinstance(judged, Rejected):
                return judged
            self._keep(self._home.revocation_answer(f"{asked.authority.id[:16]}-{asked.serial:x}"), data)
            return judged

    def _files(self, folder: Path, suffix: str) -> list[Path]:
        """The folder's files of that kind. A folder may be missing, but not once files were read from it."""
        try:
            found = sorted(name for name in os.listdir(folder) if name.endswith(suffix) and name[0] != ".")
        except FileNotFoundError:
            self._missed = self._missed or any(path.parent == folder for path in self._stamps)
            return []
        except OSError as error:
            self._missed = True
            self._tell("revocation.unreadable", folder, error=error.strerror or str(error))
            return []
        return [folder / name for name in found[:MAX_FILES]]

    def _fetched(self, judged: CertificateList) -> Path:
        return self._home.revocation_list(f"fetched-{judged.key[:16]}")

    def _look_at_policy(self) -> Refresh:
        """Taking the file away is a change like any other: back to the strict policy."""
        path = self._home.revocation_policy
        if path.exists():
            return self._look_at(path, MAX_POLICY_BYTES, self._judge_policy)
        self._stamps.pop(path, None)
        if self.current.policy is STRICT:
            return Refresh.UNCHANGED
        self._book.adopt(STRICT)
        return Refresh.TAKEN_UP

    def _look_at(
        self, path: Path, most_bytes: int, judge: Callable[[Path, bytes], Rejected | None], looks: int = LOOKS
    ) -> Refresh:
        try:
            if self._stamps.get(path) == Stamp.of(path.stat()):
                return Refresh.UNCHANGED
            self._stamps[path], data = read_settled(path, most_bytes)
        except OSError as error:
            self._missed = self._missed or (path in self._stamps and not isinstance(error, FileNotFoundError))
            self._tell("revocation.unreadable", path, error=error.strerror or str(error))
            return Refresh.UNREADABLE
        flaw = judge(path, data)
        if flaw is None:
            self._told.pop(path, None)
            return Refresh.TAKEN_UP
        if looks > 1 and not is_still(path, self._stamps[path]):
            # The next list was put there meanwhile, and another reader has seen it: nobody has rolled anything back.
            return self._look_at(path, most_bytes, judge, looks - 1)
        if flaw.flaw in _LOOK_AGAIN:
            del self._stamps[path]
        self._tell("revocation.refused", path, flaw=flaw.flaw.value, detail=flaw.detail)
        return Refresh.REFUSED

    def _judge_policy(self, _: Path, data: bytes) -> Rejected | None:
        try:
            self._book.adopt(policy_from_json(data))
        except RevocationPolicyError as error:
            return Rejected(Flaw.POLICY, str(error))
        return None

    def _judge_list(self, path: Path, data: bytes) -> Rejected | None:
        judged = self._book.take_list(data, lambda _: self._outlast(path))
        if isinstance(judged, Rejected):
            return judged
        # A responder may be believed now that the list of its authority is there.
        for path in self._refused_answers:
            self._stamps.pop(path, None)
        return None

    def _judge_answer(self, path: Path, data: bytes) -> Rejected | None:
        self._refused_answers.discard(path)
        asked = subject_of(data, self._trust)
        judged = asked if isinstance(asked, Rejected) else self._book.take_answer(data, asked, None)
        if isinstance(judged, Rejected):
            self._refused_answers.add(path)
            return judged
        return None

    def _outlast(self, path: Path) -> bool:
        return self._is_done(path, lambda: make_durable(path))

    def _keep(self, path: Path, data: bytes) -> bool:
        def write() -> None:
            make_private_folder(path.parent)
            write_private(path, data)
            self._stamps[path] = Stamp.of(path.stat())

        return self._is_done(path, write)

    def _is_done(self, path: Path, step: Callable[[], None]) -> bool:
        try:
            step()
        except OSError as error:
            self._tell("revocation.not_kept", path, error=error.strerror or str(error))
            return False
        return True

    def _tell(self, event: str, path: Path, **facts: object) -> None:
        """Log a trouble once, not at every look."""
        told = (event, *facts.values())
        if self._told.get(path) != told:
            self._told[path] = told
            _log.error(event, path=str(path), **facts)
