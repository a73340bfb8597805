"""Putting forward, approving, publishing: who may, what is void, what a crash leaves behind."""

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest

from whitelist import approvals, office
from whitelist.document import PartnerStatus
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.draft import Draft
from whitelist.emergency import running_stops, stop_partner
from whitelist.errors import (
    ApprovalError,
    NoProposalError,
    NotApprovedError,
    OfficerError,
    PartnerRevokedError,
    PartnerUnknownError,
    ProposalError,
    ProposalStandsError,
    RosterError,
    StaleDraftError,
    StopError,
    UnusableListError,
)
from whitelist.files import read_trust
from whitelist.jws import SignedFile, read_signed, signed
from whitelist.officers import OfficerKey
from whitelist.proposal import read_proposal
from whitelist.roster import with_new_key, with_officer, without_officer
from whitelist.seen import SeenFile
from whitelist.stops import StopKind
from whitelist.verdict import Verified

HOUR = timedelta(hours=1)


@pytest.fixture
def put(two, key_of, now):
    """Puts a draft forward; the draft is whatever ``change`` makes of the list in force."""

    def put(change=lambda draft: draft, *, author="officer-1", at=now, **told):
        office.change_draft(two, at, change)
        keys = approvals.author_keys(two, author, at)
        return approvals.propose(two, keys, at, reason="essai", **told)

    return put


@pytest.fixture
def approve(two, now):
    def approve(officer="officer-2", *, difference=None, at=now, path=None):
        shown = approvals.proposal_of(two, at, path)[0].difference.digest
        keys = approvals.approver_keys(two, officer, at, path)
        return approvals.approve_proposal(two, keys, at, difference=difference or shown, path=path)

    return approve


@pytest.fixture
def stop(two, key_of, now):
    def stop(partner_id="samu-rhone", *, officer="officer-2", kind=StopKind.REVOKE, at=now, hours=24):
        base = office.base_of(two, at)
        key = key_of(officer)
        return stop_partner(two, key, base, at, partner_id=partner_id, kind=kind, reason="clé volée", hours=hours)

    return stop


def _quota(number):
    return lambda draft: draft.with_changed(replace(draft.partner("samu-rhone"), quota=number))


def _in_force(files, now):
    return office.current_list(files, now)


def test_a_change_approved_by_a_second_officer_is_published(two, put, approve, now):
    proposal = put(_quota(61))
    assert proposal.missing == 1
    assert not two.draft.exists()

    approved = approve()
    assert (approved.missing, approved.approvers) == (0, ("officer-2",))
    published = approvals.publish_proposal(two, now)

    assert _in_force(two, now).partner("samu-rhone").quota == 61
    assert set(published.verified.signers) == {"officer-1", "officer-2"}
    assert not two.proposal.exists()
    origin = published.verified.whitelist.origin
    assert (origin.author, origin.reason, origin.base_version) == ("officer-1", "essai", 1)


def test_what_is_published_is_byte_for_byte_what_was_approved(two, put, approve, now):
    put(_quota(61))
    approved = approve()

    approvals.publish_proposal(two, now)

    assert two.published.read_bytes() == approved.to_bytes()


def test_nobody_approves_his_own_change(two, put, approve, now):
    put(_quota(61))

    with pytest.raises(ApprovalError, match="put it forward"):
        approve("officer-1")
    with pytest.raises(NotApprovedError):
        approvals.publish_proposal(two, now)
    assert _in_force(two, now).version == 1


def test_an_approval_is_given_once(two, put, approve):
    put(_quota(61))
    approve()

    with pytest.raises(ApprovalError, match="already"):
        approve()


def test_an_approval_of_another_hash_is_refused(put, approve):
    proposal = put(_quota(61))

    for other in ("0" * 64, proposal.difference.digest[:63], proposal.difference.digest.upper(), ""):
        with pytest.raises(ApprovalError, match="hash"):
            approve(difference=other or " ")


def test_the_hash_of_a_proposal_discarded_and_made_anew_approves_nothing(two, put, approve, now):
    old = put(_quota(61)).difference.digest
    office.discard_draft(two)
    put(_quota(1_000))

    with pytest.raises(ApprovalError, match="hash"):
        approve(difference=old)


