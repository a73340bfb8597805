"""``ror whitelist init``."""

from pathlib import Path
from typing import Annotated

import typer

from certs import demonstration_pki
from whitelist import demonstration, office
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption
from whitelist.draft import LEAST_THRESHOLD
from whitelist.errors import RosterError
from whitelist.holders import person_digest, read_person
from whitelist.texts import check_id


def init(
    demo: Annotated[
        bool, typer.Option("--demo", help="With the demonstration's PKI, officers and partners.")
    ] = False,
    environment: Annotated[str, typer.Option(help="What the list is for; lists of another are refused.")] = "test",
    officer: Annotated[
        list[str] | None,
        typer.Option(help="`NAME`, or `NAME=certificate.pem` (Personnes); repeatable. officer-1 and officer-2."),
    ] = None,
    threshold: Annotated[
        int, typer.Option(min=LEAST_THRESHOLD, help="How many of them must sign.")
    ] = LEAST_THRESHOLD,
    home: HomeOption = None,
) -> None:
    """Make the officers' keys (0600), pin them, and publish version 1: empty, or the demonstration's."""
    with desk.told():
        files, now = desk.files_of(home), desk.now()
        if demo:
            demonstration_pki.ensure(files.home, at=now, partners=demonstration.PKI_PARTNERS)
            whitelist = demonstration.ensure(files.home, at=now)
        else:
            check_id(environment, "the environment")
            chosen = dict(_chosen(word) for word in officer or list(demonstration.OFFICERS))
            for name in chosen:
                check_id(name, "the officer's name")
            if len(chosen) < threshold:
                raise RosterError(f"{threshold} officers must sign, {len(chosen)} are named: --officer for each")
            persons = {name: person_digest(read_person(Path(path), now)) for name, path in chosen.items() if path}
            trust = office.found(
                files, environment=environment, officers=tuple(chosen), threshold=threshold, persons=persons
            )
            keys = office.keys_here(files, trust)
            whitelist = office.sign_draft(files, keys, now, reason="the first list").verified.whitelist
        desk.say(
            f"version {whitelist.version} is in force with {len(whitelist.partners)} partners: {files.published}"
        )
        for one in () if demo else whitelist.officers:
            desk.say(f"give officer {one.name} this key and keep no copy: {files.officer_key(one.name)}")


def _chosen(word: str) -> tuple[str, str]:
    name, _, path = word.partition("=")
    return name, path
