"""Usage on its way into the database: a line for each answered request, in a file of the process that answers.

To append a line is one call of the operating system, where a commit of SQLite makes a dozen, and is as safe from the
death of the process. Whoever holds the lock of the file is alive and will put its lines into the database.
"""

import fcntl
import logging
import os
import re
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from service.access.store import Account, Amount, Store

log = logging.getLogger(__name__)

_LINE = re.compile(rb"(\d{4}-\d{2}) (\d+) (\d+) ([^\n\0]*)")
_LITTER_AGE_S = 60.0


class Journal:
    """A new file beside `database`, which belongs to this process until it is left or removed."""

    def __init__(self, database: Path) -> None:
        """Make the file and lock it; raises OSError."""
        self.name = f"{database.name}-usage-{secrets.token_hex(8)}"
        self.num_bytes = 0
        self._path = database.with_name(self.name)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:
            self.remove()
            raise

    def append(self, account: Account, amount: Amount) -> None:
        """Add a line. Where OSError is raised, none was added, and none may be any more: the last one may be broken."""
        tenant, month = account
        line = f"{month} {amount.requests} {amount.characters} {tenant}\n".encode()
        if (written := os.write(self._file, line)) < len(line):
            raise OSError(f"{written} of {len(line)} bytes could be written")
        self.num_bytes += len(line)

    def leave(self) -> None:
        """Give the file up and let it lie, for whoever looks for what the dead left."""
        os.close(self._file)

    def remove(self) -> None:
        """Delete the file, of which nothing is needed any more."""
        try:
            self._path.unlink(missing_ok=True)
        finally:
            self.leave()


def take_over(store: Store) -> None:
    """Put into `store` what processes that have died left in their journals.

    Raises:
        OSError, sqlite3.Error: some of it is still to be taken over.
    """
    database, known = store.path, store.journals()
    for name in known:
        with _unowned(database.with_name(name)) as content:
            if content is not None:
                store.end_journal(name, partial(_sums, content))
                store.sync()  # the file is gone after that
    ours = re.compile(re.escape(database.name) + r"-usage-[0-9a-f]{16}")
    for path in database.parent.iterdir():
        # Whoever has just made one may be about to lock it and to enter its name.
        if ours.fullmatch(path.name) and path.name not in known and _is_old(path):
            with _unowned(path):
                log.debug("%s is left over, and in the database", path.name)


@contextmanager
def _unowned(path: Path) -> Iterator[bytes | None]:
    """The content of a file whose owner is dead, which is deleted afterwards; None if it is alive.

    A file that is not there was empty, or somebody else has just taken it over.
    """
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield b""
        return
    with os.fdopen(file, "rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield opened.read()
        path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > _LITTER_AGE_S
    return False


def _sums(content: bytes, num_bytes: int) -> dict[Account, Amount]:
    """What the lines of a journal come to that follow after `num_bytes`.

    The last one may be broken off: its request was not answered. What else is no line, as some file systems leave it
    behind when the machine dies, is told in the log.
    """
    sums: defaultdict[Account, Amount] = defaultdict(Amount)
    for line in content[num_bytes:].split(b"\n")[:-1]:
        if (found := _LINE.fullmatch(line)) is None:
            log.error("a line of a journal of usage cannot be read: %d bytes", len(line))
            continue
        month, requests, characters, tenant = (part.decode("utf-8", "replace") for part in found.groups())
        sums[tenant, month] += Amount(int(requests), int(characters))
    return sums
