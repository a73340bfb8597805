"""Officers act in any order, an attacker with one key among them: what must never happen does not."""

import json
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from certs.home import Home
from ror.access import Transaction
from whitelist import approvals, office
from whitelist.decision import Admission, admit
from whitelist.document import PartnerStatus
from whitelist.emergency import running_stops, stop_partner
from whitelist.errors import WhitelistError
from whitelist.files import WhitelistFiles, read_trust
from whitelist.jws import SignedFile, read_signed
from whitelist.officers import OfficerKey
from whitelist.roster import with_new_key, with_officer, without_officer
from whitelist.signature import sign, verify
from whitelist.source import WhitelistSource
from whitelist.stops import LONGEST, Stop, StopKind
from whitelist.verdict import Rejected, Verified

NAMES = ("alice", "bob", "carol")
PARTNERS = ("samu-rhone", "portail")
_NO_SHRINKING = (Phase.explicit, Phase.generate)
officers = st.sampled_from((*NAMES, "dave"))
partners = st.sampled_from(PARTNERS)


@dataclass
class Ledger:
    """What the test itself saw happen: who put which content forward, who approved it, who stopped whom."""

    authors: dict[str, str] = field(default_factory=dict)
    approvers: dict[str, set[str]] = field(default_factory=dict)
    files: list[bytes] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    lifted: set[str] = field(default_factory=set)
    known_when_put_forward: dict[str, set[str]] = field(default_factory=dict)


