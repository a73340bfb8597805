"""A node's database, open for reading: what it is, and a connection for each thread that asks."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from regional_nodes.errors import StoreError, StoreFormatError
from regional_nodes.store.schema import APPLICATION_ID, FORMAT_VERSION


class SourceKind(StrEnum):
    """Where a node's data come from."""

    SYNTHETIC = "synthetic"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a store is: whose, made when and from what, which nomenclature it knows, how much it holds.

    ``recipe`` names the parameters it was made with; the same recipe gives the same data. ``simulated`` says that
    availability and persons are invented (decision 30). ``left_out`` counts what its release has no code for.
    """

    ror: str
    regions: tuple[str, ...]
    made_at: datetime
    recipe: str
    source: SourceKind
    simulated: bool
    release: date
    legal_entities: int
    establishments: int
    units: int
    facilities: int
    services: int
    devices: int
    providers: int
    left_out: int


class Store:
    """Read-only access to one database. Safe to share between threads: each gets a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self.meta = read_meta(self.connection())

    def connection(self) -> sqlite3.Connection:
        """The calling thread's connection."""
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is None:
            known = self._local.connection = _open(self.path)
            with self._lock:
                self._opened.append(known)
        return known

    def close(self) -> None:
        """Close every thread's connection; nothing may use the store afterwards."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """A store for the time of a ``with`` block."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise StoreError(f"{path}: no database there; run `ror nodes prepare`")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    try:
        _check_format(connection, path)
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA cache_size = -1024")
        connection.execute("PRAGMA mmap_size = 268435456")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: not a database of a node ({error})") from error
    if application != APPLICATION_ID:
        raise StoreError(f"{path}: not a database of a node")
    if version != FORMAT_VERSION:
        raise StoreFormatError(
            f"{path}: format {version}, this release reads {FORMAT_VERSION}; run `ror nodes prepare --force`"
        )


def read_meta(connection: sqlite3.Connection) -> Meta:
    """What the store says of itself; a gap is a ``StoreError``."""
    try:
        said = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        return Meta(
            ror=said["ror"],
            regions=tuple(said["regions"].split()),
            made_at=datetime.fromisoformat(said["made_at"]),
            recipe=said["recipe"],
            source=SourceKind(said["source"]),
            simulated=said["simulated"] == "1",
            release=date.fromisoformat(said["release"]),
            legal_entities=int(said["legal_entities"]),
            establishments=int(said["establishments"]),
            units=int(said["units"]),
            facilities=int(said["facilities"]),
            services=int(said["services"]),
            devices=int(said["devices"]),
            providers=int(said["providers"]),
            left_out=int(said["left_out"]),
        )
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        raise StoreError(f"the database of a node says too little of itself: {error}") from error


def write_meta(connection: sqlite3.Connection, meta: Meta) -> None:
    """Write what ``read_meta`` reads."""
    said = {
        "ror": meta.ror,
        "regions": " ".join(meta.regions),
        "made_at": meta.made_at.isoformat(),
        "recipe": meta.recipe,
        "source": meta.source.value,
        "simulated": "1" if meta.simulated else "0",
        "release": meta.release.isoformat(),
        **{
            name: str(getattr(meta, name))
            for name in (
                "legal_entities",
                "establishments",
                "units",
                "facilities",
                "services",
                "devices",
                "providers",
                "left_out",
            )
        },
    }
    connection.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", said.items())
