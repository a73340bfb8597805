"""Markdown as tests read it: tables, code blocks, headings."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"(?:^\|.*\|\n?)+", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file; ``name`` is its path from the root of the repository."""

    name: str
    text: str

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return ROOT / self.name

    @property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The code blocks of one language."""
        return [code for found, code in _FENCE.findall(self.text) if found == language]

    def table(self, first_heading: str) -> list[list[str]]:
        """The rows of the tables whose first heading is ``first_heading``, all of them in one list."""
        found: list[list[str]] = []
        for block in _TABLE.findall(self.prose):
            heading, _rule, *rows = [_cells(line) for line in block.strip().splitlines()]
            if heading[0] == first_heading:
                found += rows
        assert found, f"{self.name} has no table that begins with {first_heading!r}"
        return found

    def anchors(self) -> set[str]:
        """What a link may name after ``#``."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in _HEADING.findall(self.prose)
        }


def read(name: str) -> Document:
    """The document of that name."""
    return Document(name, (ROOT / name).read_text("utf-8"))


def all_documents() -> list[Document]:
    """Every document of the product."""
    folders = (ROOT, ROOT / "docs", ROOT / "compose")
    paths = [path for folder in folders for path in sorted(folder.glob("*.md"))]
    return [read(path.relative_to(ROOT).as_posix()) for path in paths]


def code(cell: str) -> str:
    """The code in a cell that holds one and nothing else."""
    match = re.fullmatch(r"`([^`]+)`", cell)
    assert match, f"{cell!r} is not one code in backticks"
    return match[1]


def codes(cell: str) -> list[str]:
    """Every code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
