"""What an officer sees of the list: a table for the eye, JSON-ready values for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from whitelist.document import Partner, PartnerStatus, Whitelist
from whitelist.document_json import canary_view, partner_view
from whitelist.draft import ChangeKind, Draft
from whitelist.stops import RunningStop, StopKind, stop_view

_STATUS_STYLES = {"active": "green", "not yet": "yellow", "ended": "yellow", "suspended": "yellow", "revoked": "red"}


def list_view(
    whitelist: Whitelist, signers: Iterable[str], *, usable: bool, stops: Sequence[RunningStop] = ()
) -> dict[str, object]:
    """The whole list as JSON-ready values, and the stops that hold over it."""
    return {
        "version": whitelist.version,
        "environment": whitelist.environment,
        "issued_at": whitelist.issued_at.isoformat(),
        "expires_at": whitelist.expires_at.isoformat(),
        "usable": usable,
        "signers": list(signers),
        "threshold": whitelist.threshold,
        "officers": [{"name": officer.name, "kid": officer.kid} for officer in whitelist.officers],
        "officers_version": whitelist.officers_version,
        "origin": None if whitelist.origin is None else asdict(whitelist.origin),
        "canary": None if whitelist.canary is None else canary_view(whitelist.canary),
        "stops": [{**stop_view(one.stop), "id": one.stop.id, "until": one.until.isoformat()} for one in stops],
        "partners": [partner_view(partner) for partner in whitelist.partners],
    }


def draft_view(draft: Draft, marks: Mapping[str, ChangeKind]) -> dict[str, object]:
    """The draft as JSON-ready values, with what it changes."""
    return {
        "base_version": draft.base_version,
        "changes": [{"partner": partner_id, "change": kind.value} for partner_id, kind in marks.items()],
        "partners": [partner_view(partner) for partner in draft.partners],
    }


def partners_table(
    partners: Iterable[Partner],
    *,
    now: datetime,
    marks: Mapping[str, ChangeKind] | None = None,
    stops: Sequence[RunningStop] = (),
) -> Table:
    """One row a partner; ``marks`` says what a draft does to it, ``stops`` who is kept out for now.

    Values are shown as they are, never as markup.
    """
    out = {one.stop.partner: one for one in sorted(stops, key=lambda one: one.stop.kind is StopKind.REVOKE)}
    table = Table(box=SIMPLE_HEAD, header_style="bold", padding=(0, 1), show_lines=False, expand=False)
    table.add_column("Partner", min_width=16, overflow="fold")
    table.add_column("May ask", overflow="fold")
    table.add_column("Profiles", min_width=9, overflow="fold")
    table.add_column("At most", justify="right", no_wrap=True)
    table.add_column("Valid", no_wrap=True)
    for partner in partners:
        mark = marks.get(partner.id) if marks else None
        table.add_row(
            Text.assemble((partner.id, "bold"), f"\n{partner.name}\n", (_standing(partner), "dim")),
            _reach(partner),
            _profiles(partner),
            f"{_grouped(partner.max_limit)} units\n{_grouped(partner.quota)}/min",
            Text.assemble(
                _status(partner, now, mark, out.get(partner.id)),
                f"\n{partner.valid_from:%Y-%m-%d}\n{partner.valid_to:%Y-%m-%d}",
            ),
            end_section=True,
        )
    return table


def heading(whitelist: Whitelist, signers: Iterable[str]) -> str:
    """One line that says which list this is."""
    return (
        f"Whitelist version {whitelist.version} ({whitelist.environment}), issued {_minute(whitelist.issued_at)}, "
        f"expires {_minute(whitelist.expires_at)}, signed by {', '.join(signers)}"
    )


def _profiles(partner: Partner) -> Text:
    """The codes, the default first and marked; a default outside the list is the bare CU23 of decision 1."""
    default = partner.default_profile
    others = [code.value for code in partner.allowed_profiles if code is not default]
    proof = "\nsigned VIHF" if partner.signed_vihf else ""
    return Text.assemble((f"{default.value}*", "bold"), *(f" {code}" for code in others), (proof, "dim"))


def _standing(partner: Partner) -> str:
    return partner.kind.value if partner.home_ror is None else f"{partner.kind.value} of {partner.home_ror}"


def _reach(partner: Partner) -> str:
    """Where, then which transactions."""
    where = "France" if partner.perimeter.regions is None else str(partner.perimeter)
    return "\n".join((where, *(transaction.value for transaction in partner.transactions)))


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _status(partner: Partner, now: datetime, mark: ChangeKind | None, stop: RunningStop | None) -> Text:
    word = partner.status.value
    if stop is not None and partner.status is not PartnerStatus.REVOKED:
        done = "revoked" if stop.stop.kind is StopKind.REVOKE else "suspended"
        return Text(f"STOPPED\n{done} until\n{stop.until:%m-%d %H:%M}", style="bold red")
    if partner.status is PartnerStatus.ACTIVE and not partner.is_open(now):
        word = "not yet" if now < partner.valid_from else "ended"
    text = Text(word, style=_STATUS_STYLES[word])
    return text if mark is None else Text.assemble(text, (f" ({mark.value})", "cyan"))


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