class Governance(RuleBasedStateMachine):
    make_partner = None
    identity_for = None
    start: datetime

    @initialize()
    def found(self):
        self.folder = Path(tempfile.mkdtemp(prefix="governance-"))
        self.files = WhitelistFiles(Home(self.folder / "home"))
        self.now = self.start
        self.ledger = Ledger()
        self.revoked: set[str] = set()
        self.version = 1
        trust = office.found(self.files, environment="test", officers=NAMES, threshold=2)
        office.keep_key(self.files, OfficerKey.generate("dave"))

        def listed(draft):
            for id_ in PARTNERS:
                far = self.start + timedelta(days=300)
                draft = draft.with_partner(type(self).make_partner(id_, valid_to=far))
            return draft

        office.publish_changed(self.files, office.keys_here(self.files, trust), self.now, listed)
        self.source = WhitelistSource.of_home(self.files.home, lambda: self.now)
        self.source.refresh()

    def teardown(self):
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    # What officers do

    @rule(partner=partners, quota=st.integers(1, 5))
    def change(self, partner, quota):
        self._drafted(lambda draft, base: draft.with_changed(replace(draft.partner(partner), quota=quota)))

    @rule(partner=partners)
    def revoke(self, partner):
        self._drafted(lambda draft, base: draft.with_revoked(partner, "essai"))

    @rule(partner=partners)
    def resume(self, partner):
        def resumed(draft, base):
            stops = [
                one.stop.lifted for one in running_stops(self.files, base, self.now) if one.stop.partner == partner
            ]
            return draft.with_resumed(partner, "essai", stops)

        self._drafted(resumed)

    @rule(name=officers, how=st.sampled_from(["add", "remove", "rotate"]))
    def change_officers(self, name, how):
        def changed(draft, base):
            if how == "remove":
                return without_officer(draft, base.officers, name)
            fresh = OfficerKey.generate(name)
            office.keep_key(self.files, fresh)
            return (with_officer if how == "add" else with_new_key)(draft, base.officers, fresh.officer)

        self._drafted(changed)

    @rule(name=officers)
    def put_forward(self, name):
        try:
            keys = approvals.author_keys(self.files, name, self.now)
            proposal = approvals.propose(self.files, keys, self.now, reason="essai")
        except WhitelistError:
            return
        digest = proposal.file.digest
        self.ledger.authors[digest] = name
        self.ledger.approvers.setdefault(digest, set())
        base = office.base_of(self.files, self.now)
        running = running_stops(self.files, base, self.now)
        self.ledger.known_when_put_forward[digest] = {one.stop.id for one in running}
        self._remember_file()

    @rule(name=officers, which=st.integers(0, 50))
    def approve(self, name, which):
        """With the hash of any proposal ever seen, the present one's or another's."""
        try:
            proposal, _ = approvals.proposal_of(self.files, self.now)
            keys = approvals.approver_keys(self.files, name, self.now)
        except WhitelistError:
            return
        hashes = [self._hash_of(data) for data in self.ledger.files]
        chosen = hashes[which % len(hashes)] if which % 3 == 0 and hashes else proposal.difference.digest
        try:
            approved = approvals.approve_proposal(self.files, keys, self.now, difference=chosen)
        except WhitelistError:
            return
        assert chosen == proposal.difference.digest
        assert self.ledger.authors[approved.file.digest] != name
        self.ledger.approvers[approved.file.digest].add(name)
        self._remember_file()

    @rule()
    def publish(self):
        before = office.base_of(self.files, self.now)
        try:
            published = approvals.publish_proposal(self.files, self.now)
        except WhitelistError:
            return
        self._held(published.verified, before)

    @rule(
        author=st.sampled_from(NAMES),
        approver=st.sampled_from(NAMES),
        what=st.sampled_from(["quota", "resume", "add", "remove", "rotate"]),
        partner=partners,
        name=officers,
    )
    def go_the_whole_way(self, author, approver, what, partner, name):
        self.discard()
        if what == "quota":
            self.change(partner, 7)
        elif what == "resume":
            self.resume(partner)
        else:
            self.change_officers(name, what)
        self.put_forward(author)
        self.approve(approver, 1)
        self.publish()

    @rule(name=officers, partner=partners, kind=st.sampled_from(StopKind), hours=st.integers(1, 72))
    def stop(self, name, partner, kind, hours):
        base = office.base_of(self.files, self.now)
        try:
            key = office.read_officer_key(self.files, name, base.officers)
            running = stop_partner(
                self.files, key, base, self.now, partner_id=partner, kind=kind, reason="essai", hours=hours
            )
        except WhitelistError:
            return
        self.ledger.stops.append(running.stop)

    @rule()
    def discard(self):
        try:
            office.discard_draft(self.files)
        except WhitelistError:
            return

    @rule(hours=st.sampled_from([0, 1, 5, 24, 73]))
    def wait(self, hours):
        self.now += timedelta(hours=hours, seconds=1)

    # What an attacker does who holds one officer's key, or the folder

    @precondition(lambda self: len(self.ledger.files) > 0)
    @rule(which=st.integers(0, 50), others=st.integers(0, 50))
    def put_an_old_proposal_back_with_signatures_of_another(self, which, others):
        one = read_signed(self.ledger.files[which % len(self.ledger.files)])
        other = read_signed(self.ledger.files[others % len(self.ledger.files)])
        graft = SignedFile(one.payload, one.encoded_payload, other.signatures, one.rotations)
        self.files.proposal.write_bytes(graft.to_bytes())

    @precondition(lambda self: len(self.ledger.files) > 0)
    @rule(which=st.integers(0, 50))
    def put_an_old_proposal_back(self, which):
        self.files.proposal.write_bytes(self.ledger.files[which % len(self.ledger.files)])

    @rule(name=officers)
    def sign_a_list_alone(self, name):
        base = office.base_of(self.files, self.now)
        try:
            key = office.read_officer_key(self.files, name, base.officers)
        except WhitelistError:
            return
        forged = replace(base.whitelist, version=base.whitelist.version + 1, threshold=1, origin=None)
        for data in (sign(forged, [key], base.rotations), sign(forged, [key])):
            assert isinstance(verify(data, read_trust(self.files), now=self.now, last=None), Rejected)

    @rule()
    def take_the_stops_away(self):
        self.source.refresh()
        shutil.rmtree(self.files.stops, ignore_errors=True)

    # What must hold

    @invariant()
    def the_list_in_force_is_one_that_a_reader_takes_up_from_the_first_pin(self):
        data = self.files.published.read_bytes()
        verdict = verify(data, read_trust(self.files), now=self.now, last=None)
        authentic = verdict if isinstance(verdict, Verified) else verdict.authentic
        assert authentic is not None
        assert authentic.whitelist.version == self.version

    @invariant()
    def what_is_revoked_stays_revoked(self):
        whitelist = office.current_list(self.files, self.now)
        revoked = {one.id for one in whitelist.partners if one.status is PartnerStatus.REVOKED}
        assert self.revoked <= revoked
        self.revoked = revoked

    @invariant()
    def a_stop_keeps_its_partner_out_whatever_is_published(self):
        self.source.refresh()
        index = self.source.current
        if index is None:
            return
        first: dict[tuple[str, str], datetime] = {}
        for stop in self.ledger.stops:
            began = first.setdefault((stop.officer, stop.partner), stop.issued_at)
            if self.now < min(stop.until, began + LONGEST) and stop.id not in self.ledger.lifted:
                identity = type(self).identity_for(type(self).make_partner(stop.partner))
                decision = admit(index, identity, Transaction.SEARCH, self.now)
                assert not isinstance(decision, Admission)

    def _held(self, verified, before):
        """What was published was put forward by one officer and approved by others, enough of them, all of it."""
        digest = verified.digest
        author = self.ledger.authors[digest]
        others = self.ledger.approvers[digest]
        assert author not in others
        assert 1 + len(others) >= max(before.officers.threshold, verified.officers.threshold)
        standing = {one.name for one in (*before.officers.officers, *verified.officers.officers)}
        assert {author, *others} <= standing
        assert verified.whitelist.version > self.version
        self.version = verified.whitelist.version
        new = {one.stop for one in verified.whitelist.lifted} - self.ledger.lifted
        assert new <= self.ledger.known_when_put_forward[digest]
        self.ledger.lifted |= new

    def _drafted(self, change):
        try:
            office.change_draft_of(self.files, self.now, change)
        except WhitelistError:
            if self.files.draft.exists():
                office.discard_draft(self.files)

    def _remember_file(self):
        self.ledger.files.append(self.files.proposal.read_bytes())

    @staticmethod
    def _hash_of(data):
        return json.loads(read_signed(data).payload)["origin"]["difference"]


