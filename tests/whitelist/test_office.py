"""The officers' desk: drafts, signing, what a crash or a colleague in between leaves behind."""

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest

from whitelist import office
from whitelist.document import PartnerStatus
from whitelist.draft import Change, ChangeKind, Draft
from whitelist.errors import (
    AlreadyInitialisedError,
    DocumentError,
    DraftError,
    MissingFileError,
    NoDraftError,
    NotInitialisedError,
    OfficerError,
    PartnerExistsError,
    PartnerRevokedError,
    PartnerUnknownError,
    StaleDraftError,
    StorageError,
    UnusableListError,
)
from whitelist.history import publish, read_version, versions
from whitelist.signature import Flaw, Rejected, Verified, sign


@pytest.fixture
def keys(files):
    trust = office.found(files, environment="test", officers=("officer-1",))
    return (office.read_officer_key(files, "officer-1", trust),)


@pytest.fixture
def desk(files, keys, now):
    """A state folder whose version 1 is in force, empty."""
    office.sign_draft(files, keys, now)
    return files


def _add(files, now, partner):
    return office.change_draft(files, now, lambda draft: draft.with_partner(partner))


def _revoke(files, now, id_):
    return office.change_draft(files, now, lambda draft: draft.with_revoked(id_, "clé perdue"))


def test_founding_makes_private_files(files, keys):
    for path in (files.trust, files.officer_key("officer-1")):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_founding_twice_is_refused_and_keeps_the_officers(files, keys):
    before = files.trust.read_bytes()

    with pytest.raises(AlreadyInitialisedError):
        office.found(files, environment="test", officers=("officer-2",))

    assert files.trust.read_bytes() == before


def test_a_founding_cut_off_before_the_officers_were_pinned_goes_on_with_their_key(files, keys):
    files.trust.unlink()

    trust = office.found(files, environment="test", officers=("officer-1",))

    assert trust.officers == (keys[0].officer,)


def test_a_draft_counts_for_nothing_until_it_is_signed(desk, keys, now, make_partner):
    partner = make_partner()
    _add(desk, now, partner)
    assert office.current_list(desk, now).partners == ()

    published = office.sign_draft(desk, keys, now)

    assert published.changes == (Change(ChangeKind.ADDED, "samu-rhone"),)
    assert office.current_list(desk, now).partners == (partner,)
    assert not desk.draft.exists()


def test_signing_without_a_draft_renews_the_list(desk, keys, now):
    later = now + timedelta(days=89)

    published = office.sign_draft(desk, keys, later)

    assert published.verified.whitelist.version == 2
    assert published.verified.whitelist.expires_at == later + timedelta(days=90)


def test_an_expired_list_can_be_renewed(desk, keys, now):
    later = now + timedelta(days=200)
    assert office.judge_published(desk, later).flaw is Flaw.EXPIRED

    office.sign_draft(desk, keys, later)

    assert isinstance(office.judge_published(desk, later), Verified)


def test_every_published_version_is_kept(desk, keys, now, make_partner):
    _add(desk, now, make_partner())
    office.sign_draft(desk, keys, now)

    assert versions(desk) == (1, 2)
    assert read_version(desk, 2) == desk.published.read_bytes()
    with pytest.raises(MissingFileError):
        read_version(desk, 3)


def test_what_is_not_a_version_in_the_history_is_passed_over(desk):
    for name in ("x.jws", "01.jws", "²3.jws", "99999999999.jws", "3.txt"):
        (desk.history / name).write_bytes(b"")

    assert versions(desk) == (1,)


def test_a_revocation_is_final(desk, keys, now, make_partner):
    partner = make_partner()
    _add(desk, now, partner)
    office.sign_draft(desk, keys, now)
    _revoke(desk, now, partner.id)
    published = office.sign_draft(desk, keys, now)
    assert published.changes == (Change(ChangeKind.REVOKED, partner.id),)

    with pytest.raises(PartnerRevokedError):
        _revoke(desk, now, partner.id)
    with pytest.raises(PartnerRevokedError):
        _add(desk, now, make_partner("new-name", spki=partner.spki))
    office.change_draft(desk, now, lambda draft: draft.with_changed(partner))
    with pytest.raises(PartnerRevokedError):
        office.sign_draft(desk, keys, now)


def test_an_entry_is_never_dropped(desk, keys, now, make_partner):
    _add(desk, now, make_partner())
    office.sign_draft(desk, keys, now)
    office.change_draft(desk, now, lambda draft: replace(draft, partners=()))

    with pytest.raises(DraftError, match="drops samu-rhone"):
        office.sign_draft(desk, keys, now)


def test_a_revocation_published_meanwhile_wins_over_an_older_draft(desk, keys, now, make_partner):
    partner = make_partner()
    _add(desk, now, partner)
    office.sign_draft(desk, keys, now)
    _add(desk, now, make_partner("other"))

    office.publish_changed(desk, keys, now, lambda draft: draft.with_revoked(partner.id, "clé perdue"))

    with pytest.raises(StaleDraftError):
        office.sign_draft(desk, keys, now)
    assert office.current_list(desk, now).partner(partner.id).status is PartnerStatus.REVOKED


def test_a_discarded_draft_is_gone(desk, now, make_partner):
    _add(desk, now, make_partner())

    office.discard_draft(desk)

    with pytest.raises(NoDraftError):
        office.read_draft(desk)
    with pytest.raises(NoDraftError):
        office.discard_draft(desk)


