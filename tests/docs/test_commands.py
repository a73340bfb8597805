"""Every command that exists is told, and every command line that is told exists."""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from gateway.cli.main import COMMANDS_GROUP, app
from tests.support.documents import all_documents, read

OPERATIONS = read("docs/operations.md")


def the_command() -> TyperGroup:
    """The whole command ``ror``, with what the other packages bring."""
    whole = typer.Typer()
    whole.registered_commands = list(app.registered_commands)
    for entry in entry_points(group=COMMANDS_GROUP):
        whole.add_typer(entry.load(), name=entry.name)
    command = typer.main.get_command(whole)
    assert isinstance(command, TyperGroup)
    return command


def paths(group: TyperGroup, before: str = "ror") -> Iterator[str]:
    """Every command that does something, as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from paths(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def lines() -> Iterator[tuple[str, str]]:
    """Every ``ror`` line of a shell block, and every ``ror …`` in backticks, with the document's name."""
    for document in all_documents():
        for block in (*document.blocks("sh"), *document.blocks("console")):
            for line in block.replace("\\\n", " ").splitlines():
                for part in re.split(r"&&|\||;|^\$ ", line.partition(" #")[0]):
                    if part.strip().startswith("ror "):
                        yield document.name, part.strip()
        for told in re.findall(r"`(ror [a-z][^`]*)`", document.prose):
            yield document.name, told


def test_every_command_is_told_in_the_operators_guide() -> None:
    told = {code for row in OPERATIONS.table("command") for code in re.findall(r"`([^`]+)`", row[0])}
    assert told == set(paths(the_command()))


@pytest.mark.parametrize(("name", "line"), sorted(set(lines())))
def test_a_command_line_that_is_told_exists(name: str, line: str) -> None:
    command: TyperGroup | TyperCommand = the_command()
    words = [word for word in shlex.split(line.replace("…", ""))[1:] if word]
    while words and isinstance(command, TyperGroup):
        assert words[0] in command.commands, f"{name}: {line}"
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in options, f"{name}: {line}"
