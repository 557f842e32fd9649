"""What a process leaves behind that dies is counted by the next one: all of it, once, and nothing else."""

import os
from pathlib import Path

import pytest

from service.access.journal import take_over
from service.access.ledger import Ledger
from service.access.store import Amount, Store
from tests.service.access.ledgers import ACCOUNT, die, journals, running, stored


@pytest.mark.parametrize("num_written", [0, 3, 5])
def test_what_was_recorded_survives_its_process(tmp_path: Path, num_written: int) -> None:
    path, accounts = tmp_path / "s", [ACCOUNT, ("", "2026-01"), ("a b", "2026-02")]
    ledger = Ledger(path, lambda: "2026-01")
    for number in range(5):
        if number == num_written:
            ledger._write()
        for account in accounts:
            ledger.record(account, Amount(1, number))
    die(ledger)
    with running(path) as after:
        assert after.used(ACCOUNT) == Amount(5, 10)
    with Store(path) as store:
        assert store.usage() == dict.fromkeys(accounts, Amount(5, 10))
        assert store.journals() == []
    assert journals(path) == []


def test_a_line_that_broke_off_is_no_answered_request(tmp_path: Path) -> None:
    path = tmp_path / "s"
    ledger = Ledger(path, lambda: "2026-01")
    ledger.record(ACCOUNT, Amount(1, 10))
    with journals(path)[0].open("a") as file:
        file.write("2026-01 1 5")
    die(ledger)
    with running(path) as after:
        assert after.used(ACCOUNT) == Amount(1, 10)


def test_what_a_living_process_counts_is_not_taken_from_it(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with running(path, interval_s=3600.0) as ledger:
        ledger.record(ACCOUNT, Amount(1, 10))
        with running(path) as other:
            assert other.used(ACCOUNT) == Amount()
    assert stored(path) == Amount(1, 10)


def test_what_lies_about_is_swept_up_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "s"
    old, new = (tmp_path / f"s-usage-{digit * 16}" for digit in "01")
    others = [tmp_path / "s-usage-2025.csv", tmp_path / "s-usage-old.sqlite3"]
    for file in (old, new, *others):
        file.write_text("2026-01 1 10 t\n")  # in no list: its lines are in the database, or it is just being made
    for file in (old, *others):
        os.utime(file, (0, 0))
    with running(path):
        assert [file.exists() for file in (old, new, *others)] == [False, True, True, True]
        assert stored(path) == Amount()


def test_a_database_may_have_several_paths(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path, link = tmp_path / "real" / "s", tmp_path / "link"
    link.symlink_to(path)
    ledger = Ledger(link, lambda: "2026-01")
    ledger.record(ACCOUNT, Amount(1, 1))
    with Store(path) as store:
        take_over(store)
    ledger.record(ACCOUNT, Amount(1, 1))
    die(ledger)
    with running(path) as after:
        assert after.used(ACCOUNT) == Amount(2, 2)


def test_a_journal_that_another_has_struck_off_is_entered_again(tmp_path: Path) -> None:
    path = tmp_path / "s"
    ledger = Ledger(path, lambda: "2026-01")
    ledger.record(ACCOUNT, Amount(1, 1))
    with Store(path) as store:  # as one does that sees the database and not the files beside it
        store.end_journal(ledger._journal.name if ledger._journal else "", lambda _: {})
    ledger._write()
    ledger.record(ACCOUNT, Amount(1, 1))
    die(ledger)
    with running(path) as after:
        assert after.used(ACCOUNT) == Amount(2, 2)


@pytest.mark.parametrize("rubbish", [b"\0" * 100 + b"\n", b"2026-01 1 x t\n", b"2026-01 1\n", b"\xff\n", b"\n"])
def test_rubbish_in_a_journal_keeps_nobody_from_starting(
    tmp_path: Path, rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "s"
    ledger = Ledger(path, lambda: "2026-01")
    ledger.record(ACCOUNT, Amount(1, 1))
    with journals(path)[0].open("ab") as file:
        file.write(rubbish)
    ledger.record(ACCOUNT, Amount(1, 1))
    die(ledger)
    with running(path) as after:
        assert after.used(ACCOUNT) == Amount(2, 2)
    assert "cannot be read" in caplog.text
