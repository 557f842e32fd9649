"""Which database is opened, and what happens where none can be."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.access import opening
from service.access.keys import Key, digest, make_secret
from service.access.opening import open_access
from service.access.store import Store, StoreError
from service.settings import Settings


@pytest.fixture
def default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default place, where nothing is yet."""
    path = tmp_path / "state" / "dragoman.sqlite3"
    monkeypatch.setattr(opening, "default_database", lambda: path)
    return path


def add_key(path: Path) -> None:
    key_id, secret = make_secret()
    path.parent.mkdir()
    with Store(path) as store:
        store.add_key(Key(key_id, "k", digest(secret), 0.0))


def test_where_the_default_place_cannot_be_had_usage_is_counted_in_memory(
    default: Path, caplog: pytest.LogCaptureFixture
) -> None:
    default.parent.write_text("no directory")
    access = open_access(Settings())
    access.close()
    assert not access.is_key_required
    assert "in memory only" in caplog.text


def test_a_place_that_was_asked_for_must_be_had(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        open_access(Settings(database=tmp_path / "file" / "s"))


def test_keys_that_cannot_be_read_are_not_forgotten(default: Path) -> None:
    add_key(default)
    default.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError):
        open_access(Settings())


def test_keys_hold_while_the_database_is_locked(default: Path) -> None:
    add_key(default)
    with closing(sqlite3.connect(default, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        access = open_access(Settings())
        assert access.is_key_required
        access.close()
