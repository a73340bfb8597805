"""``ror whitelist suspend|revoke|confirm|resume``: taking rights away, at once or for good, and giving them back."""

from typing import Annotated

import typer

from whitelist import office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, HoursOption, OfficerOption, PartnerArgument, ReasonOption
from whitelist.draft import Draft
from whitelist.emergency import running_stops, stop_partner
from whitelist.errors import StopError
from whitelist.files import WhitelistFiles
from whitelist.proposal import Base
from whitelist.stops import DEFAULT_HOURS, StopKind


def suspend(
    partner_id: PartnerArgument,
    reason: ReasonOption,
    hours: HoursOption = DEFAULT_HOURS,
    officer: OfficerOption = None,
    home: HomeOption = None,
) -> None:
    """Stop a partner now, alone, for some hours: it is refused as suspended."""
    with desk.told():
        _stop(desk.files_of(home), officer, partner_id, StopKind.SUSPEND, reason, hours)


def revoke(
    partner_id: PartnerArgument,
    reason: ReasonOption,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="Now and alone, for some hours: it is refused as revoked.")
    ] = False,
    hours: HoursOption = DEFAULT_HOURS,
    officer: OfficerOption = None,
    home: HomeOption = None,
) -> None:
    """Revoke a partner on the draft, for good; with --emergency stop it now, until officers confirm it."""
    with desk.told():
        files = desk.files_of(home)
        if emergency:
            _stop(files, officer, partner_id, StopKind.REVOKE, reason, hours)
            return
        draft = office.change_draft(files, desk.now(), lambda draft: draft.with_revoked(partner_id, reason))
        desk.say(f"{partner_id} is revoked on the draft")
        desk.say_unsigned(draft)


def confirm(partner_id: PartnerArgument, home: HomeOption = None) -> None:
    """Put on the draft what a stop began: once approved and published it lasts."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()

        def confirmed(draft: Draft, base: Base) -> Draft:
            stops = [one.stop for one in running_stops(files, base, now) if one.stop.partner == partner_id]
            if not stops:
                raise StopError(f"no stop holds against {partner_id[:63]!a}")
            for stop in stops:
                if stop.kind is StopKind.REVOKE:
                    return draft.with_revoked(partner_id, stop.reason)
            return draft.with_suspended(partner_id, stops[0].reason)

        draft = office.change_draft_of(files, now, confirmed)
        desk.say(f"{partner_id} is {draft.partner(partner_id).status.value} on the draft")
        desk.say_unsigned(draft)


def resume(partner_id: PartnerArgument, reason: ReasonOption, home: HomeOption = None) -> None:
    """Let a suspended or stopped partner ask again, on the draft. It takes the threshold of officers."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()

        def resumed(draft: Draft, base: Base) -> Draft:
            stops = [one.stop.lifted for one in running_stops(files, base, now) if one.stop.partner == partner_id]
            return draft.with_resumed(partner_id, reason, stops)

        draft = office.change_draft_of(files, now, resumed)
        desk.say(f"{partner_id} is active on the draft")
        desk.say_unsigned(draft)


def _stop(
    files: WhitelistFiles, officer: str | None, partner_id: str, kind: StopKind, reason: str, hours: int
) -> None:
    now = desk.now()
    base = office.base_of(files, now)
    key = office.read_officer_key(files, desk.acting(files, officer), base.officers)
    running = stop_partner(files, key, base, now, partner_id=partner_id, kind=kind, reason=reason, hours=hours)
    desk.say_stops((running,))
    desk.say(f"bring it to every gateway and node that does not share this folder: {files.stops}")
    desk.say(f"`ror whitelist confirm {partner_id}` makes it lasting, `ror whitelist resume {partner_id}` undoes it")
