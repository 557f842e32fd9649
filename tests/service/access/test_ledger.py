"""Laws of the ledger: what `record` has counted survives its process, and nothing is counted twice."""

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.access import ledger as ledgers
from service.access.keys import Key, digest, make_secret
from service.access.ledger import Ledger
from service.access.store import Account, Amount, Store
from tests.service.access.ledgers import ACCOUNT, die, journals, running, stored, until, until_stored


def test_what_was_recorded_is_soon_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with running(path) as ledger:
        for i in range(3):
            ledger.record(ACCOUNT, Amount(1, 10))
            assert ledger.used(ACCOUNT) == Amount(i + 1, 10 * (i + 1))
            until_stored(path, Amount(i + 1, 10 * (i + 1)))
    assert journals(path) == []


def test_many_are_all_counted_in_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = list[int]()
    add_usage = Store.add_usage

    def counted(self: Store, amounts: Mapping[Account, Amount], *journals: Any) -> dict[Account, Amount]:
        commits.append(len(amounts))
        return add_usage(self, amounts, *journals)

    monkeypatch.setattr(Store, "add_usage", counted)
    with running(tmp_path / "s", interval_s=3600.0) as ledger:
        for number in range(500):
            ledger.record((f"t{number % 3}", "2026-01"), Amount(1, 2))
    with Store(tmp_path / "s") as store:
        assert sum((each.requests for each in store.usage().values()), 0) == 500
    assert commits == [3]


def test_a_long_journal_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "_MAX_JOURNAL_BYTES", 100)
    path = tmp_path / "s"
    with running(path) as ledger:
        seen = set(journals(path))
        for number in range(200):
            ledger.record(ACCOUNT, Amount(1, 1))
            if number % 50 == 49:
                until_stored(path, Amount(number + 1, number + 1))
                seen |= set(journals(path))
        assert len(seen) > 1
        until(lambda: len(journals(path)) == 1)
    assert stored(path) == ledger.used(ACCOUNT) == Amount(200, 200)
    assert journals(path) == []


def test_a_database_that_is_busy_at_start_is_read_and_written_later(tmp_path: Path) -> None:
    path = tmp_path / "s"
    key_id, secret = make_secret()
    dead = Ledger(path, lambda: "2026-01")
    dead.record(ACCOUNT, Amount(1, 1))
    die(dead)
    with Store(path) as store:
        store.add_key(Key(key_id, "k", digest(secret), 0.0))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with running(path) as ledger:
            assert len(ledger.ring) == 1
            ledger.record(ACCOUNT, Amount(1, 1))
            assert ledger.num_unwritten == 1
            other.execute("COMMIT")
            until_stored(path, Amount(2, 2))
            until(lambda: len(journals(path)) == 1 and ledger.num_unwritten == 0)


def test_a_journal_that_cannot_be_had_costs_no_files_and_no_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(self: Store, lengths: Mapping[str, int]) -> None:
        tries.append(len(lengths))
        raise sqlite3.OperationalError("database is locked")

    path, tries = tmp_path / "s", list[int]()
    key_id, secret = make_secret()
    with monkeypatch.context() as broken, running(path) as ledger:
        ledger._end_journal()
        broken.setattr(Store, "set_journals", locked)
        num_files = len(os.listdir("/proc/self/fd"))
        until(lambda: len(tries) > 20)
        # Of twenty, the one that is just being tried may be there.
        assert len(os.listdir("/proc/self/fd")) <= num_files + 1
        assert len(journals(path)) <= 2
        with Store(path) as store:
            store.add_key(Key(key_id, "k", digest(secret), 0.0))
        until(lambda: len(ledger.ring) == 1)


def test_counting_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    with running(tmp_path / "s") as ledger, closing(sqlite3.connect(tmp_path / "s", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(0.05)
        started = time.monotonic()
        ledger.record(ACCOUNT, Amount(1, 1))
        assert time.monotonic() - started < 2.0
        assert (stored(tmp_path / "s"), ledger.used(ACCOUNT)) == (Amount(), Amount(1, 1))
        other.execute("COMMIT")
        until_stored(tmp_path / "s", Amount(1, 1))


def test_a_restart_goes_on_counting(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path / "s") as ledger:
            ledger.record(ACCOUNT, Amount(1, 1))
    with running(tmp_path / "s") as ledger:
        assert ledger.used(ACCOUNT) == Amount(2, 2)


def test_what_the_database_does_not_take_is_kept_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: Store, *_: Any) -> dict[Account, Amount]:
        raise sqlite3.OperationalError("database or disk is full")

    with running(tmp_path / "s") as ledger:
        with monkeypatch.context() as broken:
            broken.setattr(Store, "add_usage", full)
            ledger.record(ACCOUNT, Amount(1, 7))
            until(lambda: "disk is full" in caplog.text)
            assert ledger.num_unwritten == 1
        ledger.record(ACCOUNT, Amount(1, 1))
        until_stored(tmp_path / "s", Amount(2, 8))
        assert ledger.used(ACCOUNT) == Amount(2, 8)


def test_what_no_file_takes_is_told_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def partly(file: int, line: bytes) -> int:
        return write(file, line[:4])

    write = os.write
    with running(tmp_path / "s", interval_s=3600.0) as ledger:
        ledger.record(ACCOUNT, Amount(1, 1))
        with monkeypatch.context() as broken:
            broken.setattr(os, "write", partly)
            ledger.record(ACCOUNT, Amount(1, 7))
        assert "4 of" in caplog.text
        ledger.record(ACCOUNT, Amount(1, 2))  # no line may follow a broken one
        assert ledger.num_unwritten == 2
        assert journals(tmp_path / "s")[0].read_text() == "2026-01 1 1 t\n2026"
        ledger._write()
        ledger._tend()
        ledger.record(ACCOUNT, Amount(1, 3))
        assert (ledger.num_unwritten, stored(tmp_path / "s")) == (0, Amount(3, 10))
        assert journals(tmp_path / "s")[0].read_text() == "2026-01 1 3 t\n"
    assert stored(tmp_path / "s") == Amount(4, 13)


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.add_usage({ACCOUNT: Amount(1, 1)})
        store._connection.executescript("DROP TABLE journals; PRAGMA user_version = 1;")
    with running(tmp_path / "s") as ledger:
        assert ledger.used(ACCOUNT) == Amount(1, 1)


def test_two_processes_add_to_one_sum(tmp_path: Path) -> None:
    with running(tmp_path / "s") as one, running(tmp_path / "s") as other:
        for ledger in (one, other):
            ledger.record(ACCOUNT, Amount(1, 1))
        until_stored(tmp_path / "s", Amount(2, 2))
        until(lambda: one.used(ACCOUNT) == other.used(ACCOUNT) == Amount(2, 2))
        one.record(ACCOUNT, Amount(1, 1))
        until(lambda: other.used(ACCOUNT) == Amount(3, 3))


def test_a_key_that_another_process_makes_or_revokes_is_noticed(tmp_path: Path) -> None:
    key_id, secret = make_secret()
    with running(tmp_path / "s") as ledger, Store(tmp_path / "s") as store:
        assert len(ledger.ring) == 0
        store.add_key(Key(key_id, "k", digest(secret), 0.0))
        until(lambda: len(ledger.ring) == 1)
        store.revoke("k", 1.0)
        until(lambda: store.all_keys() == [ledger.ring._keys[key_id]])


def test_it_counts_in_memory_too() -> None:
    with running(Path(":memory:")) as ledger:
        ledger.record(ACCOUNT, Amount(1, 1))
        assert ledger.used(ACCOUNT) == Amount(1, 1)