def test_an_id_or_a_holder_is_added_once(desk, now, make_partner):
    partner = make_partner()
    _add(desk, now, partner)

    with pytest.raises(PartnerExistsError):
        _add(desk, now, make_partner(spki="0" * 64))
    with pytest.raises(PartnerExistsError):
        _add(desk, now, make_partner("other", spki=partner.spki, subject=partner.subject))
    with pytest.raises(PartnerUnknownError):
        _revoke(desk, now, "nobody")


def test_a_life_out_of_bounds_is_refused(desk, keys, now):
    with pytest.raises(DraftError, match="lives"):
        office.sign_draft(desk, keys, now, timedelta(days=400))


def test_nothing_is_built_on_a_forged_list(desk, keys, now, second_key, make_whitelist, make_partner):
    desk.published.write_bytes(sign(make_whitelist(version=9), [second_key]))

    with pytest.raises(UnusableListError):
        _add(desk, now, make_partner())
    with pytest.raises(UnusableListError):
        office.sign_draft(desk, keys, now)


def test_nothing_is_built_on_a_list_rolled_back(desk, keys, now):
    office.sign_draft(desk, keys, now)
    desk.published.write_bytes(read_version(desk, 1))

    with pytest.raises(UnusableListError, match="rollback"):
        office.sign_draft(desk, keys, now)


def test_a_list_that_has_vanished_is_not_begun_anew(desk, keys, now):
    desk.published.unlink()

    with pytest.raises(StorageError, match="restore"):
        office.sign_draft(desk, keys, now)


def test_a_key_that_is_not_pinned_does_not_sign(desk, second_key, now):
    desk.officer_key("officer-2").write_bytes(second_key.to_json())
    trust = office.read_trust(desk)

    with pytest.raises(OfficerError, match="not the pinned one"):
        office.read_officer_key(desk, "officer-2", trust)
    with pytest.raises(OfficerError, match="no key"):
        office.read_officer_key(desk, "officer-3", trust)
    with pytest.raises(UnusableListError, match="unknown-officer"):
        office.sign_draft(desk, (second_key,), now)


def test_without_officers_there_is_no_desk(files, now):
    with pytest.raises(NotInitialisedError):
        office.current_list(files, now)


def test_two_officers_are_needed_where_the_trust_says_so(files, now):
    trust = office.found(files, environment="test", officers=("officer-1", "officer-2"), threshold=2)
    keys = [office.read_officer_key(files, name, trust) for name in ("officer-1", "officer-2")]

    with pytest.raises(UnusableListError, match="below-threshold"):
        office.sign_draft(files, keys[:1], now)
    office.sign_draft(files, keys, now)

    assert set(office.judge_published(files, now).signers) == {"officer-1", "officer-2"}


def test_a_draft_edited_by_hand_is_checked(desk, keys, now, make_partner):
    _add(desk, now, make_partner())
    file = json.loads(desk.draft.read_bytes())
    file["partners"].append({**file["partners"][0], "id": "twin"})
    desk.draft.write_text(json.dumps(file))

    with pytest.raises(DocumentError, match="key and names"):
        office.sign_draft(desk, keys, now)


def test_a_version_number_is_never_used_twice(desk, keys, now, make_whitelist):
    kept = sign(make_whitelist(version=7), keys)
    desk.version(7).write_bytes(kept)

    assert office.sign_draft(desk, keys, now).verified.whitelist.version == 8
    assert desk.version(7).read_bytes() == kept


def test_a_draft_that_was_published_stands_in_nobodys_way(desk, keys, now, make_partner):
    """As after a kill between the publication and the draft's removal."""
    draft = _add(desk, now, make_partner())
    office.sign_draft(desk, keys, now)
    desk.draft.write_bytes(draft.to_json())

    _revoke(desk, now, "samu-rhone")

    assert office.sign_draft(desk, keys, now).changes == (Change(ChangeKind.REVOKED, "samu-rhone"),)


def test_a_publication_that_fails_leaves_the_old_list(desk, keys, now, monkeypatch):
    old = desk.published.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space"):
        office.sign_draft(desk, keys, now)

    assert desk.published.read_bytes() == old
    assert not list(desk.home.whitelist.rglob("*.tmp"))


def test_two_officers_at_once_wait_for_each_other(desk, now, make_partner):
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                _add(desk, now, make_partner(f"partner-{number}"))
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]

    assert codes == [0] * 4
    assert len(office.read_draft(desk).partners) == 4


def test_a_draft_reads_back_equal(make_partner):
    draft = Draft(3, (make_partner(), make_partner("other")))

    assert Draft.from_json(draft.to_json()) == draft


def test_the_published_list_is_judged_as_a_reader_would(desk, now):
    verdict = office.judge_published(desk, now - timedelta(hours=1))

    assert isinstance(verdict, Rejected)
    assert verdict.flaw is Flaw.NOT_YET_ISSUED


def test_a_version_kept_with_other_content_is_never_overwritten(desk, keys, now, make_whitelist):
    data = sign(make_whitelist(version=2, officers=(keys[0].officer,)), keys)

    with pytest.raises(StorageError, match="published before"):
        publish(desk, 1, data, before=None)


def test_a_draft_that_cannot_be_read_is_a_storage_error(desk, keys, now):
    desk.draft.mkdir()

    with pytest.raises(StorageError, match="cannot be read"):
        office.sign_draft(desk, keys, now)
