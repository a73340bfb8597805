"""What one officer does alone, at once, and loudly: stop a partner for a while."""

from datetime import datetime, timedelta

from whitelist.acts import Act, record
from whitelist.document import PartnerStatus
from whitelist.errors import DocumentError, PartnerUnknownError, StopError
from whitelist.files import WhitelistFiles
from whitelist.officers import OfficerKey
from whitelist.proposal import Base
from whitelist.seen import SeenFile
from whitelist.stop_folder import keep_stop, names, read_stop_file
from whitelist.stops import RunningStop, Stop, StopKind, in_force, judge_stop, sign_stop


def stop_partner(
    files: WhitelistFiles,
    key: OfficerKey,
    base: Base,
    now: datetime,
    *,
    partner_id: str,
    kind: StopKind,
    reason: str,
    hours: int,
) -> RunningStop:
    """Stop a partner from now on; nothing is waited for, no lock either.

    Raises ``PartnerUnknownError``, ``StopError`` for one that is revoked already or that this officer has kept out as
    long as one officer may.
    """
    whitelist = base.whitelist
    partner = whitelist.partner(partner_id) if whitelist else None
    if whitelist is None or partner is None:
        raise PartnerUnknownError(f"no partner has the id {partner_id[:63]!a}")
    if partner.status is PartnerStatus.REVOKED:
        raise StopError(f"{partner_id} is revoked already, for good")
    stop = _stop(base, key, now, partner_id=partner_id, kind=kind, reason=reason, hours=hours)
    holding = in_force((*known_stops(files, base, now), stop), whitelist, now)
    running = next((one for one in holding if one.stop == stop), None)
    if running is None:
        raise StopError(
            f"{stop.officer} has kept {partner_id} out as long as one officer may: another officer can, and "
            "`ror whitelist confirm` makes it lasting"
        )
    act = Act.REVOKED if kind is StopKind.REVOKE else Act.SUSPENDED
    record(files, act, now, officer=key.officer.kid, partner=partner_id, version=whitelist.version, digest=stop.id)
    keep_stop(files.stops, sign_stop(stop, key))
    return running


def known_stops(files: WhitelistFiles, base: Base, now: datetime) -> tuple[Stop, ...]:
    """Every stop that is known here, past ones too: those of the folder that hold up, and those once taken up."""
    judged = (judge_stop(data, base.officers, now) for data in _files(files))
    found = (stop for stop in judged if isinstance(stop, Stop))
    return tuple(dict.fromkeys((*SeenFile(files.seen).at_least().stops, *found)))


def running_stops(files: WhitelistFiles, base: Base, now: datetime) -> tuple[RunningStop, ...]:
    """The stops that hold now over the list in force."""
    return in_force(known_stops(files, base, now), base.whitelist, now) if base.whitelist else ()


def _files(files: WhitelistFiles) -> list[bytes]:
    try:
        found = (read_stop_file(files.stops, name) for name in names(files.stops))
    except OSError:
        return []
    return [data for data in found if data is not None]


def _stop(
    base: Base, key: OfficerKey, now: datetime, *, partner_id: str, kind: StopKind, reason: str, hours: int
) -> Stop:
    try:
        return Stop(
            environment=base.officers.environment,
            partner=partner_id,
            kind=kind,
            officer=key.officer.name,
            reason=reason,
            issued_at=now,
            until=now + timedelta(hours=hours),
        )
    except DocumentError as error:
        raise StopError(str(error)) from error
