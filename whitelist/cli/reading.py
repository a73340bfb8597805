"""``ror whitelist show|diff|log|verify``: looking, changing nothing."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ror.exit_codes import Exit
from whitelist import approvals, chronicle, office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, JsonOption, ProposalOption
from whitelist.difference import Difference, difference
from whitelist.difference_view import difference_text, difference_view
from whitelist.document import PartnerStatus
from whitelist.draft import changes, next_version
from whitelist.emergency import running_stops
from whitelist.errors import NoProposalError, UnusableListError
from whitelist.files import WhitelistFiles, read_trust, read_whole
from whitelist.jws import MAX_FILE_BYTES
from whitelist.list_view import draft_view, heading, list_view, partners_table
from whitelist.log_view import log_table, log_view
from whitelist.proposal import Base, Proposal
from whitelist.signature import verify as verify_list
from whitelist.stops import RunningStop
from whitelist.verdict import Flaw, Rejected, Verdict, Verified

_UNREADABLE_FLAWS = frozenset({Flaw.TOO_LARGE, Flaw.MALFORMED, Flaw.INVALID})


def show(
    as_json: JsonOption = False,
    draft: Annotated[bool, typer.Option("--draft", help="The draft instead of the list in force.")] = False,
    home: HomeOption = None,
) -> None:
    """Show the list in force and the stops over it, or the draft."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        if draft:
            _show_draft(files, now, as_json=as_json)
            return
        verdict = office.judge_published(files, now)
        verified = verdict if isinstance(verdict, Verified) else verdict.authentic
        if verified is None:
            raise typer.Exit(_told_verdict(verdict, files.published))
        stops = _stops(files, verified, now)
        whitelist = verified.whitelist
        if as_json:
            usable = isinstance(verdict, Verified)
            desk.print_json(list_view(whitelist, verified.signers, usable=usable, stops=stops))
        else:
            table = partners_table(whitelist.partners, now=now, stops=stops)
            desk.print_table(heading(whitelist, verified.signers), table)
        desk.say_stops(stops)
        if files.draft.exists():
            desk.say("there is a draft that is not put forward: see `ror whitelist diff`")
        if files.proposal.exists():
            desk.say("a proposal waits for approval or publication: see `ror whitelist diff`")
        if isinstance(verdict, Rejected):
            raise typer.Exit(_told_verdict(verdict, files.published))