def test_no_officer_of_elsewhere_approves(two, put, now, second_key):
    proposal = put(_quota(61))

    with pytest.raises(OfficerError):
        approvals.approver_keys(two, "officer-3", now)
    with pytest.raises(ApprovalError, match="not an officer's"):
        approvals.approve_proposal(two, [second_key], now, difference=proposal.difference.digest)


def test_one_proposal_waits_at_a_time(two, put, now):
    put(_quota(61))

    with pytest.raises(ProposalStandsError):
        put(_quota(62))
    assert two.draft.exists()


def test_a_proposal_overtaken_by_another_version_is_void_and_stands_in_nobodys_way(two, put, approve, now, key_of):
    put(_quota(61))
    approve()
    keys = (key_of("officer-1"), key_of("officer-2"))
    office.publish_changed(two, keys, now, _quota(7))

    with pytest.raises(StaleDraftError):
        approve("officer-2")
    with pytest.raises(StaleDraftError):
        approvals.publish_proposal(two, now)
    assert put(_quota(8)).whitelist.version == 3


def test_signatures_of_one_proposal_are_worth_nothing_on_another(two, put, approve, now):
    put(_quota(61))
    approved = approve()
    office.discard_draft(two)
    other = put(_quota(1_000))
    graft = SignedFile(other.file.payload, other.file.encoded_payload, approved.file.signatures)
    two.proposal.write_bytes(graft.to_bytes())

    with pytest.raises(ProposalError, match="wrong"):
        approvals.publish_proposal(two, now)


@pytest.mark.parametrize(
    "edit",
    [
        lambda whitelist: replace(whitelist, partners=(replace(whitelist.partners[0], quota=1_000_000),)),
        lambda whitelist: replace(whitelist, origin=replace(whitelist.origin, difference="0" * 64)),
        lambda whitelist: replace(whitelist, origin=replace(whitelist.origin, author="officer-2")),
        lambda whitelist: replace(whitelist, origin=None),
        lambda whitelist: replace(whitelist, environment="other"),
        lambda whitelist: replace(whitelist, threshold=1),
        lambda whitelist: replace(whitelist, version=7),
        lambda whitelist: replace(whitelist, officers_version=2),
    ],
)
def test_a_proposal_edited_and_signed_again_by_its_author_alone_goes_nowhere(two, put, approve, key_of, now, edit):
    put(_quota(61))
    approve()
    edited = edit(read_whitelist(read_signed(two.proposal.read_bytes()).payload))
    two.proposal.write_bytes(signed(write_whitelist(edited), [key_of("officer-1")]).to_bytes())

    with pytest.raises((ProposalError, NotApprovedError, StaleDraftError)):
        approvals.publish_proposal(two, now)
    assert _in_force(two, now).version == 1


def test_a_proposal_that_states_another_hash_than_its_own_is_void(two, put, key_of, now):
    proposal = put(_quota(61))
    lie = replace(proposal.whitelist, origin=replace(proposal.origin, difference="0" * 64))
    two.proposal.write_bytes(signed(write_whitelist(lie), [key_of("officer-1")]).to_bytes())

    with pytest.raises(ProposalError, match="not the one that it makes"):
        approvals.proposal_of(two, now)


def test_a_proposal_that_its_author_has_not_signed_is_void(two, put, key_of, now):
    proposal = put(_quota(61))
    two.proposal.write_bytes(signed(write_whitelist(proposal.whitelist), [key_of("officer-2")]).to_bytes())

    with pytest.raises(ProposalError, match="has not signed"):
        approvals.proposal_of(two, now)


def test_a_proposal_with_a_strangers_signature_is_void(two, put, key_of, second_key, now):
    proposal = put(_quota(61))
    keys = [key_of("officer-1"), second_key]
    two.proposal.write_bytes(signed(write_whitelist(proposal.whitelist), keys).to_bytes())

    with pytest.raises(ProposalError, match="no officer's"):
        approvals.proposal_of(two, now)


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00" * 9])
def test_what_is_no_proposal_is_void(two, now, data):
    two.proposal.write_bytes(data)

    with pytest.raises(ProposalError):
        approvals.publish_proposal(two, now)


def test_without_a_proposal_there_is_nothing_to_do(two, now):
    with pytest.raises(NoProposalError):
        approvals.publish_proposal(two, now)
    with pytest.raises(NoProposalError):
        approvals.proposal_of(two, now, two.home.root / "nothing.jws")


