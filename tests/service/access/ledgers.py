"""A ledger in a test: run, looked into from outside, and left as a killed process leaves it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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


def journals(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}-usage-*"))


def die(ledger: Ledger) -> None:
    """Leave everything as a process leaves it that is killed."""
    assert ledger._journal is not None
    ledger._journal.leave()
    ledger._store.close()


def until_stored(path: Path, amount: Amount) -> None:
    until(lambda: stored(path) == amount)


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60.0
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.005)
