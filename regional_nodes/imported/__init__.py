"""Real open data as a source: establishments of the annual statistics (SAE) with points of GISCO."""

from regional_nodes.imported.importing import ImportResult, import_open_data
from regional_nodes.imported.report import ImportReport, write_csv

__all__ = ["ImportReport", "ImportResult", "import_open_data", "write_csv"]
