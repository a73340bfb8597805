"""docs/operations.md against the settings, exit codes, log events, faults on demand and the state folder."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certs import errors as certs_errors
from certs.home import Home
from gateway.settings import GatewaySettings
from regional_nodes.serving.fault_plan import plan_path
from regional_nodes.serving.faults import FaultKind
from ror.exit_codes import Exit
from tests.support.documents import ROOT, code, codes, read
from whitelist.files import WhitelistFiles

OPERATIONS = read("docs/operations.md")
PACKAGES = ("ror", "certs", "whitelist", "regional_nodes", "gateway")
LOGGING_CALLS = frozenset({"debug", "info", "warning", "error", "exception", "write", "_tell"})
EVENT = re.compile(r"[a-z_]+\.[a-z_-]+")


def test_every_setting_is_told_with_its_default_and_no_other() -> None:
    told = {code(row[0]): row[1] for row in OPERATIONS.table("setting")}
    prefix = GatewaySettings.model_config["env_prefix"]
    fields = GatewaySettings.model_fields
    assert set(told) == {prefix + name.upper() for name in fields}
    for name, field in fields.items():
        shown = told[prefix + name.upper()]
        if field.default is None:
            assert not codes(shown), name
        elif isinstance(field.default, bool):
            assert code(shown) == str(field.default).lower(), name
        else:
            assert type(field.default)(code(shown)) == field.default, name


def test_a_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROR_GATEWAY_PORT", "9555")
    assert GatewaySettings().port == 9555


def test_every_exit_code_is_told_and_no_other() -> None:
    told = {int(code(row[0])): row[1] for row in OPERATIONS.table("exit code")}
    assert set(told) == {exit_.value for exit_ in Exit} | {130}
    for exit_ in Exit:
        assert exit_.name.lower().replace("_", " ") in told[exit_.value], exit_


def test_every_log_event_is_told_and_no_other() -> None:
    told = [event for row in OPERATIONS.table("event") for event in codes(row[0])]
    assert len(told) == len(set(told))
    assert set(told) == set(events_in_code())


def test_every_fault_on_demand_is_told_with_its_unit_and_default() -> None:
    told = {code(row[0]): row for row in OPERATIONS.table("fault on demand")}
    assert set(told) == {kind.label for kind in FaultKind}
    for kind in FaultKind:
        number = "" if kind.default is None else f"{kind.unit}, {kind.default}"
        assert told[kind.label][1] == number, kind


def test_the_state_folder_is_the_one_told() -> None:
    home = Home(Path("/home"))
    files = WhitelistFiles(home)
    leaf = home.leaf("gateway-server")
    layout = OPERATIONS.blocks("text")[0]
    root = home.authority("root")
    readers = [files.published, files.trust, files.seen, home.nodes_directory, home.node_store("ara")]
    desk = [files.draft, files.history, files.officer_key("officer-1")]
    pki = [home.trust, root.certificate, root.key, leaf.certificate, leaf.key, leaf.chain]
    for path in (*readers, *desk, *pki, plan_path(home)):
        assert path.stem in layout or path.parent.name in layout, path
        assert path.suffix in layout, path


def test_every_error_code_of_the_certificates_is_told() -> None:
    told = {code(row[0]) for row in OPERATIONS.table("certificate error")}
    classes = [value for value in vars(certs_errors).values() if inspect.isclass(value)]
    assert {one.code for one in classes if issubclass(one, certs_errors.CertsError)} <= told


def events_in_code() -> Iterator[str]:
    """Every event name that is handed to a logging call."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield from _events_of(file)


def _events_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, first = node.func, node.args[0]
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        value = first.value if isinstance(first, ast.Constant) else None
        if name in LOGGING_CALLS and isinstance(value, str) and EVENT.fullmatch(value):
            yield value
