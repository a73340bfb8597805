"""What holds for every document: links lead somewhere, examples are whole, languages are kept apart."""

import re
from pathlib import Path

import pytest
from lxml import etree

from ror.schemas import Kind, problems
from tests.support.documents import ROOT, Document, all_documents, read

DOCUMENTS = all_documents()
LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:Users|work|mnt)/\w+")
ABOVE = re.compile(r"(?<![\w./])((?:\.\./)+)([\w./-]*)")
TEXT_SUFFIXES = frozenset(
    {".py", ".md", ".cfg", ".toml", ".yaml", ".yml", ".service", ".txt", ".tsv", ".xsd", ".wsdl"}
)
FOLDERS = ("ror", "certs", "whitelist", "regional_nodes", "gateway", "tests", "docs", "compose")
ENGLISH = frozenset(["the", "of", "and", "is", "to", "that", "a", "in", "it", "not", "are"])
FRENCH = frozenset(["le", "la", "les", "des", "est", "du", "une", "et", "dans", "pour", "que"])

by_name = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@by_name
def test_links_lead_somewhere(document: Document) -> None:
    for target in LINK.findall(document.prose):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (document.path.parent / path).resolve() if path else document.path
        assert found.exists(), f"{document.name} links to {target}"
        if anchor:
            assert anchor in read(found.relative_to(ROOT).as_posix()).anchors(), f"{document.name} links to {target}"


@by_name
def test_it_is_written_in_english(document: Document) -> None:
    without_names = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)|« [^»]* »|^\|.*\|$", " ", document.prose, flags=re.MULTILINE)
    words = re.findall(r"[a-zàâçéèêëîïôûù]+", without_names.lower())
    english, french = (sum(word in known for word in words) for known in (ENGLISH, FRENCH))
    assert english > 10 * french, (english, french)


@by_name
def test_python_examples_compile(document: Document) -> None:
    for block in document.blocks("python"):
        compile(block, document.name, "exec")


@by_name
def test_xml_examples_are_well_formed_and_conform(document: Document) -> None:
    kinds = {kind.root: kind for kind in (Kind.G1_REQUEST, Kind.SEARCH_HEADER, Kind.COVERAGE_HEADER)}
    for block in document.blocks("xml"):
        for element in etree.fromstring(block.replace("…", "x")).iter():
            if element.tag in kinds:
                assert problems(element, kinds[element.tag]) == ()


def test_every_document_is_reached_from_the_readme() -> None:
    reached, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        here = read(name)
        for target in LINK.findall(here.prose):
            path = target.partition("#")[0]
            if path.endswith(".md") and "://" not in path:
                waiting.append((here.path.parent / path).resolve().relative_to(ROOT).as_posix())
    assert reached == {document.name for document in DOCUMENTS}


def files_of_the_product() -> list[Path]:
    """Every text file of the repository."""
    inside = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
    above = [path for path in sorted(ROOT.iterdir()) if path.is_file() and not path.name.startswith(".coverage")]
    return [path for path in (*inside, *above) if path.suffix in TEXT_SUFFIXES or not path.suffix]


def test_no_file_names_a_place_outside_the_repository() -> None:
    for path in files_of_the_product():
        text = path.read_text("utf-8", "ignore")
        assert not MACHINE_PATH.search(text), f"{path}: {MACHINE_PATH.search(text)}"
        for up, rest in ABOVE.findall(text):
            if rest and path.suffix in {".md", ".yaml"}:
                target = (path.parent / up / rest).resolve()
                assert target.is_relative_to(ROOT), f"{path}: {up}{rest}"
                assert target.exists(), f"{path}: {up}{rest}"
