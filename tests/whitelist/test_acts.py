"""Officers' acts in the audit log of the folder, where there is one."""

import json
from dataclasses import replace

import pytest

from certs.audit.inbox import AuditFiles
from whitelist import approvals, office
from whitelist.emergency import stop_partner
from whitelist.errors import StorageError
from whitelist.stops import StopKind


@pytest.fixture
def audit(two):
    audit = AuditFiles(two.home)
    audit.folder.mkdir()
    return audit


def _acts(audit):
    slips = [json.loads(path.read_bytes()) for path in audit.inbox.iterdir()] if audit.inbox.exists() else []
    return {slip["event"]["act"]: slip["event"] for slip in slips}


@pytest.fixture
def acted(two, key_of, now):
    """A change put forward, approved and published; a partner stopped."""

    def acted():
        office.change_draft(
            two, now, lambda draft: draft.with_changed(replace(draft.partner("samu-rhone"), quota=61))
        )
        proposal = approvals.propose(two, [key_of("officer-1")], now, reason="essai")
        approvals.approve_proposal(two, [key_of("officer-2")], now, difference=proposal.difference.digest)
        published = approvals.publish_proposal(two, now)
        base = office.base_of(two, now)
        running = stop_partner(
            two, key_of("officer-2"), base, now, partner_id="samu-rhone", kind=StopKind.SUSPEND, reason="x", hours=1
        )
        return proposal, published, running

    return acted


def test_every_act_is_handed_in_with_who_and_what_was_signed(two, audit, acted, key_of):
    proposal, published, running = acted()

    acts = _acts(audit)
    assert set(acts) == {"draft.changed", "list.proposed", "list.approved", "list.published", "partner.suspended"}
    assert acts["list.proposed"]["officer"] == key_of("officer-1").officer.kid
    assert acts["list.approved"]["officer"] == key_of("officer-2").officer.kid
    assert acts["list.approved"]["digest"] == proposal.difference.digest
    assert acts["list.published"]["digest"] == published.verified.digest
    assert acts["list.published"]["list_version"] == 2
    assert acts["partner.suspended"]["partner"] == "samu-rhone"
    assert acts["partner.suspended"]["digest"] == running.stop.id


def test_where_no_log_is_kept_nothing_is_left_lying(two, acted):
    acted()

    assert not AuditFiles(two.home).folder.exists()


def test_what_cannot_be_recorded_is_not_done(two, audit, key_of, now, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certs.audit.inbox.write_private", full)
    with pytest.raises(StorageError, match="audit log"):
        approvals.propose(two, [key_of("officer-1")], now, reason="essai")
    with pytest.raises(StorageError, match="audit log"):
        office.publish_changed(two, [key_of("officer-1"), key_of("officer-2")], now, lambda draft: draft)

    assert not two.proposal.exists()
    assert office.current_list(two, now).version == 1
