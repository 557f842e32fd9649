"""Counts usage without a commit for each request: at once in a journal, and once a second in the database.

What `record` has counted survives the death of the process: the journal has it, and the next process that opens the
database takes it over. The death of the machine loses at most the usage of the last second or so.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from service.access.database import IN_MEMORY
from service.access.journal import Journal, take_over
from service.access.keys import KeyRing
from service.access.store import Account, Amount, Store

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
_BUSY_S = 0.5  # of each interval, at most, for another process that writes
_MAX_JOURNAL_BYTES = 1 << 20
_NOTHING = Amount()


class Ledger:
    """Owns the database while the service runs: `start` it once, `close` it once. `record` is for any thread.

    To read it is needed for a start. To write it is not: what is recorded meanwhile is written when that works again.
    """

    def __init__(self, path: Path, month: Callable[[], str], *, interval_s: float = INTERVAL_S) -> None:
        """Open `path` and read it; raises StoreError."""
        self._month = month
        self._interval_s = interval_s
        self._has_journal = str(path) != IN_MEMORY
        self._counting = threading.Lock()  # never held while the database is used
        self._stopped = threading.Event()
        self._keeper: threading.Thread | None = None
        self._journal: Journal | None = None
        self._ended: list[Journal] = []
        self._pending: dict[Account, Amount] = {}  # counted here, and not in the database
        self._num_unsafe = 0  # requests of these that no journal has
        self._is_behind = False
        self._is_dirty = False
        self._has_taken_over = not self._has_journal
        self._store = Store(path, busy_s=_BUSY_S)
        self._tend()
        self._seen = self._store.version()
        self.ring = KeyRing(self._store.all_keys())
        self._sums = self._store.usage(month())

    def start(self) -> None:
        """Begin to write."""
        self._keeper = threading.Thread(target=self._keep, name="usage-keeper", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """Write what is pending and give the database back; may be called twice."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._keeper is not None:
            self._keeper.join()
        with self._counting:
            self._end_journal()
        self._try("usage", self._write)
        if self._num_unsafe:
            log.error("the usage of %d requests is lost", self._num_unsafe)
        for each in self._ended:  # which the next start takes over
            each.leave()
        self._store.close()

    def used(self, account: Account) -> Amount:
        """What was used: all that was recorded here, and what others had in the database at the last look."""
        return self._sums.get(account, _NOTHING)

    @property
    def num_unwritten(self) -> int:
        """Requests that were answered and are not in the database because it, or a journal, cannot be written now."""
        with self._counting:
            pending = sum(amount.requests for amount in self._pending.values())
            return pending if self._is_behind else self._num_unsafe

    def record(self, account: Account, amount: Amount) -> None:
        """Add `amount`; where it cannot be written now, it is tried again once a second."""
        with self._counting:
            for sums in (self._pending, self._sums):
                sums[account] = sums.get(account, _NOTHING) + amount
            if self._journal is not None:
                try:
                    self._journal.append(account, amount)
                except OSError as error:
                    log.error("usage cannot be written now: %s", error)
                    self._end_journal()
            if self._journal is None and self._has_journal:
                self._num_unsafe += amount.requests

    def _end_journal(self) -> None:
        """Append to it no more; whoever calls holds `_counting`."""
        if self._journal is not None:
            self._ended.append(self._journal)
            self._journal = None

    def _keep(self) -> None:
        while not self._stopped.wait(self._interval_s):
            self._try("keys", self._read)
            self._try("usage", self._write)
            self._tend()

    def _tend(self) -> None:
        """Have a journal that is not long, and what the dead have left."""
        self._try("a journal of usage", self._renew_journal)
        self._try("what others have left", self._take_over)

    def _try(self, what: str, work: Callable[[], None]) -> None:
        """Do `work`; if that fails, say so and go on: it is done again."""
        try:
            work()
        except (OSError, sqlite3.Error) as error:
            log.error("%s: the database or a file beside it cannot be used now: %s", what, error)

    def _renew_journal(self) -> None:
        if not self._has_journal or (self._journal is not None and self._journal.num_bytes < _MAX_JOURNAL_BYTES):
            return
        successor = Journal(self._store.path)
        try:
            self._store.set_journals({successor.name: 0})
        except BaseException:
            successor.remove()
            raise
        with self._counting:
            self._end_journal()
            self._journal = successor

    def _take_over(self) -> None:
        if not self._has_taken_over:
            take_over(self._store)
            self._has_taken_over = True

    def _read(self) -> None:
        """Look at what other processes have changed."""
        if (version := self._store.version()) == self._seen:
            return
        self.ring, stored = KeyRing(self._store.all_keys()), self._store.usage(self._month())
        with self._counting:
            for account, amount in self._pending.items():
                stored[account] = stored.get(account, _NOTHING) + amount
            self._sums = stored
        self._seen = version

    def _write(self) -> None:
        """Commit all that is pending, with the length of the journal that has it."""
        with self._counting:
            pending, self._pending = self._pending, {}
            num_unsafe, ended = self._num_unsafe, list(self._ended)
            lengths = {} if self._journal is None else {self._journal.name: self._journal.num_bytes}
        if pending or ended:
            self._commit(pending, lengths, [each.name for each in ended])
            with self._counting:
                self._num_unsafe -= num_unsafe
        if self._is_dirty:
            self._store.sync()
            self._is_dirty = False
        for each in ended:
            self._ended.remove(each)
            each.remove()

    def _commit(self, pending: Mapping[Account, Amount], lengths: Mapping[str, int], ended: list[str]) -> None:
        try:
            stored = self._store.add_usage(pending, lengths, ended)
        except BaseException:
            with self._counting:
                for account, amount in pending.items():
                    self._pending[account] = amount + self._pending.get(account, _NOTHING)
                self._is_behind = True
            raise
        with self._counting:
            for account, amount in stored.items():
                self._sums[account] = amount + self._pending.get(account, _NOTHING)
            self._is_behind, self._is_dirty = False, True
