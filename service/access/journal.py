"""Usage on its way into the database: a line for each answered request, in a file of the process that answers.

To append a line is one call of the operating system, where a commit of SQLite makes a dozen, and is as safe from the
death of the process. Whoever holds the lock of the file is alive and will put its lines into the database.
"""

import fcntl
import os
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from service.access.store import Account, Amount, Store

_MARK = "-usage-"
_LITTER_AGE_S = 60.0


class Journal:
    """A new file beside `database`, which belongs to this process until it is removed."""

    def __init__(self, database: Path) -> None:
        """Make the file and lock it; raises OSError."""
        self.name = f"{database.name}{_MARK}{secrets.token_hex(8)}"
        self.num_bytes = 0
        self._path = database.with_name(self.name)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def append(self, account: Account, amount: Amount) -> None:
        """Add a line; where OSError is raised, none was added."""
        tenant, month = account
        line = f"{month} {amount.requests} {amount.characters} {tenant}\n".encode()
        if (written := os.write(self._file, line)) < len(line):
            os.ftruncate(self._file, self.num_bytes)
            raise OSError(f"{written} of {len(line)} bytes could be written")
        self.num_bytes += len(line)

    def leave(self) -> None:
        """Give the file up and let it lie, for whoever looks for what the dead left."""
        os.close(self._file)

    def remove(self) -> None:
        """Delete the file; all that is in it is in the database."""
        self._path.unlink(missing_ok=True)
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
    for path in database.parent.glob(f"{database.name}{_MARK}*"):
        # Whoever has just made one may be about to lock it and to enter its name.
        if path.name not in known and _is_litter(path):
            path.unlink(missing_ok=True)


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


def _is_litter(path: Path) -> bool:
    """Whether `path`, of which the database knows nothing, is what somebody left who died before its deletion."""
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > _LITTER_AGE_S:
            with _unowned(path) as content:
                return content is not None
    return False


def _sums(content: bytes, num_bytes: int) -> dict[Account, Amount]:
    """What the lines of a journal come to that follow after `num_bytes`.

    The last one may be broken off: its request was not answered.
    """
    sums: defaultdict[Account, Amount] = defaultdict(Amount)
    for line in content[num_bytes:].decode().split("\n")[:-1]:
        month, requests, characters, tenant = line.split(" ", 3)
        sums[tenant, month] += Amount(int(requests), int(characters))
    return sums
