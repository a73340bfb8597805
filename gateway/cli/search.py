"""``ror search``: a partner's search, over the same wire as anybody's."""

import asyncio
import json
import os
from pathlib import Path

import typer

from certs.errors import CertsError
from certs.home import Home
from certs.private_files import write_private
from gateway.asking import Answered, GatewayUnreachableError, Refused, ask_gateway
from gateway.cli import criteria as words
from gateway.cli import search_options as options
from gateway.cli.logs import no_logs
from gateway.cli.partner import AskingPartner
from gateway.cli.tables import coverage_table, messages, output, say_error, units_table
from gateway.fetching_receipts import NoReceiptError, fetch_receipt
from gateway.offer_view import coverage_view, view
from ror import namespaces as ns
from ror.errors import FaultError
from ror.exit_codes import Exit, exit_of_fault
from ror.faults import PeerFault
from ror.question import Question
from ror.territory import commune
from whitelist.errors import WhitelistError
from whitelist.source import WhitelistSource

EXAMPLES = """
Examples:

* burns beds in the whole country: `ror search --activity 121 --scope national`
* within 50 km of Lyon, an open bed: `ror search --activity 127 --in 69123 --within 50 --open-beds 1`
* own region and its neighbours, nearest first: `ror search --activity 059 --scope neighbours --near Lyon`
* as far as it takes to find three: `ror search --activity 121 --open-beds 1 --scope widening --enough 3 --in 69123`
"""


def search(
    activity: options.Activities = None,
    act: options.Act = None,
    speciality: options.Speciality = None,
    equipment: options.Equipment = None,
    mode: options.CareModes = None,
    age_class: options.AgeClasses = None,
    age: options.Age = None,
    name: options.Name = None,
    open_beds: options.OpenBeds = None,
    scope: options.HowFar = words.Scope.NATIONAL,
    enough: options.Enough = 1,
    home_ror: options.HomeRor = None,
    place: options.Places = None,
    within: options.Within = None,
    near: options.Near = None,
    limit: options.Limit = None,
    deadline: options.Deadline = None,
    complete: options.Complete = False,
    least: options.Least = None,
    profile: options.ClaimedProfile = None,
    sign_vihf: options.SignVihf = False,
    partner: options.PartnerName = "samu-rhone",
    url: options.Url = f"https://localhost:9443{ns.PATH_G1}",
    as_json: options.AsJson = False,
    receipt: options.ReceiptFile = None,
    home: options.StateFolder = None,
) -> None:
    """Search the regions through the gateway."""
    if sign_vihf and profile is None:
        raise typer.BadParameter("there is a VIHF to sign only with --profile", param_hint="--sign-vihf")
    no_logs()
    state = Home.resolve(home, os.environ)
    try:
        question = words.question(
            words.criteria(
                activities=activity or [],
                act=act,
                speciality=speciality,
                equipment=equipment,
                care_modes=mode or [],
                age_classes=age_class or [],
                age=age,
                name=name,
                open_beds=open_beds,
            ),
            words.destinations(scope, home_ror or home_of(state, partner), place or [], within),
            words.reference(near),
            limit,
            deadline,
            least_complete=1.0 if complete else least,
            widen_until=enough if scope is words.Scope.WIDENING else None,
        )
    except FaultError as error:
        fault = error.fault
        refused = Refused(PeerFault(fault.number, fault.reason.slug, fault.message), None)
        _told_refusal(refused, as_json=as_json)
        raise typer.Exit(Exit.INVALID_INPUT) from error
    raise typer.Exit(
        run(state, partner, profile, url, question, sign_vihf=sign_vihf, as_json=as_json, receipt=receipt)
    )


search.__doc__ = f"{search.__doc__}\n{EXAMPLES}"


def home_of(home: Home, partner: str) -> str | None:
    """The home ROR that the published list gives the partner, where this machine has the list."""
    try:
        source = WhitelistSource.of_home(home)
    except (WhitelistError, OSError):
        return None
    source.refresh()
    listed = source.current.whitelist.partners if source.current is not None else ()
    return next((entry.home_ror for entry in listed if entry.id == partner), None)


def run(
    home: Home,
    partner: str,
    profile: str | None,
    url: str,
    question: Question,
    *,
    sign_vihf: bool = False,
    as_json: bool = False,
    receipt: Path | None = None,
) -> Exit:
    """Ask, print, and tell the exit code; with ``receipt``, wait for the proof and keep it there."""
    try:
        asking = AskingPartner.of_home(home, partner, profile, sign_vihf=sign_vihf)
    except CertsError as error:
        say_error(error.code, str(error))
        return Exit.INVALID_INPUT
    try:
        outcome = asyncio.run(ask_gateway(url, asking.context, asking.caller, question))
    except GatewayUnreachableError as error:
        if as_json:
            failure = {"number": None, "slug": "gateway.unreachable", "message": str(error)}
            typer.echo(json.dumps({"error": failure, "coverage": None}, ensure_ascii=False, indent=1))
        say_error("gateway.unreachable", str(error))
        return Exit.NO_ROR_ANSWERED
    if isinstance(outcome, Refused):
        told = _told_refusal(outcome, as_json=as_json)
    else:
        told = _told_answer(outcome, _reference_of(question), as_json=as_json)
    if receipt is not None and outcome.coverage is not None:
        kept = _keep_receipt(url, asking, outcome.coverage.question_id, receipt)
        return told if kept else Exit.UNEXPECTED
    return told


def _keep_receipt(url: str, asking: AskingPartner, question_id: str, target: Path) -> bool:
    """Fetch the receipt of a question and put it there, for its owner alone; whether it could be had."""
    try:
        with messages().status("Reçu …"):
            found = asyncio.run(fetch_receipt(url, asking.context, question_id))
        write_private(target, found.document)
    except (NoReceiptError, GatewayUnreachableError) as error:
        say_error("receipt.failed", str(error))
        return False
    except OSError as error:
        say_error("receipt.not-written", f"{target}: {error.strerror or error}")
        return False
    messages().print(f"Reçu : {target} (ror audit check {target} --key …)", markup=False, soft_wrap=True)
    return True


def _reference_of(question: Question) -> str | None:
    """The commune that distances are told from, as people know it."""
    code = question.reference.commune if question.reference is not None else None
    place = commune(code) if code else None
    return place.label if place else None


def _told_answer(answered: Answered, near: str | None, *, as_json: bool) -> Exit:
    shown = view(answered.directory, answered.coverage)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        console = messages()
        if near is not None:
            console.print(f"Distances depuis {near}.", markup=False)
        for warning in shown["warnings"]:
            console.print(warning, style="yellow", markup=False)
        console.print(coverage_table(shown["coverage"]))
        output().print(units_table(shown["units"], simulated=shown["simulated"]))
    return Exit.COMPLETE if answered.coverage.is_complete else Exit.PARTIAL


def _told_refusal(refused: Refused, *, as_json: bool) -> Exit:
    fault = refused.fault
    if as_json:
        told = coverage_view(refused.coverage) if refused.coverage else None
        error = {"number": fault.number, "slug": fault.slug, "message": fault.message}
        typer.echo(json.dumps({"error": error, "coverage": told}, ensure_ascii=False, indent=1))
    _say_fault(fault.number, fault.slug, fault.message)
    if refused.coverage is not None and not as_json:
        messages().print(coverage_table(coverage_view(refused.coverage)))
    return exit_of_fault(fault.number, fault.slug)


def _say_fault(number: int | None, slug: str | None, message: str) -> None:
    say_error(f"{slug or 'fault'} ({number or '–'})", message)
