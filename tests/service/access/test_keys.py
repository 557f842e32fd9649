"""Laws of keys and of the file that they are kept in."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from service.access.keys import Key, KeyRing, Limits, digest, make_secret
from service.access.store import Amount, Store, StoreError
from service.engine.segment import Priority
from service.errors import KeyInvalid

NOW = 1_800_000_000.0


def made(**changes: object) -> tuple[Key, str]:
    key_id, secret = make_secret()
    return replace(Key(key_id, "k", digest(secret), NOW), **changes), secret  # type: ignore[arg-type]


def test_a_key_is_found_by_its_secret_among_others() -> None:
    keys = [made() for _ in range(3)]
    ring = KeyRing(key for key, _ in keys)
    assert [ring.find(secret, NOW) for _, secret in keys] == [key for key, _ in keys]


def test_a_wrong_key_is_refused_however_near_it_comes() -> None:
    key, secret = made()
    other = make_secret()[1]
    ring = KeyRing([key])
    borrowed_id = f"dragoman_{key.id}_{other.rpartition('_')[2]:A>43}"[: len(secret)]
    for wrong in ("", "k", other, borrowed_id, secret[:-1], secret + "A", secret.upper(), "\ud800", "ü" * 65):
        with pytest.raises(KeyInvalid, match="not known"):
            ring.find(wrong, NOW)


def test_a_key_is_refused_from_the_moment_it_expires_and_when_it_is_revoked() -> None:
    key, secret = made(expires=NOW)
    assert KeyRing([key]).find(secret, NOW - 0.001) == key
    with pytest.raises(KeyInvalid, match="expired on 2027-01-15"):
        KeyRing([key]).find(secret, NOW)
    with pytest.raises(KeyInvalid, match="revoked on 2027-01-15"):
        KeyRing([replace(key, revoked=NOW)]).find(secret, NOW - 1)


def test_limits_of_a_key_go_before_those_of_the_service() -> None:
    assert Limits(1, None, 3).or_else(Limits(10, 20, None)) == Limits(1, 20, 3)


def test_the_file_keeps_a_key_as_it_was_but_not_its_secret(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.sqlite3"
    key, secret = made(limits=Limits(1, 2, 3), priority=Priority.BULK, expires=NOW + 1)
    with Store(path) as store:
        store.add_key(key)
    with Store(path) as store:
        assert store.all_keys() == [key]
    assert all(secret[-43:].encode() not in file.read_bytes() for file in path.parent.iterdir())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_name_is_used_once_at_a_time(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.add_key(made()[0])
        with pytest.raises(StoreError, match="already a key of the name 'k'"):
            store.add_key(made()[0])
        store.revoke("k", NOW)
        store.add_key(made()[0])
        with pytest.raises(StoreError, match="no key in use"):
            store.revoke("nobody", NOW)


def test_usage_adds_up(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        assert store.add_usage({("a", "2026-01"): Amount(1, 5)}) == {("a", "2026-01"): Amount(1, 5)}
        store.add_usage({("a", "2026-01"): Amount(2, 6), ("a", "2026-02"): Amount(1, 1)})
        assert store.usage("2026-01") == {("a", "2026-01"): Amount(3, 11)}
        assert len(store.usage()) == 2


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database " * 1000)
    for path in (tmp_path / "text", tmp_path, tmp_path / "text" / "below"):
        with pytest.raises(StoreError, match="cannot use the database"):
            Store(path)


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store._connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="99"):
        Store(tmp_path / "s")
