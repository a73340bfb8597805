"""The history told out of the signed versions themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from whitelist import approvals, chronicle, office
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.emergency import stop_partner
from whitelist.errors import MissingFileError, UnusableListError
from whitelist.jws import read_signed, signed
from whitelist.officers import OfficerKey
from whitelist.roster import with_new_key
from whitelist.stops import StopKind


@pytest.fixture
def changed(two, now):
    """Version 2, put forward by one officer and approved by the other."""
    office.change_draft(two, now, lambda draft: draft.with_changed(replace(draft.partner("samu-rhone"), quota=61)))
    approvals.propose(two, approvals.author_keys(two, "officer-2", now), now, reason="convention 2019-14")
    shown = approvals.proposal_of(two, now)[0].difference.digest
    approvals.approve_proposal(two, approvals.approver_keys(two, "officer-1", now), now, difference=shown)
    approvals.publish_proposal(two, now)
    return two


def test_every_version_says_who_when_and_why(changed, now):
    entry, first = chronicle.entries(changed, now, most=9)

    assert (entry.version, entry.author, entry.approvers) == (2, "officer-2", ("officer-1",))
    assert entry.reason == "convention 2019-14"
    assert entry.tallies
    assert [str(line) for line in entry.difference.of("samu-rhone")] == [
        "gains quota 61 questions a minute instead of 60"
    ]
    assert (first.version, first.author, first.approvers) == (1, "officer-1", ("officer-2",))
    assert first.difference.base_version == 0


def test_only_so_many_are_told_as_are_asked_for(changed, now):
    assert [entry.version for entry in chronicle.entries(changed, now, most=1)] == [2]


def test_versions_that_are_over_still_count_in_the_history(changed, now):
    entry, _ = chronicle.entries(changed, now + timedelta(days=1000), most=9)

    assert entry.flaw is None


def test_a_version_that_was_edited_says_so(changed, now):
    data = changed.version(1).read_bytes()
    changed.version(1).write_bytes(data.replace(b'"signature":"', b'"signature":"A', 1))

    entry, first = chronicle.entries(changed, now, most=9)

    assert first.flaw == "whitelist.bad-signature"
    assert entry.difference is None
    with pytest.raises(UnusableListError):
        chronicle.list_of(changed, 1, now)


def test_a_version_under_anothers_number_says_so(changed, now):
    changed.version(1).write_bytes(changed.version(2).read_bytes())

    assert chronicle.entry_of(changed, 1, now).flaw == "another version under this number"


def test_a_version_whose_difference_is_not_the_one_signed_for_says_so(changed, now):
    """All officers together could do this; they are told from those who saw what they signed."""
    keys = office.keys_here(changed, office.base_of(changed, now).officers)
    whitelist = read_whitelist(read_signed(changed.version(2).read_bytes()).payload)
    lie = replace(whitelist, origin=replace(whitelist.origin, difference="0" * 64))
    changed.version(2).write_bytes(signed(write_whitelist(lie), keys).to_bytes())

    assert not chronicle.entry_of(changed, 2, now).tallies


def test_a_version_whose_base_is_not_kept_is_told_without_its_difference(changed, now):
    changed.version(1).unlink()

    entry = chronicle.entry_of(changed, 2, now)

    assert entry.difference is None
    assert entry.author == "officer-2"
    with pytest.raises(MissingFileError):
        chronicle.list_of(changed, 1, now)


def test_versions_before_a_rotation_are_verified_with_the_officers_of_their_day(changed, now):
    base = office.base_of(changed, now)
    fresh = OfficerKey.generate("officer-2")
    office.keep_key(changed, fresh)
    keys = (*office.keys_here(changed, base.officers), fresh)
    office.publish_changed(changed, keys, now, lambda draft: with_new_key(draft, base.officers, fresh.officer))

    assert [entry.flaw for entry in chronicle.entries(changed, now, most=9)] == [None, None, None]


def test_stops_are_told_the_newest_first(changed, now):
    base = office.base_of(changed, now)
    for hour in (1, 2):
        key = office.read_officer_key(changed, f"officer-{hour}", base.officers)
        at = now + timedelta(hours=hour)
        stop_partner(
            changed, key, base, at, partner_id="samu-rhone", kind=StopKind.SUSPEND, reason=f"raison {hour}", hours=1
        )

    told = chronicle.stops_of(changed, base, now + timedelta(days=9))

    assert [stop.reason for stop in told] == ["raison 2", "raison 1"]