def test_nothing_is_published_that_others_did_not_approve_and_no_stop_is_overtaken(make_partner, identity_for, now):
    Governance.make_partner = staticmethod(make_partner)
    Governance.identity_for = staticmethod(identity_for)
    Governance.start = now
    run_state_machine_as_test(
        Governance,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )


@pytest.mark.full
@pytest.mark.timeout(0)
def test_the_same_for_a_long_time(make_partner, identity_for, now):
    Governance.make_partner = staticmethod(make_partner)
    Governance.identity_for = staticmethod(identity_for)
    Governance.start = now
    run_state_machine_as_test(
        Governance,
        settings=settings(
            max_examples=1_000, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )


def test_the_control_a_machine_that_may_publish_alone_is_caught(make_partner, identity_for, now, monkeypatch):
    """The machine does find it when the rule is broken: an author's own approval counted as another's."""
    monkeypatch.setattr("whitelist.proposal.Officer.is_same_person", lambda self, other: False)
    monkeypatch.setattr("whitelist.proposal.Proposal.missing", property(lambda self: 0))
    monkeypatch.setattr("whitelist.approvals.put_in_force", _put_in_force_unjudged)
    Governance.make_partner = staticmethod(make_partner)
    Governance.identity_for = staticmethod(identity_for)
    Governance.start = now
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Governance,
            settings=settings(
                max_examples=200,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
                report_multiple_bugs=False,
                phases=_NO_SHRINKING,
            ),
        )


def _put_in_force_unjudged(files, data, base, now):
    """A publisher that judges nothing."""
    whitelist = replace(base.whitelist, version=base.whitelist.version + 1)
    file = read_signed(data)
    verified = Verified(whitelist=whitelist, digest=file.digest, signers=(), officers=base.officers, file=file)
    files.published.write_bytes(data)
    return office.Published(verified=verified, changes=())
