"""``ror whitelist draft|approve|publish|sign``: what officers do together."""

from datetime import timedelta
from typing import Annotated

import typer

from whitelist import approvals
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, OfficerOption, ProposalOption, ReasonOption
from whitelist.difference_view import difference_text
from whitelist.draft import DEFAULT_LIFE
from whitelist.files import WhitelistFiles
from whitelist.office import Published, base_of, keys_here, sign_draft
from whitelist.proposal import Proposal


def draft(
    reason: ReasonOption,
    officer: OfficerOption = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the version lives.")] = DEFAULT_LIFE.days,
    home: HomeOption = None,
) -> None:
    """Put the draft forward under your signature; without a draft, renew the list in force."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        name = desk.acting(files, officer)
        keys = approvals.author_keys(files, name, now)
        proposal = approvals.propose(files, keys, now, reason=reason, life=timedelta(days=days))
        desk.print_text(difference_text(proposal.difference))
        desk.say(f"{name} puts version {proposal.whitelist.version} forward: {files.proposal}")
        _say_next(proposal)


def approve(
    difference: Annotated[
        str, typer.Argument(metavar="HASH", help="The whole hash that `ror whitelist diff` shows.")
    ],
    officer: OfficerOption = None,
    proposal: ProposalOption = None,
    home: HomeOption = None,
) -> None:
    """Sign what another officer has put forward. The hash says that you have seen what you sign."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        name = desk.acting(files, officer)
        keys = approvals.approver_keys(files, name, now, proposal)
        approved = approvals.approve_proposal(files, keys, now, difference=difference.strip(), path=proposal)
        desk.say(f"{name} approves version {approved.whitelist.version}")
        _say_next(approved)


def publish(proposal: ProposalOption = None, home: HomeOption = None) -> None:
    """Put what was approved in force. It needs no key: the signatures are there, or they are not."""
    with desk.told():
        files = desk.files_of(home)
        _say_published(files, approvals.publish_proposal(files, desk.now(), proposal))


def sign(
    reason: ReasonOption,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the version lives.")] = DEFAULT_LIFE.days,
    home: HomeOption = None,
) -> None:
    """Sign the draft with every officer's key that lies here, and publish it: for officers at one desk.

    The threshold holds all the same: with fewer keys than must sign, nothing is published.
    """
    with desk.told():
        files = desk.files_of(home)
        now = desk.now()
        keys = keys_here(files, base_of(files, now).officers)
        _say_published(files, sign_draft(files, keys, now, timedelta(days=days), reason=reason))


def _say_published(files: WhitelistFiles, published: Published) -> None:
    whitelist = published.verified.whitelist
    for one in published.changes:
        desk.say(f"{one.kind.value}: {one.partner_id}")
    until = whitelist.expires_at.isoformat()
    desk.say(f"version {whitelist.version} is in force until {until}: {files.published}")


def _say_next(proposal: Proposal) -> None:
    if proposal.missing > 0:
        others = f"{proposal.missing} more officer{'s' if proposal.missing > 1 else ''} must approve it"
        desk.say(f"{others}: `ror whitelist diff`, then `ror whitelist approve {proposal.difference.digest}`")
    else:
        desk.say("approved: `ror whitelist publish` puts it in force")
