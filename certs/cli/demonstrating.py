"""``ror certs demo|issue|revoke``: the demonstration's authorities at work."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from certs.audit.acting import OperatorAct, record_act
from certs.cli.options import HomeOption, fail, home_of
from certs.demonstration_holders import DEFAULT_PARTNERS, Holder, demonstration_holders
from certs.demonstration_pki import Change, ensure, load_authority
from certs.demonstration_revocation import Target, publisher_of, target_named
from certs.errors import CertsError, IssuingError
from certs.home import Home
from certs.issuing import Issued, IssueRequest, issue
from certs.keys import KeyKind, PrivateKey, key_from_pem
from certs.names import DistinguishedName
from certs.private_files import exclusive, make_private_folder, write_private
from certs.profiles import Purpose
from certs.revocation.publishing import lift, revoke
from certs.revocation.revoked import RevocationReason

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Folder under pki/leaves.")]
_OFFICERS = 2


def demo(
    home: HomeOption = None,
    key: Annotated[
        KeyKind | None,
        typer.Option("--key", help="Replace keys of another kind; default keeps them, new ones P-256."),
    ] = None,
) -> None:
    """Make the demonstration PKI and its revocation lists, or complete them: what still holds is left alone."""
    try:
        chosen = home_of(home)
        record_act(chosen, OperatorAct.CERTIFICATES_MADE)
        pki = ensure(chosen, at=datetime.now(UTC), key_kind=key)
    except CertsError as error:
        fail(error)
    except OSError as error:
        fail(IssuingError(f"the state folder cannot be used: {error.strerror}"))
    counts = ", ".join(f"{len(pki.names(change))} {change.value}" for change in Change)
    typer.echo(f"demonstration certificates: {counts}", err=True)
    typer.echo(pki.home.pki)


def issue_leaf(
    name: NameArgument,
    purpose: Annotated[Purpose | None, typer.Option("--purpose", help="Needed for a new holder.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="RFC 4514 name; needed for a new holder.")] = None,
    server_name: Annotated[list[str] | None, typer.Option("--server-name", help="DNS name of a server.")] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, help="Default: the profile's.")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Under a new key; default keeps the old one.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the old one.")] = False,
    home: HomeOption = None,
) -> None:
    """Issue a certificate from the demonstration's authorities: for its own holders, or for a new one."""
    try:
        chosen = home_of(home)
        holder = _holder(name, purpose, subject, tuple(server_name or ()))
        make_private_folder(chosen.leaf(name).folder)
        with exclusive(chosen.lock):
            record_act(chosen, OperatorAct.CERTIFICATE_ISSUED, target=name)
            issued = _issue(chosen, holder, days, None if new_key else _old_key(chosen, name), replace=replace)
    except CertsError as error:
        fail(error)
    except OSError as error:
        fail(IssuingError(f"the state folder cannot be used: {error.strerror}"))
    typer.echo(f"issued {issued.certificate.serial_number:x} for {holder.subject}", err=True)
    typer.echo(chosen.leaf(name).folder)


def revoke_leaf(
    target: Annotated[
        str, typer.Argument(metavar="NAME|SERIAL", help="Folder under pki/leaves, an authority, or a serial in hex.")
    ],
    reason: Annotated[
        RevocationReason, typer.Option("--reason", help="Why; `hold` can be lifted.")
    ] = RevocationReason.UNSPECIFIED,
    authority: Annotated[
        str, typer.Option("--authority", help="Who issued a bare serial: root, organisations or personnes.")
    ] = "organisations",
    lifted: Annotated[bool, typer.Option("--lift", help="Take a certificate off hold instead.")] = False,
    home: HomeOption = None,
) -> None:
    """Revoke a certificate of the demonstration's authorities and publish the list; servers take it up at once."""
    now = datetime.now(UTC)
    try:
        chosen = home_of(home)
        found = target_named(chosen, target) or Target(authority, _serial(target))
        with exclusive(chosen.lock):
            publisher = publisher_of(chosen, found.authority)
            act = OperatorAct.HOLD_LIFTED if lifted else OperatorAct.CERTIFICATE_REVOKED
            record_act(chosen, act, target=f"{found.authority}/{found.serial:x}", at=now)
            if lifted:
                listed = lift(publisher, found.serial, at=now)
            else:
                listed = revoke(publisher, found.serial, reason, at=now)
    except CertsError as error:
        fail(error)
    except OSError as error:
        fail(IssuingError(f"the state folder cannot be used: {error.strerror}"))
    word = "lifted" if lifted else f"revoked ({reason.value})"
    typer.echo(f"{found.serial:x} {word}; list {listed.number} names {len(listed.revoked)}", err=True)
    typer.echo(publisher.path)


def _serial(text: str) -> int:
    plain = text.lower().removeprefix("0x").replace(":", "")
    if not re.fullmatch(r"[0-9a-f]{1,40}", plain, re.ASCII):
        raise IssuingError(f"{text[:60]!r} is neither a holder of this state folder nor a serial number in hex")
    return int(plain, 16)


def _holder(name: str, purpose: Purpose | None, subject: str | None, server_names: tuple[str, ...]) -> Holder:
    known = {holder.name: holder for holder in demonstration_holders(DEFAULT_PARTNERS, _OFFICERS)}.get(name)
    if subject is None and purpose is None and known is not None:
        return known
    if subject is None or purpose is None:
        raise IssuingError(f"{name!r} is no holder of the demonstration: --purpose and --subject say who it is")
    return Holder(
        name=name,
        profile=purpose.profile,
        subject=DistinguishedName.parse(subject),
        server_names=server_names,
    )


def _old_key(home: Home, name: str) -> PrivateKey | None:
    try:
        return key_from_pem(home.leaf(name).key.read_bytes())
    except FileNotFoundError:
        return None


def _is_compromised(home: Home, name: str) -> bool:
    """Whether the certificate in place was revoked because its key is known to others."""
    target = target_named(home, name)
    listed = publisher_of(home, target.authority).published() if target else None
    revocation = listed.revoked.get(target.serial) if listed and target else None
    return revocation is not None and revocation.reason is RevocationReason.KEY_COMPROMISE


def _issue(home: Home, holder: Holder, days: int | None, key: PrivateKey | None, *, replace: bool) -> Issued:
    files = home.leaf(holder.name)
    if files.certificate.exists() and not replace:
        raise IssuingError(f"{files.certificate} is there already; --replace puts the new one in its place")
    signer = load_authority(home, holder.profile.domain.value.lower())
    if key is not None and _is_compromised(home, holder.name):
        raise IssuingError(f"the key of {holder.name!r} was revoked as compromised; --new-key makes another")
    now = datetime.now(UTC).replace(microsecond=0)
    lifetime = timedelta(days=days) if days is not None else holder.profile.lifetime
    issued = issue(
        signer,
        IssueRequest(
            subject=holder.subject,
            profile=holder.profile,
            not_before=now - timedelta(minutes=5),
            not_after=min(now + lifetime, signer.certificate.not_valid_after_utc),
            server_names=holder.server_names,
            addresses=holder.addresses,
            key=key,
        ),
    )
    if key is None:
        write_private(files.key, issued.key_pem)
    write_private(files.certificate, issued.certificate_pem)
    write_private(files.chain, issued.chain_pem)
    return issued
