"""The tables of a node's database.

``unit`` and ``mark`` carry the same facts of a unit: the first by unit, the second clustered by what the unit offers,
so that a search reads one contiguous run and joins nothing. ``profiles`` are bit sets (bit *n*: profile *n* may see
it), so that a criterion meets only what the caller may see. ``shown`` and its like say which stored bytes a view (a
generation of the contract under a profile) gets; equal bytes are stored once.
"""

from typing import Final

FORMAT_VERSION: Final = 1
"""Changes whenever a table or the meaning of a column does; a store of another one is built anew."""

APPLICATION_ID: Final = 0x524F5231
"""``ROR1`` in the file's header."""

FACTS: Final = (
    "profiles",
    "establishment",
    "place",
    "region",
    "department",
    "commune",
    "arrondissement",
    "care_mode",
    "age_min",
    "age_max",
    "beds_profiles",
    "beds",
    "closed_on",
)
"""What a filter may ask of a unit; ``closed_on`` is a proleptic ordinal, ``OPEN`` when there is no end."""

OPEN: Final = 9_999_999
"""``closed_on`` of what is open; beyond ``date.max.toordinal()``."""

_FACT_COLUMNS: Final = """
    profiles INTEGER NOT NULL,
    establishment INTEGER NOT NULL,
    place INTEGER NOT NULL,
    region TEXT NOT NULL,
    department TEXT NOT NULL,
    commune TEXT NOT NULL,
    arrondissement TEXT,
    care_mode TEXT NOT NULL,
    age_min INTEGER NOT NULL,
    age_max INTEGER NOT NULL,
    beds_profiles INTEGER NOT NULL,
    beds INTEGER,
    closed_on INTEGER NOT NULL
"""

TABLES: Final = f"""
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE place (
    id INTEGER PRIMARY KEY,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL
);

CREATE TABLE establishment (
    id INTEGER PRIMARY KEY,
    entity_id TEXT NOT NULL,
    finess TEXT NOT NULL,
    names TEXT NOT NULL
);

CREATE TABLE unit (
    unit INTEGER PRIMARY KEY,
    {_FACT_COLUMNS},
    entity_id TEXT NOT NULL
);

CREATE TABLE mark (
    kind INTEGER NOT NULL,
    code TEXT NOT NULL,
    unit INTEGER NOT NULL,
    {_FACT_COLUMNS},
    PRIMARY KEY (kind, code, unit)
) WITHOUT ROWID;

CREATE TABLE fragment (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE bundle (
    id INTEGER PRIMARY KEY,
    facility BLOB NOT NULL,
    distance_at INTEGER,
    services BLOB NOT NULL,
    devices BLOB NOT NULL
);

CREATE TABLE shown (
    view INTEGER NOT NULL,
    facility INTEGER NOT NULL,
    bundle INTEGER NOT NULL,
    establishment INTEGER NOT NULL,
    providers TEXT,
    PRIMARY KEY (view, facility)
) WITHOUT ROWID;

CREATE TABLE shown_organization (
    view INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    fragment INTEGER NOT NULL,
    parent INTEGER,
    PRIMARY KEY (view, organization)
) WITHOUT ROWID;

CREATE TABLE shown_provider (
    view INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    fragment INTEGER NOT NULL,
    PRIMARY KEY (view, provider)
) WITHOUT ROWID;
"""

INDEXES: Final = """
CREATE INDEX place_by_latitude ON place (latitude, longitude);
"""
