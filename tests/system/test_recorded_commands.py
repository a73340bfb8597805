"""Every command either changes nothing, or hands in to the audit log what it is about to do."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from certs.audit.acting import OperatorAct
from certs.audit.inbox import AuditFiles
from certs.cli import app as certs_app
from certs.home import Home
from regional_nodes.cli import app as nodes_app
from regional_nodes.errors import NodesError
from tests.docs.test_commands import paths, the_command
from tests.support.documents import codes, read
from whitelist import demonstration
from whitelist.acts import Act
from whitelist.cli import app as whitelist_app
from whitelist.files import WhitelistFiles

APPS = {"certs": certs_app, "nodes": nodes_app, "whitelist": whitelist_app}
READING = {
    "ror doctor",
    "ror search",
    "ror certs show",
    "ror certs check",
    "ror certs expiring",
    "ror certs crl show",
    "ror certs crl status",
    "ror nodes status",
    "ror whitelist show",
    "ror whitelist diff",
    "ror whitelist log",
    "ror whitelist verify",
    "ror whitelist export",
    "ror whitelist propagation",
    "ror whitelist officers list",
}
SERVING = {"ror demo", "ror gateway"}
"""They run services, which record for themselves, and what the demonstration sets up on the way."""

CHANGED = "whitelist change samu-rhone --quota 7"
SUSPENDED = "whitelist suspend samu-rhone --reason x --officer officer-1"
PERSON = "whitelist people add samu-rhone --certificate {person} --id poste-1 --profile CU22"
WRITING: dict[str, tuple[str, Act | OperatorAct]] = {
    "ror certs demo": ("certs demo", OperatorAct.CERTIFICATES_MADE),
    "ror certs issue": ("certs issue partner-samu-rhone --replace", OperatorAct.CERTIFICATE_ISSUED),
    "ror certs revoke": ("certs revoke partner-samu-rhone", OperatorAct.CERTIFICATE_REVOKED),
    "ror certs grace": (
        "certs grace organisations --officer officer-1 --reason x --hours 2",
        OperatorAct.GRACE_GIVEN,
    ),
    "ror certs crl publish": ("certs crl publish organisations", OperatorAct.REVOCATION_PUBLISHED),
    "ror certs crl install": ("certs crl install {list}", OperatorAct.REVOCATION_INSTALLED),
    "ror nodes prepare": ("nodes prepare", OperatorAct.DATA_PREPARED),
    "ror nodes import": ("nodes import --gisco {list} --sae {folder}", OperatorAct.DATA_IMPORTED),
    "ror nodes serve": ("nodes serve --only ara --fault ara=hang", OperatorAct.FAULT_SET),
    "ror nodes fault": ("nodes fault idf hang", OperatorAct.FAULT_SET),
    "ror whitelist init": ("whitelist init --officer a --officer b", Act.FOUNDED),
    "ror whitelist add": (
        "certs issue partner-own --purpose client --subject 'CN=OWN,OU=1690000001,O=OWN,C=FR'; "
        "whitelist add --certificate {own} --id own --name Own --home-ror ara",
        Act.DRAFTED,
    ),
    "ror whitelist change": (CHANGED, Act.DRAFTED),
    "ror whitelist revoke": ("whitelist revoke samu-rhone --reason x", Act.DRAFTED),
    "ror whitelist suspend": (SUSPENDED, Act.SUSPENDED),
    "ror whitelist confirm": (f"{SUSPENDED}; whitelist confirm samu-rhone", Act.DRAFTED),
    "ror whitelist resume": (f"{SUSPENDED}; whitelist resume samu-rhone --reason x", Act.DRAFTED),
    "ror whitelist discard": (f"{CHANGED}; whitelist discard", Act.DISCARDED),
    "ror whitelist draft": (f"{CHANGED}; whitelist draft --officer officer-1 --reason x", Act.PROPOSED),
    "ror whitelist sign": (f"{CHANGED}; whitelist sign --reason x", Act.PUBLISHED),
    "ror whitelist import": ("whitelist import {csv}", Act.DRAFTED),
    "ror whitelist officers key": ("whitelist officers key carol", Act.KEY_MADE),
    "ror whitelist officers add": ("whitelist officers add carol", Act.DRAFTED),
    "ror whitelist officers remove": (
        "whitelist officers add carol; whitelist officers remove carol",
        Act.DRAFTED,
    ),
    "ror whitelist officers rotate": ("whitelist officers rotate officer-2", Act.DRAFTED),
    "ror whitelist canary key": ("whitelist canary key {canary}", Act.KEY_MADE),
    "ror whitelist canary set": ("whitelist canary set {canary}", Act.DRAFTED),
    "ror whitelist canary remove": ("whitelist canary remove", Act.DRAFTED),
    "ror whitelist people add": (PERSON, Act.DRAFTED),
    "ror whitelist people remove": (f"{PERSON}; whitelist people remove samu-rhone poste-1", Act.DRAFTED),
}
BY_TWO = {"ror whitelist approve", "ror whitelist publish"}
"""Their acts need two officers' hands: ``tests/whitelist/test_acts.py``."""