def test_a_proposal_that_expired_while_it_waited_is_not_published(two, put, approve, now):
    put(_quota(61), life=timedelta(days=1))
    approve()

    with pytest.raises(UnusableListError, match="expired"):
        approvals.publish_proposal(two, now + timedelta(days=1))


def test_without_a_draft_the_list_in_force_is_renewed(two, approve, now, key_of):
    later = now + timedelta(days=80)
    approvals.propose(two, [key_of("officer-1")], later, reason="trimestre")
    approve(at=later)

    published = approvals.publish_proposal(two, later)

    assert published.changes == ()
    assert published.verified.whitelist.expires_at == later + timedelta(days=90)


def test_a_proposal_travels_between_desks_as_a_file(two, put, approve, now, tmp_path):
    put(_quota(61))
    sent = tmp_path / "sent.jws"
    sent.write_bytes(two.proposal.read_bytes())

    approve(path=sent)
    approvals.publish_proposal(two, now, sent)

    assert _in_force(two, now).version == 2
    assert not sent.exists()


# Revocation is final, whatever the draft says


def test_a_revoked_entry_is_neither_changed_nor_its_key_listed_again(two, key_of, now, make_partner):
    keys = (key_of("officer-1"), key_of("officer-2"))
    office.publish_changed(two, keys, now, lambda draft: draft.with_revoked("samu-rhone", "clé perdue"))
    revoked = _in_force(two, now).partner("samu-rhone")

    for change in (
        lambda draft: draft.with_changed(replace(revoked, spki="0" * 64)),
        lambda draft: replace(draft, partners=(*draft.partners, make_partner("new", spki=revoked.spki))),
    ):
        with pytest.raises(PartnerRevokedError):
            office.publish_changed(two, keys, now, change)


def test_two_entries_with_one_key_are_revoked_one_after_the_other(two, key_of, now, make_partner):
    keys = (key_of("officer-1"), key_of("officer-2"))
    twin = make_partner("twin", spki=make_partner().spki)
    office.publish_changed(two, keys, now, lambda draft: draft.with_partner(twin))
    office.publish_changed(two, keys, now, lambda draft: draft.with_revoked("samu-rhone", "x"))
    office.publish_changed(two, keys, now, lambda draft: draft.with_revoked("twin", "x"))

    assert {partner.status for partner in _in_force(two, now).partners} == {PartnerStatus.REVOKED}


def test_a_draft_begun_from_other_content_of_the_same_version_is_stale(two, now):
    current = _in_force(two, now)
    draft = replace(Draft.of(current), base_digest="0" * 64)
    two.draft.write_bytes(draft.to_json())

    with pytest.raises(StaleDraftError, match="another version 1"):
        approvals.propose(two, approvals.author_keys(two, "officer-1", now), now, reason="x")


# Stops against publication


def test_a_stop_made_after_a_change_was_put_forward_keeps_it_from_being_published(two, put, approve, stop, now):
    put(_quota(61))
    approve()
    stop(at=now + HOUR)

    with pytest.raises(ProposalError, match="not known"):
        approvals.publish_proposal(two, now + HOUR * 2)


def test_a_stop_does_not_hold_up_what_does_not_concern_its_partner(two, put, approve, stop, now, make_partner):
    put(lambda draft: draft.with_partner(make_partner("other")))
    approve()
    stop(at=now + HOUR)

    approvals.publish_proposal(two, now + HOUR * 2)

    assert len(running_stops(two, office.base_of(two, now + HOUR * 2), now + HOUR * 2)) == 1


def test_a_resumption_lifts_the_stops_it_knew_and_no_other(two, put, approve, stop, now):
    known = stop()
    put(lambda draft: draft.with_resumed("samu-rhone", "fausse alerte", [known.stop.lifted]), at=now + HOUR)
    approve(at=now + HOUR)
    later = now + HOUR * 2
    other = stop(at=later, officer="officer-1")

    with pytest.raises(ProposalError, match="not known"):
        approvals.publish_proposal(two, later)
    held = running_stops(two, office.base_of(two, later), later)
    assert {running.stop for running in held} == {known.stop, other.stop}


