"""``ror certs show|check|expiring``: what certificates say, and whether they hold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from certs.cli.options import (
    AtOption,
    FileArgument,
    HomeOption,
    JsonOption,
    TrustOption,
    fail,
    home_of,
    moment_of,
    print_json,
    read_file,
)
from certs.errors import CertsError, KeyMaterialError
from certs.home import Home
from certs.identity import Identity, identity_of
from certs.profiles import Purpose
from certs.reading import read_pem, to_der
from certs.reasons import Reason
from certs.report import expiry_line, identity_document, identity_lines, verdict_document, verdict_lines
from certs.revocation.certificate_list import MAX_LIST_BYTES, read_list
from certs.revocation.checking import check as check_revocation
from certs.revocation.checking import combine
from certs.revocation.flaws import Rejected
from certs.revocation.home_reading import read_bytes, read_home
from certs.revocation.policy import Requirement, RevocationPolicy
from certs.revocation.report import revocation_document, revocation_lines
from certs.revocation.state import RevocationState
from certs.trust import Trust, load_trust
from certs.verification import verify
from ror.exit_codes import Exit

_EXPIRED = frozenset({Reason.EXPIRED, Reason.AUTHORITY_OUT_OF_DATE})


def show(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say what each certificate of a file says: holder, issuer, usage, dates, digests."""
    try:
        identities = [identity_of(certificate) for certificate in read_pem(read_file(file))]
    except CertsError as error:
        fail(error)
    if as_json:
        print_json({"certificates": [identity_document(identity) for identity in identities]})
        return
    typer.echo("\n\n".join("\n".join(identity_lines(identity)) for identity in identities))


def check(
    file: FileArgument,
    purpose: Annotated[Purpose, typer.Option("--purpose", help="What the holder wants to do.")] = Purpose.CLIENT,
    at: AtOption = None,
    trust: TrustOption = None,
    crl: Annotated[
        list[Path] | None,
        typer.Option("--crl", help="Revocation list to ask (DER or PEM), beside those of the state folder."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a certificate and explain the verdict; exit 0 accepted, 3 refused, 7 expired.

    Revocation is judged as a server of the state folder would, as of now. With --trust, only the lists given by
    --crl are asked, and a certificate that none of them speaks of is not refused for that.
    """
    moment = moment_of(at)
    try:
        chosen = home_of(home)
        authorities = load_trust(trust or chosen.trust)
        chain = [to_der(certificate) for certificate in read_pem(read_file(file))]
        state, policy = _revocations(None if trust else chosen, authorities, crl or [])
    except CertsError as error:
        fail(error)
    verdict = verify(chain, authorities, purpose, moment)
    revocation = check_revocation(verdict, state, policy, datetime.now(UTC)) if verdict.authority else None
    if revocation is not None:
        verdict = combine(verdict, revocation)
    if as_json:
        document = verdict_document(verdict, purpose, moment)
        print_json(document | {"revocation": revocation_document(revocation) if revocation else None})
    else:
        lines = [*verdict_lines(verdict, purpose, moment), *(revocation_lines(revocation) if revocation else [])]
        typer.echo("\n".join(lines))
    if verdict.reason is not None:
        raise typer.Exit(Exit.TRUST_EXPIRED if verdict.reason in _EXPIRED else Exit.REFUSED)


def expiring(
    days: Annotated[int, typer.Option("--days", min=0, help="How far to look ahead.")] = 30,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the state folder's certificates that expire within some days; exit 7 if one has already expired."""
    moment = moment_of(at)
    try:
        identities = _identities_of(home_of(home))
    except CertsError as error:
        fail(error)
    entries = [
        {
            "name": name,
            "not_after": identity.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "days_left": (identity.not_after - moment).days,
            "fingerprint": identity.fingerprint,
        }
        for name, identity in sorted(identities.items(), key=lambda item: item[1].not_after)
        if identity.not_after <= moment + timedelta(days=days)
    ]
    if as_json:
        print_json({"at": moment.isoformat(timespec="seconds"), "checked": len(identities), "expiring": entries})
    else:
        typer.echo(f"{len(entries)} of {len(identities)} certificates expire within {days} days", err=True)
        for entry in entries:
            typer.echo(expiry_line(entry))
    if any(identity.not_after < moment for identity in identities.values()):
        raise typer.Exit(Exit.TRUST_EXPIRED)


def _revocations(home: Home | None, trust: Trust, lists: list[Path]) -> tuple[RevocationState, RevocationPolicy]:
    """What is known and demanded; a list that does not hold is told and left out, as a server would."""
    now = datetime.now(UTC)
    if home is None:
        state = RevocationState()
        names = (authority.common_name for authority in trust.authorities)
        policy = RevocationPolicy(requirements=dict.fromkeys(names, Requirement.NOT_REQUIRED))
        refused: list[tuple[Path, Rejected]] = []
    else:
        known = read_home(home, trust, now=now)
        state, policy, refused = known.state, known.policy, list(known.refused)
    for path in lists:
        judged = read_list(read_bytes(path, MAX_LIST_BYTES), trust, now=now)
        if isinstance(judged, Rejected):
            refused.append((path, judged))
        else:
            state = state.with_list(judged)
    for path, flaw in refused:
        typer.echo(f"{path} is not believed: {flaw.flaw.value}: {flaw.detail}", err=True)
    return state, policy


def _identities_of(home: Home) -> dict[str, Identity]:
    """Every certificate under ``pki``, by the name of its file (authorities) or folder (leaves)."""
    files = {path.stem: path for path in sorted(home.authority("root").folder.glob("*.pem"))}
    files |= {path.parent.name: path for path in sorted(home.leaves.glob("*/cert.pem"))}
    if not files:
        raise KeyMaterialError(f"no certificates under {home.pki}; `ror certs demo` makes the demonstration's")
    return {name: identity_of(read_pem(read_file(path))[0]) for name, path in files.items()}
