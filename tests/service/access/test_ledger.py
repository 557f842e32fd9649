"""Laws of the ledger: what was recorded is in the file when `record` returns, and nothing is written twice."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.access.keys import Key, digest, make_secret
from service.access.ledger import Ledger
from service.access.store import Amount, Store

ACCOUNT = ("t", "2026-01")


@contextmanager
def running(path: Path, interval_s: float = 0.01) -> Iterator[Ledger]:
    ledger = Ledger(path, lambda: "2026-01", interval_s=interval_s)
    ledger.start()
    try:
        yield ledger
    finally:
        ledger.close()


def stored(path: Path) -> Amount:
    with Store(path) as store:
        return store.usage().get(ACCOUNT, Amount())


def test_what_was_recorded_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with running(path) as ledger:
        for i in range(3):
            asyncio.run(ledger.record(ACCOUNT, Amount(1, 10)))
            assert stored(path) == ledger.used(ACCOUNT) == Amount(i + 1, 10 * (i + 1))


def test_many_at_once_are_all_counted_in_few_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = list[int]()
    add_usage = Store.add_usage

    def slow(self: Store, amounts: dict[tuple[str, str], Amount]) -> dict[tuple[str, str], Amount]:
        commits.append(len(amounts))
        time.sleep(0.01)
        return add_usage(self, amounts)

    async def record_many(ledger: Ledger) -> None:
        await asyncio.gather(*(ledger.record(ACCOUNT, Amount(1, 2)) for _ in range(500)))

    monkeypatch.setattr(Store, "add_usage", slow)
    with running(tmp_path / "s") as ledger:
        asyncio.run(record_many(ledger))
    assert stored(tmp_path / "s") == Amount(500, 1000)
    assert len(commits) < 50


def test_a_commit_that_need_not_wait_is_made_at_once(tmp_path: Path) -> None:
    with running(tmp_path / "s") as ledger:
        with pytest.raises(StopIteration):  # it never awaits
            ledger.record(ACCOUNT, Amount(1, 1)).send(None)
        assert stored(tmp_path / "s") == ledger.used(ACCOUNT) == Amount(1, 1)


def test_the_loop_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    async def record_while_it_is_busy(ledger: Ledger, other: sqlite3.Connection) -> None:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        recording = asyncio.create_task(ledger.record(ACCOUNT, Amount(1, 1)))
        await asyncio.sleep(0.05)
        assert time.monotonic() - started < 2.0
        assert not recording.done()
        other.execute("COMMIT")
        await recording

    with running(tmp_path / "s") as ledger, closing(sqlite3.connect(tmp_path / "s", isolation_level=None)) as other:
        asyncio.run(record_while_it_is_busy(ledger, other))
        assert stored(tmp_path / "s") == ledger.used(ACCOUNT) == Amount(1, 1)


def test_a_restart_goes_on_counting(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path / "s") as ledger:
            asyncio.run(ledger.record(ACCOUNT, Amount(1, 1)))
    with running(tmp_path / "s") as ledger:
        assert ledger.used(ACCOUNT) == Amount(2, 2)


def test_what_cannot_be_written_is_kept_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: Store, amounts: dict[tuple[str, str], Amount]) -> dict[tuple[str, str], Amount]:
        raise sqlite3.OperationalError("database or disk is full")

    with running(tmp_path / "s") as ledger:
        with monkeypatch.context() as broken:
            broken.setattr(Store, "add_usage", full)
            asyncio.run(ledger.record(ACCOUNT, Amount(1, 7)))
        assert "disk is full" in caplog.text
        assert (ledger.num_unwritten, stored(tmp_path / "s")) == (1, Amount())
        asyncio.run(ledger.record(ACCOUNT, Amount(1, 1)))
        assert (ledger.num_unwritten, stored(tmp_path / "s")) == (0, Amount(2, 8))


def test_two_processes_add_to_one_sum(tmp_path: Path) -> None:
    with running(tmp_path / "s") as one, running(tmp_path / "s") as other:
        for ledger in (one, other, one):
            asyncio.run(ledger.record(ACCOUNT, Amount(1, 1)))
        assert one.used(ACCOUNT) == Amount(3, 3)


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
        asyncio.run(ledger.record(ACCOUNT, Amount(1, 1)))
        assert ledger.used(ACCOUNT) == Amount(1, 1)


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60.0
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.005)