def diff(
    before: Annotated[
        int | None, typer.Argument(metavar="V1", min=0, help="A version of the history; 0 is nothing.")
    ] = None,
    after: Annotated[int | None, typer.Argument(metavar="V2", min=1, help="Another; the list in force.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="The draft, even where a proposal waits.")] = False,
    proposal: ProposalOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show who gains and who loses what: by the proposal, else by the draft, or between two versions."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        if before is not None:
            _show_difference(_between(files, before, after, now), as_json=as_json)
            return
        if not draft:
            try:
                found, base = approvals.proposal_of(files, now, proposal)
            except NoProposalError:
                if proposal is not None:
                    raise
            else:
                _show_proposal(found, running_stops(files, base, now), as_json=as_json)
                return
        base = office.base_of(files, now)
        _show_difference(_of_draft(files, base, now), as_json=as_json)
        desk.say("this is a draft: `ror whitelist draft` puts it forward, and only then is there a hash to approve")


def log(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many versions.")] = 20,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Tell the history: who changed what, who approved it, when and why; and every stop."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        base = office.base_of(files, now)
        entries = tuple(chronicle.entries(files, now, most=limit))
        stops = chronicle.stops_of(files, base, now)
        if as_json:
            desk.print_json(log_view(entries, stops))
        else:
            desk.print_table("The history, the newest first", log_table(entries, stops))
        if any(entry.flaw or not entry.tallies for entry in entries):
            desk.fail("whitelist.not-authentic", "the history does not hold: see the lines in question", Exit.REFUSED)


def verify(
    file: Annotated[Path | None, typer.Argument(help="A signed list; the published one unless told.")] = None,
    home: HomeOption = None,
) -> None:
    """Verify a signed list against the pinned officers. The published one is also held against rollback."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        if file is None:
            verdict = office.judge_published(files, now)
            if isinstance(verdict, Verified):
                desk.say_stops(_stops(files, verdict, now))
        else:
            verdict = verify_list(read_whole(file, MAX_FILE_BYTES), read_trust(files), now=now, last=None)
        raise typer.Exit(_told_verdict(verdict, file or files.published))


def _stops(files: WhitelistFiles, verified: Verified, now: datetime) -> tuple[RunningStop, ...]:
    """The stops worth telling: one that officers have confirmed by revoking its partner says nothing new."""
    whitelist = verified.whitelist
    revoked = {partner.id for partner in whitelist.partners if partner.status is PartnerStatus.REVOKED}
    running = running_stops(files, Base(verified=verified, officers=verified.officers), now)
    return tuple(one for one in running if one.stop.partner not in revoked)


def _between(files: WhitelistFiles, before: int, after: int | None, now: datetime) -> Difference:
    if after is None:
        current = office.current_list(files, now)
        after = current.version if current else before
    older = chronicle.list_of(files, before, now) if before else None
    return difference(older, chronicle.list_of(files, after, now))


def _of_draft(files: WhitelistFiles, base: Base, now: datetime) -> Difference:
    """What the draft would change if it were put forward now, whoever does it."""
    draft = office.read_draft(files)
    staying = {one.name for one in draft.officers} if draft.officers is not None else set()
    names = [one.name for one in base.officers.officers]
    author = next((name for name in names if name in staying), names[0])
    number = office.next_number(files, base)
    whitelist = next_version(
        draft, base.whitelist, base.officers, number=number, now=now, author=author, reason="not put forward yet"
    )
    return difference(base.whitelist, whitelist)


def _show_difference(shown: Difference, *, as_json: bool) -> None:
    if as_json:
        desk.print_json(difference_view(shown))
    else:
        desk.print_text(difference_text(shown))


def _show_proposal(proposal: Proposal, stops: tuple[RunningStop, ...], *, as_json: bool) -> None:
    shown, origin = proposal.difference, proposal.origin
    if as_json:
        desk.print_json(
            difference_view(shown)
            | {
                "hash": shown.digest,
                "author": origin.author,
                "reason": origin.reason,
                "approved_by": proposal.approvers,
                "missing": max(0, proposal.missing),
            }
        )
        return
    desk.print_text(difference_text(shown))
    approved = ", ".join(proposal.approvers) or "nobody yet"
    typer.echo(f"Put forward by {origin.author}: {origin.reason}. Approved by {approved}.")
    typer.echo(f"Hash {shown.digest}")
    desk.say_stops(tuple(one for one in stops if one.stop.partner in shown.partners))
    if proposal.missing > 0:
        desk.say(f"another officer approves it with `ror whitelist approve {shown.digest}`")
    else:
        desk.say("it is approved: `ror whitelist publish` puts it in force")


def _show_draft(files: WhitelistFiles, now: datetime, *, as_json: bool) -> None:
    draft = office.read_draft(files)
    try:
        current = office.current_list(files, now)
    except UnusableListError:
        current = None
    marks = {
        change.partner_id: change.kind for change in changes(current.partners if current else (), draft.partners)
    }
    if as_json:
        desk.print_json(draft_view(draft, marks))
    else:
        title = f"Draft after version {draft.base_version}, not signed: nothing here is in force"
        desk.print_table(title, partners_table(draft.partners, now=now, marks=marks))
    if (current.version if current else 0) != draft.base_version:
        desk.say("the list in force has moved on: this draft cannot be put forward, `ror whitelist discard` it")


def _told_verdict(verdict: Verdict, path: Path) -> Exit:
    """Say what was found and which exit code tells it."""
    if isinstance(verdict, Verified):
        typer.echo(
            f"valid: {heading(verdict.whitelist, verdict.signers)}, {len(verdict.whitelist.partners)} partners"
        )
        return Exit.COMPLETE
    desk.say_error(verdict.flaw.value, f"{path}: {verdict.detail}")
    if verdict.flaw is Flaw.EXPIRED:
        return Exit.TRUST_EXPIRED
    return Exit.INVALID_INPUT if verdict.flaw in _UNREADABLE_FLAWS else Exit.REFUSED
