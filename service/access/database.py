"""The SQLite file of keys and usage: its tables, and the way to a connection.

The file is in WAL mode with synchronous=NORMAL: what is committed survives the death of the process, at once; the death
of the machine takes what was committed since the last checkpoint.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

IN_MEMORY = ":memory:"
_VERSION = 2
BUSY_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, created REAL NOT NULL, expires REAL, revoked REAL,
    requests_per_minute INTEGER, characters_per_minute INTEGER, characters_per_month INTEGER, priority TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS keys_in_use ON keys (name) WHERE revoked IS NULL;
CREATE TABLE IF NOT EXISTS usage (
    tenant TEXT NOT NULL, month TEXT NOT NULL, requests INTEGER NOT NULL, characters INTEGER NOT NULL,
    PRIMARY KEY (tenant, month)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journals (name TEXT PRIMARY KEY, num_bytes INTEGER NOT NULL) WITHOUT ROWID;
"""


def make_private(path: Path) -> None:
    """Make the file, readable by its owner only, before SQLite makes it readable by all."""
    if str(path) != IN_MEMORY:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the file, whose tables are made if they are not there; raises sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in range(_VERSION + 1):
            raise sqlite3.DatabaseError(f"it has version {found} of our tables; this program knows {_VERSION}")
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = NORMAL")
        if found < _VERSION:
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
    except BaseException:
        with closing(connection):
            raise
    return connection