def test_every_command_is_known_here_as_reading_or_writing() -> None:
    commands = {path for path in paths(the_command()) if not path.startswith("ror audit")}
    assert commands == READING | SERVING | BY_TWO | WRITING.keys()


def test_every_act_is_told_in_the_documentation_and_no_other() -> None:
    told = {act for row in read("docs/audit.md").table("act") for act in codes(row[0])}
    assert told == {act.value for act in (*Act, *OperatorAct)}
    commands = {word for row in read("docs/audit.md").table("act") for word in codes(row[1])}
    assert commands == WRITING.keys() | BY_TWO


@pytest.fixture
def recorded(pki_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Run command lines on a machine that keeps a log; the acts that the last of them handed in."""
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.root, home.root, ignore=shutil.ignore_patterns("audit", "nodes"))
    audit = AuditFiles(home)
    audit.folder.mkdir(mode=0o700)
    home.nodes.mkdir(mode=0o700)
    monkeypatch.setenv("ROR_HOME", str(home.root))

    def stop(*_: object, **__: object) -> None:
        raise NodesError("far enough")

    for work in ("prepare_synthetic", "prepare_imported", "_serve"):
        monkeypatch.setattr(f"regional_nodes.cli.{work}", stop)
    places = {
        "own": home.leaf("partner-own").certificate,
        "person": home.leaf("officer-1").certificate,
        "list": home.revocation_list("organisations"),
        "folder": tmp_path,
        "csv": tmp_path / "partners.csv",
        "canary": demonstration.CANARY,
    }

    def run(line: str) -> Result:
        name, *words = shlex.split(line)
        if words[:1] == ["init"]:
            shutil.rmtree(home.whitelist)
        if words[:2] == ["canary", "key"]:
            WhitelistFiles(home).canary_key.unlink(missing_ok=True)
        return CliRunner().invoke(APPS[name], words)

    def acts(lines: str) -> list[str]:
        if "{csv}" in lines:
            places["csv"].write_text(run("whitelist export").stdout.replace(",60,", ",61,"))
        for line in lines.format(**places).split("; "):
            before = {path.name for path in audit.inbox.glob("*.slip")}
            result = run(line)
            assert result.exit_code == 0 or "far enough" in result.output, (line, result.output)
        fresh = [path for path in audit.inbox.glob("*.slip") if path.name not in before]
        return [json.loads(path.read_bytes())["event"]["act"] for path in fresh]

    return acts


@pytest.mark.parametrize("command", sorted(WRITING))
def test_a_command_that_changes_something_hands_in_what_it_does(
    recorded: Callable[[str], list[str]], command: str
) -> None:
    lines, act = WRITING[command]
    assert lines.split("; ")[-1].startswith(command.removeprefix("ror "))
    assert act.value in recorded(lines)


@pytest.mark.parametrize(
    "command", ["ror certs grace", "ror certs revoke", "ror nodes fault", "ror whitelist change"]
)
def test_what_cannot_be_recorded_is_not_done(
    recorded: Callable[[str], list[str]], command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def state() -> dict[Path, bytes]:
        files = (path for path in (tmp_path / "home").rglob("*") if path.is_file() and "lock" not in path.name)
        return {path: path.read_bytes() for path in files}

    monkeypatch.setattr("certs.audit.inbox.write_private", full)
    before = state()
    with pytest.raises(AssertionError):
        recorded(WRITING[command][0])
    assert state() == before
