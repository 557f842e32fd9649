"""Counts usage without holding up the event loop: at once in a journal, and once a second in the database.

What `record` has counted survives the death of the process: the journal has it, and the next process that opens the
database takes it over. The death of the machine loses at most the usage of the last second or so.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from service.access.journal import Journal, take_over
from service.access.keys import KeyRing
from service.access.store import IN_MEMORY, Account, Amount, Store, StoreError

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
_MAX_JOURNAL_BYTES = 1 << 20
_NOTHING = Amount()


class Ledger:
    """Owns the file while the service runs: `start` it once, `close` it once. For threads."""

    def __init__(self, path: Path, month: Callable[[], str], *, interval_s: float = INTERVAL_S) -> None:
        """Open `path`, take over what the dead have left, and read it; raises StoreError."""
        self._path = None if str(path) == IN_MEMORY else path
        self._interval_s = interval_s
        self._counting = threading.Lock()  # never held while the database is written
        self._stopped = threading.Event()
        self._keeper: threading.Thread | None = None
        self._pending: dict[Account, Amount] = {}  # counted here, and not in the database
        self._num_unwritten = 0
        self._ended: list[Journal] = []
        self._store = Store(path)
        try:
            self._journal = self._make_journal()
            if self._path is not None:
                take_over(self._store)
        except (OSError, sqlite3.Error) as error:
            self._store.close()
            raise StoreError(f"cannot count usage beside the database {path}: {error}") from error
        self._seen = self._store.version()
        self.ring = KeyRing(self._store.all_keys())
        self._sums = self._store.usage(month())

    def start(self) -> None:
        """Begin to write."""
        self._keeper = threading.Thread(target=self._keep, name="usage-keeper", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """Write what is pending and give the file back; may be called twice."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._keeper is not None:
            self._keeper.join()
        with self._counting:
            journal, self._journal = self._journal, None
            self._ended += [] if journal is None else [journal]
        try:
            self._write()
            self._store.sync()
        except sqlite3.Error as error:
            log.error("usage cannot be written now: %s; the next start will", error)
        for each in self._ended:
            each.leave()
        self._ended.clear()
        self._store.close()

    def used(self, account: Account) -> Amount:
        """What was used: all that was recorded here, and what other processes had in the database at the last look."""
        return self._sums.get(account, _NOTHING)

    @property
    def num_unwritten(self) -> int:
        """Requests that were answered and are in no file, because none can be written."""
        return self._num_unwritten

    def record(self, account: Account, amount: Amount) -> None:
        """Add `amount`; where it cannot be written now, it is tried again once a second."""
        with self._counting:
            for sums in (self._pending, self._sums):
                sums[account] = sums.get(account, _NOTHING) + amount
            try:
                if self._journal is not None:
                    self._journal.append(account, amount)
            except OSError as error:
                if self._num_unwritten == 0:
                    log.error("usage cannot be written now: %s", error)
                self._num_unwritten += amount.requests

    def _make_journal(self) -> Journal | None:
        """A journal that the database knows."""
        if self._path is None:
            return None
        journal = Journal(self._path)
        self._store.begin_journal(journal.name)
        return journal

    def _keep(self) -> None:
        """Bring the database up to date and read keys that were changed, for ever."""
        while not self._stopped.wait(self._interval_s):
            try:
                self._replace_long_journal()
                if self._write():
                    self._store.sync()
                if (version := self._store.version()) != self._seen:
                    self._seen, self.ring = version, KeyRing(self._store.all_keys())
            except (OSError, sqlite3.Error) as error:
                log.error("the database cannot be used now: %s", error)

    def _replace_long_journal(self) -> None:
        if self._journal is not None and self._journal.num_bytes >= _MAX_JOURNAL_BYTES:
            successor = self._make_journal()
            with self._counting:
                self._ended.append(self._journal)
                self._journal = successor

    def _write(self) -> bool:
        """Commit all that is pending, and up to where that is in the journal; was there anything?"""
        with self._counting:
            pending, self._pending = self._pending, {}
            num_unwritten = self._num_unwritten
            lengths = {} if self._journal is None else {self._journal.name: self._journal.num_bytes}
        if not pending and not self._ended:
            return False
        try:
            stored = self._store.add_usage(pending, lengths, [each.name for each in self._ended])
        except sqlite3.Error:
            with self._counting:
                _add(self._pending, pending)
            raise
        with self._counting:
            self._num_unwritten -= num_unwritten
            self._sums.update(stored)
            _add(self._sums, {account: self._pending[account] for account in stored if account in self._pending})
        while self._ended:
            self._ended.pop().remove()
        return True


def _add(sums: dict[Account, Amount], more: Mapping[Account, Amount]) -> None:
    for account, amount in more.items():
        sums[account] = sums.get(account, _NOTHING) + amount