def test_a_resumed_partner_stays_resumed_in_the_versions_after(two, put, approve, stop, now):
    known = stop()
    put(lambda draft: draft.with_resumed("samu-rhone", "fausse alerte", [known.stop.lifted]))
    approve()
    approvals.publish_proposal(two, now)
    put(_quota(61))
    approve()
    approvals.publish_proposal(two, now)

    assert running_stops(two, office.base_of(two, now), now) == ()
    assert len(_in_force(two, now).lifted) == 1
    later = now + HOUR * 25
    put(_quota(62), at=later)
    approve(at=later)
    approvals.publish_proposal(two, later)
    assert _in_force(two, later).lifted == ()


def test_a_confirmed_stop_lasts(two, put, approve, stop, now):
    stop()
    put(lambda draft: draft.with_revoked("samu-rhone", "clé volée"))
    approve()
    approvals.publish_proposal(two, now)

    later = now + HOUR * 100
    assert running_stops(two, office.base_of(two, later), later) == ()
    assert _in_force(two, later).partner("samu-rhone").status is PartnerStatus.REVOKED


def test_an_officer_stops_alone_but_not_for_ever(two, stop, now):
    stop(hours=72)

    with pytest.raises(StopError, match="as long as one officer may"):
        stop(at=now + HOUR * 72)
    stop(at=now + HOUR * 72, officer="officer-1")


def test_nobody_and_whoever_is_revoked_already_is_not_stopped(two, stop, key_of, now):
    with pytest.raises(PartnerUnknownError):
        stop("nobody")
    with pytest.raises(StopError):
        stop(hours=73)
    keys = (key_of("officer-1"), key_of("officer-2"))
    office.publish_changed(two, keys, now, lambda draft: draft.with_revoked("samu-rhone", "x"))
    with pytest.raises(StopError, match="revoked already"):
        stop()


def test_a_stop_waits_for_nobody_who_holds_the_desk(two, stop, now):
    from whitelist.files import exclusive

    with exclusive(two):
        stop()


# Officers who change


@pytest.fixture
def change_officers(two, put, approve, now):
    """Publishes a change of the officers, put forward by one and approved by the other."""

    def change(how, *, author="officer-1", approver="officer-2"):
        current = office.base_of(two, now).officers
        put(lambda draft: how(draft, current), author=author)
        approve(approver)
        return approvals.publish_proposal(two, now).verified

    return change


def test_an_officer_comes_with_the_signatures_of_those_who_are_there(two, change_officers, put, approve, now):
    carol = OfficerKey.generate("carol")
    office.keep_key(two, carol)

    verified = change_officers(lambda draft, officers: with_officer(draft, officers, carol.officer))

    assert verified.officers.version == 2
    assert [one.name for one in verified.officers.officers] == ["officer-1", "officer-2", "carol"]
    put(_quota(61), author="carol")
    approve("officer-1")
    assert set(approvals.publish_proposal(two, now).verified.signers) == {"carol", "officer-1"}


def test_the_pin_stays_as_it_was_and_still_leads_to_the_list(two, change_officers, now):
    pinned = read_trust(two)
    carol = OfficerKey.generate("carol")

    change_officers(lambda draft, officers: with_officer(draft, officers, carol.officer))

    assert read_trust(two) == pinned
    assert isinstance(office.judge_published(two, now), Verified)
    assert SeenFile(two.seen).all().officers.number == 2


def test_a_new_officer_does_not_help_to_let_himself_in(two, put, approve, now):
    carol = OfficerKey.generate("carol")
    office.keep_key(two, carol)
    current = office.base_of(two, now).officers
    put(lambda draft: with_officer(draft, current, carol.officer))
    approved = approve("carol")

    assert approved.missing == 1
    with pytest.raises(NotApprovedError):
        approvals.publish_proposal(two, now)


def test_an_officer_goes_and_signs_nothing_any_more(two, change_officers, put, approve, now):
    carol = OfficerKey.generate("carol")
    office.keep_key(two, carol)
    change_officers(lambda draft, officers: with_officer(draft, officers, carol.officer))

    change_officers(lambda draft, officers: without_officer(draft, officers, "officer-2"), approver="carol")

    with pytest.raises(OfficerError):
        approvals.author_keys(two, "officer-2", now)
    put(_quota(61))
    with pytest.raises(OfficerError):
        approve("officer-2")


