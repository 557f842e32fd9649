"""Counts usage without holding up the event loop.

A commit takes some thirty microseconds, less than to hand it to a thread: it is made at once. Where it would have to
wait, because another one writes or the disk was slow a moment ago, a thread makes it, for many requests together.

`record` returns when its commit is done, so whoever answers only then has counted every answer, and the death of the
process loses none. A second thread lets the file reach the disk and looks for changed keys, once a second: the death of
the machine loses at most the usage of the last second or so.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from service.access.keys import KeyRing
from service.access.store import IN_MEMORY, Account, Amount, Store

log = logging.getLogger(__name__)

SYNC_INTERVAL_S = 1.0
_SLOW_S = 0.005  # a commit that takes longer holds up the event loop
_RELIEF_S = 1.0  # for that long afterwards, commits are made elsewhere

_Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]


class Ledger:
    """Owns the file while the service runs: `start` it once, `close` it once. `record` is called on event loops."""

    def __init__(
        self,
        path: Path,
        month: Callable[[], str],
        *,
        interval_s: float = SYNC_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open `path` and read it; raises StoreError."""
        self._store = Store(path)
        # Another connection to a file in memory would be another file.
        is_shared = str(path) != IN_MEMORY
        self._quick_store = Store(path, may_wait=False) if is_shared else self._store
        self._keeper_store = Store(path) if is_shared else None
        self._interval_s = interval_s
        self._clock = clock
        self._slow_until = clock()
        self._committing = threading.Lock()
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._pending: defaultdict[Account, Amount] = defaultdict(Amount)
        self._waiters: list[_Waiter] = []
        self._is_dirty = False
        self._threads: list[threading.Thread] = []
        self._seen = 0 if self._keeper_store is None else self._keeper_store.version()
        self.ring = KeyRing(self._store.all_keys())
        self._sums = self._store.usage(month())

    def start(self) -> None:
        """Begin to write."""
        self._threads = [threading.Thread(target=self._write_for_ever, name="usage-writer", daemon=True)]
        if self._keeper_store is not None:
            keep = threading.Thread(target=self._keep, args=(self._keeper_store,), name="usage-keeper", daemon=True)
            self._threads.append(keep)
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Write what is pending and give the file back; may be called twice."""
        self._stopped.set()
        with self._changed:
            self._changed.notify()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        for store in (self._store, self._quick_store, self._keeper_store):
            if store is not None:
                store.close()

    def used(self, account: Account) -> Amount:
        """What was used, as of the last commit."""
        return self._sums.get(account, Amount())

    @property
    def num_unwritten(self) -> int:
        """Requests that were answered and are not in the file, because it cannot be written."""
        with self._changed:
            return sum(amount.requests for amount in self._pending.values())

    async def record(self, account: Account, amount: Amount) -> None:
        """Add `amount`; returns when it is committed, or when that failed: then it is tried again with the next."""
        if self._commit_at_once({account: amount}):
            return
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        with self._changed:
            self._pending[account] += amount
            self._waiters.append((loop, written))
            self._changed.notify()
        if not self._threads:  # not started, or closed: nobody else writes
            self._write()
        await written

    def _commit_at_once(self, amounts: Mapping[Account, Amount]) -> bool:
        """Commit on this thread, if that needs no waiting; was it done?"""
        started = self._clock()
        if started < self._slow_until or not self._committing.acquire(blocking=False):
            return False
        try:
            if self.num_unwritten:  # they go first, and tell in the log what is wrong
                return False
            self._commit(self._quick_store, amounts)
        except sqlite3.Error:
            return False
        finally:
            self._committing.release()
        if (ended := self._clock()) - started > _SLOW_S:
            self._slow_until = ended + _RELIEF_S
        return True

    def _commit(self, store: Store, amounts: Mapping[Account, Amount]) -> None:
        """Add `amounts` to the file and to the sums; whoever calls holds `_committing`, so that these agree."""
        self._sums.update(store.add_usage(amounts))
        self._is_dirty = True

    def _write_for_ever(self) -> None:
        while not self._stopped.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._waiters or self._stopped.is_set())
            self._write()
        self._write()

    def _write(self) -> None:
        """Commit all that is pending, then tell those who wait."""
        with self._changed:
            amounts, self._pending = self._pending, defaultdict(Amount)
            waiters, self._waiters = self._waiters, []
        try:
            if amounts:
                with self._committing:
                    self._commit(self._store, amounts)
        except sqlite3.Error as error:
            log.error("usage cannot be written now: %s", error)
            with self._changed:
                for account, amount in amounts.items():
                    self._pending[account] += amount
        for loop, written in waiters:
            _tell(loop, written)

    def _keep(self, store: Store) -> None:
        """Sync what was written and read keys that were changed, for ever."""
        while not self._stopped.wait(self._interval_s):
            try:
                if self._is_dirty:
                    self._is_dirty = False
                    store.sync()
                if (version := store.version()) != self._seen:
                    self._seen, self.ring = version, KeyRing(store.all_keys())
            except sqlite3.Error as error:
                log.error("the database cannot be read now: %s", error)
                self._is_dirty = True


def _tell(loop: asyncio.AbstractEventLoop, written: "asyncio.Future[None]") -> None:
    try:
        loop.call_soon_threadsafe(lambda: None if written.done() else written.set_result(None))
    except RuntimeError:
        log.debug("a loop ended before its usage was written")
