"""What is kept of keys and usage. A `Store` is one connection to their file and belongs to one thread."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from service.access.database import BUSY_S, IN_MEMORY, connect, make_private
from service.access.keys import Key, Limits
from service.engine.segment import Priority

_ADD = """
INSERT INTO usage VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, characters = characters + excluded.characters
RETURNING requests, characters
"""
_NONE: Mapping[str, int] = MappingProxyType({})
_KEY_COLUMNS = (
    "id, name, digest, created, expires, revoked, requests_per_minute, characters_per_minute, characters_per_month, "
    "priority"
)


class StoreError(Exception):
    """The file cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class Amount:
    """How much was used."""

    requests: int = 0
    characters: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.requests + other.requests, self.characters + other.characters)


Account = tuple[str, str]  # a tenant, which is a key's id or "" for all without a key, and a month such as 2026-01


class Store:
    """One connection to the file, which is made if it is not there."""

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        """Open `path`, and wait up to `busy_s` later on while others write; raises StoreError.

        `path` is then what links lead to, as SQLite follows them.
        """
        try:
            make_private(path)
            self.path = path if str(path) == IN_MEMORY else path.resolve()
            self._connection = connect(path)
            self._connection.execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}").fetchall()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot use the database {path}: {_reason(error)}") from error

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def version(self) -> int:
        """A number that changes when another connection has committed something."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def all_keys(self) -> list[Key]:
        """All keys, the oldest first, revoked ones too."""
        rows = self._connection.execute(f"SELECT {_KEY_COLUMNS} FROM keys ORDER BY created, id").fetchall()
        return [_key(*row) for row in rows]

    def add_key(self, key: Key) -> None:
        """Keep `key`; raises StoreError if a key in use has its name."""
        limits = (key.limits.requests_per_minute, key.limits.characters_per_minute, key.limits.characters_per_month)
        row = (key.id, key.name, key.digest, key.created, key.expires, key.revoked, *limits, str(key.priority))
        try:
            self._connection.execute(f"INSERT INTO keys ({_KEY_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)
        except sqlite3.IntegrityError as error:
            raise StoreError(f"there is already a key of the name {key.name!r}; revoke it first") from error
        self.sync()

    def revoke(self, name_or_id: str, now: float) -> Key:
        """Let a key be refused from now on; raises StoreError if none in use is called so."""
        found = [key for key in self.all_keys() if key.revoked is None and name_or_id in (key.name, key.id)]
        if not found:
            raise StoreError(f"no key in use has the name or id {name_or_id!r}")
        self._connection.execute("UPDATE keys SET revoked = ? WHERE id = ?", (now, found[0].id))
        self.sync()
        return found[0]

    def journals(self) -> list[str]:
        """The names of all journals with usage that may not be counted here."""
        return [name for (name,) in self._connection.execute("SELECT name FROM journals").fetchall()]

    def set_journals(self, lengths: Mapping[str, int]) -> None:
        """Know journals, by name, of which so many bytes are counted here."""
        self._connection.executemany(
            "INSERT INTO journals VALUES (?, ?) ON CONFLICT DO UPDATE SET num_bytes = excluded.num_bytes",
            list(lengths.items()),
        )

    def end_journal(self, name: str, rest: Callable[[int], Mapping[Account, Amount]]) -> None:
        """Add the `rest` of a journal, after so many bytes, and forget it; one that is forgotten adds nothing."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            query = "DELETE FROM journals WHERE name = ? RETURNING num_bytes"
            for (num_bytes,) in self._connection.execute(query, (name,)).fetchall():
                self._add(rest(num_bytes))

    def add_usage(
        self, amounts: Mapping[Account, Amount], lengths: Mapping[str, int] = _NONE, ended: Sequence[str] = ()
    ) -> dict[Account, Amount]:
        """Add all of `amounts` or, where sqlite3.Error is raised, none; returns the new sums.

        They are what the journals of `lengths` have up to so many bytes, and those that `ended` to their end.
        """
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self.set_journals(lengths)
            for name in ended:
                self._connection.execute("DELETE FROM journals WHERE name = ?", (name,))
            return self._add(amounts)

    def _add(self, amounts: Mapping[Account, Amount]) -> dict[Account, Amount]:
        return {
            (tenant, month): Amount(
                *self._connection.execute(_ADD, (tenant, month, amount.requests, amount.characters)).fetchall()[0]
            )
            for (tenant, month), amount in amounts.items()
        }

    def usage(self, month: str | None = None) -> dict[Account, Amount]:
        """What was used, in `month` or ever."""
        rows: Iterable[tuple[str, str, int, int]] = self._connection.execute(
            "SELECT tenant, month, requests, characters FROM usage WHERE ?1 IS NULL OR month = ?1", (month,)
        ).fetchall()
        return {(tenant, of): Amount(requests, characters) for tenant, of, requests, characters in rows}

    def sync(self) -> None:
        """Let all that is committed survive the death of the machine too."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _key(
    key_id: str, name: str, digest: bytes, created: float, expires: float | None, revoked: float | None, *rest: Any
) -> Key:
    *limits, priority = rest
    return Key(key_id, name, digest, created, expires, revoked, Limits(*limits), Priority(priority))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