def test_a_rotated_key_signs_and_the_old_one_does_not(two, change_officers, put, approve, now, key_of):
    old = key_of("officer-2")
    fresh = OfficerKey.generate("officer-2")
    office.keep_key(two, fresh)

    verified = change_officers(lambda draft, officers: with_new_key(draft, officers, fresh.officer))

    assert verified.officers.named("officer-2").kid == fresh.officer.kid
    proposal = put(_quota(61))
    with pytest.raises(ApprovalError, match="not an officer's"):
        approvals.approve_proposal(two, [old], now, difference=proposal.difference.digest)
    approve("officer-2")
    approvals.publish_proposal(two, now)


def test_an_officer_puts_his_own_new_key_forward_with_both(two, change_officers, now):
    fresh = OfficerKey.generate("officer-1")
    office.keep_key(two, fresh)

    verified = change_officers(lambda draft, officers: with_new_key(draft, officers, fresh.officer))

    assert verified.officers.named("officer-1").kid == fresh.officer.kid


def test_a_new_key_of_which_nobody_holds_the_private_half_gets_nowhere(two, put, approve, now):
    fresh = OfficerKey.generate("officer-2")
    current = office.base_of(two, now).officers
    put(lambda draft: with_new_key(draft, current, fresh.officer))

    with pytest.raises(OfficerError, match="not the pinned one"):
        approve()


def test_two_rotations_in_a_row_keep_every_key_apart(two, change_officers, key_of, now):
    for _ in range(2):
        fresh = OfficerKey.generate("officer-2")
        office.keep_key(two, fresh)
        change_officers(lambda draft, officers, fresh=fresh: with_new_key(draft, officers, fresh.officer))
        assert key_of("officer-2").officer.kid == fresh.officer.kid

    assert len(two.officer_keys("officer-2")) == 3


def test_a_person_known_by_his_certificate_stays_known_under_a_new_key(two, now, key_of):
    current = office.base_of(two, now).officers
    known = replace(current.officers[1], person="a" * 64)
    officers = replace(current, officers=(current.officers[0], known))
    draft = Draft.of(_in_force(two, now))

    fresh = OfficerKey.generate("officer-2").officer
    assert with_new_key(draft, officers, fresh).officers[1].person == "a" * 64
    with pytest.raises(RosterError, match="another person"):
        with_new_key(draft, officers, replace(fresh, person="b" * 64))
    carol = replace(OfficerKey.generate("carol").officer, person="a" * 64)
    with pytest.raises(RosterError, match="certificate of officer officer-2"):
        with_officer(draft, officers, carol)


def test_one_person_does_not_approve_under_a_second_name(two, change_officers, put, now):
    """Two officers of one certificate cannot both be listed; one who is both author and comer is found."""
    carol = OfficerKey.generate("carol")
    office.keep_key(two, carol)
    current = office.base_of(two, now).officers
    proposal = put(lambda draft: with_officer(draft, current, carol.officer))
    author = replace(proposal.signers[0], person="a" * 64)
    twin = OfficerKey(replace(carol.officer, person="a" * 64), carol.private)
    forged = replace(
        proposal, signers=(author,), after=replace(proposal.after, officers=(twin.officer,), threshold=1)
    )

    from whitelist.proposal import approve as approve_it

    with pytest.raises(ApprovalError, match="put it forward"):
        approve_it(forged, twin, proposal.difference.digest)


@pytest.mark.parametrize(
    "how",
    [
        lambda draft, officers: without_officer(draft, officers, "officer-2"),
        lambda draft, officers: without_officer(draft, officers, "officer-2", threshold=1),
        lambda draft, officers: without_officer(draft, officers, "nobody"),
        lambda draft, officers: with_officer(draft, officers, OfficerKey.generate("officer-1").officer),
        lambda draft, officers: with_officer(draft, officers, OfficerKey.generate("carol").officer, threshold=1),
        lambda draft, officers: with_officer(draft, officers, OfficerKey.generate("carol").officer, threshold=4),
        lambda draft, officers: with_new_key(draft, officers, OfficerKey.generate("nobody").officer),
        lambda draft, officers: with_new_key(draft, officers, officers.officers[0]),
    ],
)
def test_officers_do_not_change_in_these_ways(two, now, how):
    with pytest.raises(RosterError):
        how(Draft.of(_in_force(two, now)), office.base_of(two, now).officers)


def test_a_draft_written_by_hand_does_not_lower_the_threshold(two, put, now):
    with pytest.raises(RosterError, match="may not fall below"):
        put(lambda draft: replace(draft, threshold=1))


