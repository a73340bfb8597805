"""What the house is made of: nothing runs what it reads, no name becomes a path elsewhere, no pattern takes long."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from certs.errors import HomeError
from certs.home import Home
from tests.support.documents import ROOT

PACKAGES = ("ror", "certs", "whitelist", "regional_nodes", "gateway")


@pytest.mark.parametrize("name", ["../../etc", "a/b", "..", "", "a\0b", "x" * 300, "/etc/passwd"])
def test_no_path_is_made_of_a_holders_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(HomeError, match="no name for a file"):
        Home(tmp_path).leaf(name)


def test_the_control_a_holders_name_is_a_folder_of_its_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.leaf("partner-samu-rhone").key.is_relative_to(home.root)


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "yaml", "jinja2", "telnetlib", "ftplib", "xmlrpc"}
SUSPICIOUS = re.compile("|".join([*FORBIDDEN_CALLS, *FORBIDDEN_MODULES, "shell"]))


def test_nothing_here_runs_what_it_reads() -> None:
    for name, path in modules():
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)) if SUSPICIOUS.search(source) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in FORBIDDEN_CALLS, f"{name}:{node.lineno}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                told = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not {one.partition(".")[0] for one in told} & FORBIDDEN_MODULES, f"{name}:{node.lineno}"
            if isinstance(node, ast.keyword) and node.arg == "shell":
                assert isinstance(node.value, ast.Constant), f"{name}:{node.lineno}"
                assert node.value.value is False, f"{name}:{node.lineno}"


def test_the_control_such_a_call_would_be_seen() -> None:
    [node] = [one for one in ast.walk(ast.parse("eval('1')")) if isinstance(one, ast.Call)]
    assert isinstance(node.func, ast.Name)
    assert node.func.id in FORBIDDEN_CALLS


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Every pattern that a module of ours keeps."""
    found = {}
    for package in PACKAGES:
        for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if info.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(info.name)).items():
                if isinstance(value, re.Pattern):
                    found[f"{info.name}.{name}"] = value
    return found


LONG = 20_000
PIECES = [*"a0 .-(<=\"',;/?", "<!--", "<?", "a=", "a,", "a.", "0.", " a", '\\"', "-->"]
ENDS = ["", "!", "\x00", ">", '"']


def seconds(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    """CPU for matching and searching ``text``."""
    told = text if isinstance(pattern.pattern, str) else text.encode()
    began = time.process_time()
    pattern.fullmatch(told)  # type: ignore[arg-type]
    pattern.match(told)  # type: ignore[arg-type]
    return time.process_time() - began


def test_no_pattern_takes_long_for_a_text_made_to_take_long() -> None:
    kept = patterns()
    assert len(kept) > 40
    slow = {}
    for name, pattern in kept.items():
        for piece in PIECES:
            text = piece * (LONG // len(piece))
            took = max(seconds(pattern, text + end) for end in ENDS)
            if took > 0.2:
                slow[name] = (piece, took)
    assert slow == {}


def test_the_control_a_bad_pattern_takes_long() -> None:
    assert seconds(re.compile(r"(a|a)*$"), "a" * 20 + "!") > 0.1
