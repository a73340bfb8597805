"""``ror certs crl`` and ``ror certs grace``: the revocation lists of a state folder, and an officer's patience."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from certs.audit.acting import OperatorAct, record_act
from certs.cli.options import HomeOption, JsonOption, TrustOption, fail, home_of, print_json
from certs.demonstration_revocation import AUTHORITIES, publisher_of
from certs.errors import CertsError, RevocationListError, RevocationPolicyError
from certs.private_files import exclusive, make_private_folder, write_private
from certs.revocation.certificate_list import MAX_LIST_BYTES, Freshness, read_list
from certs.revocation.flaws import Rejected
from certs.revocation.home_reading import judge_list, read_bytes, read_home
from certs.revocation.policy import LONGEST_GRACE, Grace, Requirement, RevocationPolicy
from certs.revocation.policy_document import load_policy, save_policy
from certs.revocation.publishing import renew_list
from certs.revocation.report import list_document, list_lines, status_document, status_line
from certs.revocation.signed_list import der_of
from certs.trust import Authority, Trust, load_trust
from ror.exit_codes import Exit

lists = typer.Typer(no_args_is_help=True, help="Revocation lists: publish, show, install, see how fresh they are.")

ListArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Revocation list, DER or PEM.")]
AuthorityArgument = Annotated[
    str,
    typer.Argument(metavar="AUTHORITY", help="root, organisations, personnes, or the common name of an authority."),
]


@lists.command(epilog="Example: ror certs crl publish organisations")
def publish(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[AUTHORITY]...", help="One of the demonstration's; default all."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Publish the next list of the demonstration's authorities, with the same revocations."""
    now = datetime.now(UTC)
    try:
        chosen = home_of(home)
        publishers = [publisher_of(chosen, name) for name in names or AUTHORITIES]
        with exclusive(chosen.lock):
            for name in names or AUTHORITIES:
                record_act(chosen, OperatorAct.REVOCATION_PUBLISHED, target=name, at=now)
            published = [(publisher.path, renew_list(publisher, at=now)) for publisher in publishers]
    except CertsError as error:
        fail(error)
    except OSError as error:
        fail(RevocationListError(f"the state folder cannot be used: {error.strerror}"))
    for path, listed in published:
        typer.echo(f"{listed.authority.common_name}: list {listed.number}, {len(listed.revoked)} revoked", err=True)
        typer.echo(path)