def test_nobody_puts_his_own_departure_forward(two, change_officers, put, now):
    carol = OfficerKey.generate("carol")
    change_officers(lambda draft, officers: with_officer(draft, officers, carol.officer))
    current = office.base_of(two, now).officers

    with pytest.raises(RosterError, match="another officer"):
        put(lambda draft: without_officer(draft, current, "officer-1"))


# Crashes


def _die_at(monkeypatch, step):
    count = [0]

    def deadly(real):
        def call(*args, **options):
            if count[0] == step:
                os._exit(9)
            count[0] += 1
            result = real(*args, **options)
            if count[0] == step:
                os._exit(9)
            count[0] += 1
            return result

        return call

    for name in ("fsync", "replace", "unlink"):
        monkeypatch.setattr(os, name, deadly(getattr(os, name)))


def _killed(monkeypatch, step, act):
    child = os.fork()
    if child == 0:
        _die_at(monkeypatch, step)
        try:
            act()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _finished(two, now, approve):
    """Whatever a crash left behind, the officers go on from there to the same end."""
    if _in_force(two, now).version == 2:
        return _in_force(two, now)
    try:
        proposal, _ = approvals.proposal_of(two, now)
    except NoProposalError:
        keys = approvals.author_keys(two, "officer-1", now)
        proposal = approvals.propose(two, keys, now, reason="essai")
    if proposal.missing > 0:
        approve()
    return approvals.publish_proposal(two, now).verified.whitelist


@pytest.mark.parametrize("act", ["propose", "approve", "publish"])
@pytest.mark.parametrize("step", range(0, 26, 2))
def test_a_kill_at_any_step_leaves_old_or_new_and_never_an_approval_of_something_else(
    two, put, approve, now, monkeypatch, act, step
):
    office.change_draft(two, now, _quota(61))
    if act != "propose":
        put()
    if act == "publish":
        approve()
    before = two.published.read_bytes()

    def acting():
        if act == "propose":
            put()
        elif act == "approve":
            approve()
        else:
            approvals.publish_proposal(two, now)

    _killed(monkeypatch, step, acting)

    verdict = office.judge_published(two, now)
    assert isinstance(verdict, Verified)
    if act != "publish":
        assert two.published.read_bytes() == before
    if two.proposal.exists() and verdict.whitelist.version == 1:
        proposal = read_proposal(two.proposal.read_bytes(), office.base_of(two, now))
        assert set(proposal.approvers) <= {"officer-2"}
        assert proposal.whitelist.partner("samu-rhone").quota == 61
    assert _finished(two, now, approve).partner("samu-rhone").quota == 61


@pytest.mark.parametrize("step", range(8))
def test_a_kill_while_stopping_leaves_a_whole_stop_or_none(two, stop, now, monkeypatch, step):
    _killed(monkeypatch, step, stop)

    held = running_stops(two, office.base_of(two, now), now)
    assert len(held) in {0, 1}
    assert (len(held) == 1) == bool(list(two.stops.glob("*.jws")))


def test_two_approvals_at_once_are_both_kept(two, change_officers, put, approve, now):
    for name in ("carol", "dave"):
        key = OfficerKey.generate(name)
        office.keep_key(two, key)
        change_officers(lambda draft, officers, key=key: with_officer(draft, officers, key.officer))
    put(_quota(61))
    children = []
    for name in ("officer-2", "carol", "dave"):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                approve(name)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 3

    assert set(approvals.proposal_of(two, now)[0].approvers) == {"officer-2", "carol", "dave"}


def test_publishing_twice_at_once_publishes_once(two, put, approve, now):
    put(_quota(61))
    approve()
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                approvals.publish_proposal(two, now)
                code = 0
            except (NoProposalError, StaleDraftError):
                code = 7
            finally:
                os._exit(code)
        children.append(child)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)

    assert codes == [0, 7, 7]
    assert _in_force(two, now).version == 2


def test_the_history_of_a_version_is_in_its_own_signed_content(two, put, approve, now):
    put(_quota(61))
    approve()
    approvals.publish_proposal(two, now)

    origin = json.loads(read_signed(two.version(2).read_bytes()).payload)["origin"]

    assert origin["author"] == "officer-1"
    assert origin["base_version"] == 1
