"""Tables for people: the nodes, and what an import made of its files."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text
from yarl import URL

from regional_nodes.imported.report import ImportReport
from regional_nodes.status import NodeStatus
from regional_nodes.store.opening import SourceKind

_SOURCES = {SourceKind.SYNTHETIC: "synthét.", SourceKind.IMPORTED: "importées"}


def status_table(nodes: Sequence[NodeStatus]) -> Table:
    """One line a node, narrow enough for a terminal of 80 columns."""
    table = Table(
        title="Les nœuds régionaux (données simulées, pas pour soigner)",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("ROR", no_wrap=True)
    table.add_column("Région", no_wrap=True, max_width=17)
    for heading in ("Solution", "Nomenclature", "Données"):
        table.add_column(heading, no_wrap=True)
    for heading in ("EG", "UE", "Port"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("État")
    for node in nodes:
        meta = node.meta
        table.add_row(
            node.ror.id,
            node.ror.name,
            node.ror.solution.value,
            f"{meta.release:%d/%m/%Y}" if meta else "–",
            _SOURCES[meta.source] if meta else "–",
            str(meta.establishments) if meta else "–",
            str(meta.units) if meta else "–",
            str(URL(node.url).port) if node.url else "–",
            _state(node),
        )
    return table


def _state(node: NodeStatus) -> str:
    if node.meta is None:
        return "[red]sans données[/]"
    word = "[green]en service[/]" if node.up else "[red]arrêté[/]"
    return f"{word} [yellow]({node.fault})[/]" if node.fault is not None else word


def import_tables(report: ImportReport) -> Iterator[Table]:
    """What came of each file, and how many establishments and units each ROR has."""
    files = Table(title="Fichiers importés", title_justify="left")
    for heading in ("Fichier", "Année"):
        files.add_column(heading, no_wrap=True)
    for heading in ("Lignes", "Placées", "Unités"):
        files.add_column(heading, justify="right")
    files.add_column("Non placées")
    for totals in report.files:
        files.add_row(
            Text(totals.file),
            Text(totals.year),
            str(totals.rows),
            str(totals.mapped),
            str(totals.units),
            ", ".join(f"{reason} {count}" for reason, count in totals.listed.items()) or "–",
        )
    yield files
    rors = Table(title="Établissements et unités par ROR", title_justify="left")
    rors.add_column("ROR")
    rors.add_column("EG", justify="right")
    rors.add_column("UE", justify="right")
    for ror, establishments in report.establishments.items():
        rors.add_row(ror, str(establishments), str(report.units.get(ror, 0)))
    rors.add_row("total", str(sum(report.establishments.values())), str(sum(report.units.values())), style="bold")
    yield rors
    points = Table(title="Origine des coordonnées", title_justify="left", show_header=False)
    for source, count in report.points.items():
        points.add_row(source, str(count))
    points.add_row("points rejetés (trop loin de leur commune)", str(len(report.rejected_points)))
    yield points