@lists.command(epilog="Example: ror certs crl show ACI-EL-ORG.crl --trust igc-sante.pem")
def show(file: ListArgument, trust: TrustOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Verify a list and say what it says; exit 3 if it does not hold, 7 if it is overdue."""
    now = datetime.now(UTC)
    try:
        authorities = load_trust(trust or home_of(home).trust)
        judged = read_list(read_bytes(file, MAX_LIST_BYTES), authorities, now=now)
    except CertsError as error:
        fail(error)
    if isinstance(judged, Rejected):
        _refuse(judged)
    if as_json:
        print_json(list_document(judged, now))
    else:
        typer.echo("\n".join(list_lines(judged, now)))
    if judged.freshness(now) is Freshness.OVERDUE:
        raise typer.Exit(Exit.TRUST_EXPIRED)


@lists.command(epilog="Example: ror certs crl install ACI-EL-ORG.crl")
def install(file: ListArgument, home: HomeOption = None) -> None:
    """Verify a list as the servers of the state folder do, and put it where they take it up; exit 3 if refused."""
    now = datetime.now(UTC)
    try:
        chosen = home_of(home)
        trust = load_trust(chosen.trust)
        data = read_bytes(file, MAX_LIST_BYTES)
        judged = judge_list(chosen, data, read_home(chosen, trust, now=now).state, trust, now)
        if isinstance(judged, Rejected):
            _refuse(judged)
        target = judged.authority.common_name
        record_act(chosen, OperatorAct.REVOCATION_INSTALLED, target=target, digest=judged.digest, at=now)
        path = chosen.revocation_list(f"installed-{judged.authority.id[:16]}")
        make_private_folder(path.parent)
        write_private(path, der_of(data))
    except CertsError as error:
        fail(error)
    except OSError as error:
        fail(RevocationListError(f"the list cannot be put in place: {error.strerror}"))
    typer.echo(f"{judged.authority.common_name}: list {judged.number}, {len(judged.revoked)} revoked", err=True)
    typer.echo(path)


@lists.command(epilog="Example: ror certs crl status --json")
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say of each authority whether its list is fresh; exit 7 if certificates are refused for want of one."""
    now = datetime.now(UTC)
    try:
        chosen = home_of(home)
        trust = load_trust(chosen.trust)
        known = read_home(chosen, trust, now=now)
    except CertsError as error:
        fail(error)
    documents = [
        status_document(authority, listed, known.policy, now)
        for authority in trust.authorities
        for listed in known.state.lists_of(authority) or (None,)
    ]
    for path, flaw in known.refused:
        typer.echo(f"{path} is not believed: {flaw.flaw.value}: {flaw.detail}", err=True)
    if as_json:
        print_json({"at": now.isoformat(timespec="seconds"), "authorities": documents})
    else:
        for document in documents:
            typer.echo(status_line(document))
    if any(_wanting(document) for document in documents):
        raise typer.Exit(Exit.TRUST_EXPIRED)


def grace(
    authority: AuthorityArgument,
    officer: Annotated[str, typer.Option("--officer", help="Who decides it; goes into the log.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; goes into the log.")],
    hours: Annotated[
        int, typer.Option("--hours", min=0, max=LONGEST_GRACE.days * 24, help="For how long; 0 ends it.")
    ],
    home: HomeOption = None,
) -> None:
    """Rely on an authority's overdue list for a while: at most seven days after it was due, and told in the log."""
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        chosen = home_of(home)
        name = _authority(load_trust(chosen.trust), authority).common_name
        with exclusive(chosen.lock):
            policy = load_policy(chosen.revocation_policy)
            graces = [given for given in policy.graces if given.authority != name and given.until >= now]
            if hours:
                until = now + timedelta(hours=hours)
                graces.append(Grace(authority=name, granted=now, until=until, reason=reason, officer=officer))
            changed = RevocationPolicy(
                requirements=policy.requirements, graces=tuple(graces), addresses=policy.addresses
            )
            act = OperatorAct.GRACE_GIVEN if hours else OperatorAct.GRACE_TAKEN_BACK
            record_act(chosen, act, target=name, officer=officer, at=now)
            save_policy(chosen.revocation_policy, changed)
    except CertsError as error:
        fail(error)
    except OSError as error:
        fail(RevocationPolicyError(f"the state folder cannot be used: {error.strerror}"))
    typer.echo(f"{name}: {f'grace for {hours} h, by {officer}' if hours else 'no grace'}", err=True)
    typer.echo(chosen.revocation_policy)


def _authority(trust: Trust, wanted: str) -> Authority:
    """The authority that is meant; a short name must fit one only. Raises ``RevocationPolicyError``."""
    found = {
        authority.common_name: authority
        for authority in trust.authorities
        if wanted in (authority.common_name, authority.domain.value.lower() if authority.domain else "root")
    }
    if len(found) != 1:
        names = ", ".join(authority.common_name for authority in trust.authorities)
        raise RevocationPolicyError(f"{wanted[:60]!r} does not name one of the trusted authorities: {names}")
    return next(iter(found.values()))


def _wanting(document: dict[str, object]) -> bool:
    fresh = document["freshness"] == Freshness.FRESH.value or document["grace_until"] is not None
    return document["requirement"] == Requirement.REQUIRED.value and not fresh


def _refuse(rejected: Rejected) -> NoReturn:
    typer.echo(f"{rejected.flaw.value}: {rejected.detail}", err=True)
    raise typer.Exit(Exit.REFUSED)
