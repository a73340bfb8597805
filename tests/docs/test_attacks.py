"""docs/attacks.md against the tests: every attack has a test that runs, and a control that shows it can fail."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.documents import ROOT, Document, codes, read

ATTACKS = read("docs/attacks.md")
NAMED_TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
NOT_IN_MAKE_TEST = frozenset({"skip", "skipif", "xfail", "full", "bench"})
SKIPPING_CALLS = frozenset({"skip", "xfail", "importorskip", "exit"})


def groups() -> dict[str, list[list[str]]]:
    """The rows of every group, by its heading."""
    found = {}
    for section in re.split(r"^## +", ATTACKS.prose, flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        if "| attack |" in text:
            found[heading.strip()] = Document(heading, text).table("attack")
    return found


GROUPS = groups()
ROWS = [(group, row) for group, rows in GROUPS.items() for row in rows]
by_row = pytest.mark.parametrize(("group", "row"), ROWS, ids=[f"{group}-{row[0]}" for group, row in ROWS])


def all_named(cells: list[str]) -> list[str]:
    return [code for cell in cells for code in codes(cell) if code.startswith("tests/")]


NAMED = sorted({name for _, row in ROWS for name in all_named(row[2:])})


@cache
def module(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"))


def names_in(tree: ast.AST) -> Iterator[str]:
    """What is reached by a dot in ``tree``: ``skip`` of ``pytest.mark.skip``."""
    return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def called_in(tree: ast.AST) -> Iterator[str]:
    """What is called on ``pytest`` in ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "pytest":
                yield node.func.attr


def marks_of_module(tree: ast.Module) -> set[str]:
    """The names in an assignment to ``pytestmark``."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    marks = [node.value for node in assigned if any(getattr(at, "id", "") == "pytestmark" for at in node.targets)]
    return {name for mark in marks for name in names_in(mark)}


@by_row
def test_every_attack_says_what_happens_and_names_a_test_and_a_control(group: str, row: list[str]) -> None:
    assert len(row) == 4, f"{group}: {row[0]} has {len(row)} cells"
    assert all(row), f"{group}: {row[0]} has an empty cell"
    for cell in row[2:]:
        assert codes(cell), f"{group}: {row[0]} names no test in {cell!r}"
        assert all(NAMED_TEST.fullmatch(code) for code in codes(cell)), f"{group}: {row[0]}: {cell}"


def test_no_attack_is_told_twice() -> None:
    told = [row[0] for _, row in ROWS]
    assert sorted(set(told)) == sorted(told)


@pytest.mark.parametrize("name", NAMED)
def test_a_named_test_exists_and_runs_in_make_test(name: str) -> None:
    file, _, test = name.partition("::")
    tree = module(file)
    defined = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == test
    ]
    assert len(defined) == 1, f"{name} is defined {len(defined)} times"
    decorators = {attribute for decorator in defined[0].decorator_list for attribute in names_in(decorator)}
    assert not (decorators | marks_of_module(tree)) & NOT_IN_MAKE_TEST
    assert not set(called_in(defined[0])) & SKIPPING_CALLS
    assert "importorskip" not in set(called_in(tree))


def test_the_counts_at_the_top_are_those_of_the_tables() -> None:
    counted = {row[0]: (int(row[1]), int(row[2])) for row in ATTACKS.table("group")}
    expected = {
        group: (len(rows), len({name for row in rows for name in all_named(row[2:])}))
        for group, rows in GROUPS.items()
    }
    assert counted == expected


def test_the_line_at_the_top_is_the_sum() -> None:
    attacks, groups_told, tests = map(int, re.findall(r"\*\*(\d+)\*\*", ATTACKS.prose)[:3])
    assert (attacks, groups_told, tests) == (len(ROWS), len(GROUPS), len(NAMED))


def test_what_is_not_here_yet_says_why() -> None:
    for row in ATTACKS.table("not here yet"):
        assert all(row), row
