"""The host's mirror of an arena: which row is whose."""

from collections import Counter
from collections.abc import Sequence

from service.engine.entry import Entry


class Rows:
    """Owners of the rows in use, a prefix of the arena; None where the owner has been withdrawn."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._owners: list[Entry | None] = []
        self._num_of: Counter[str] = Counter()
        self._num_owned = 0

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._owners

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def num_free(self) -> int:
        """Rows that newcomers may take."""
        return self.capacity - len(self._owners)

    @property
    def owners(self) -> tuple[Entry | None, ...]:
        """Owners by row."""
        return tuple(self._owners)

    @property
    def num_of(self) -> Counter[str]:
        """Rows by client; a row whose owner was withdrawn is nobody's. Not to be changed."""
        return self._num_of

    def num_of_others(self, client: str) -> int:
        """Rows that clients other than `client` hold."""
        return self._num_owned - self._num_of.get(client, 0)

    def append(self, newcomers: Sequence[Entry]) -> None:
        """Give `newcomers` the rows after the last, in order."""
        if len(newcomers) > self.num_free:
            raise ValueError(f"{len(newcomers)} newcomers for {self.num_free} free rows")
        self._owners.extend(newcomers)
        for entry in newcomers:
            self._num_of[entry.segment.client] += 1
        self._num_owned += len(newcomers)

    def vacate(self, entry: Entry) -> None:
        """Leave the row of `entry` without an owner until it is released."""
        self._owners[self._owners.index(entry)] = None
        self._forget(entry)

    def vacant(self) -> list[int]:
        """Rows without an owner, ascending."""
        return [row for row, owner in enumerate(self._owners) if owner is None]

    def release(self, rows: Sequence[int]) -> list[Entry | None]:
        """Free ascending `rows` and close the prefix by the arena's rule; returns their owners.

        Kept rows from the new end upwards move, in order, into the freed rows below it.
        """
        leaving = [self._owners[row] for row in rows]
        freed = set(rows)
        end = len(self._owners) - len(freed)
        holes = [row for row in rows if row < end]
        movers = [row for row in range(end, len(self._owners)) if row not in freed]
        for hole, mover in zip(holes, movers, strict=True):
            self._owners[hole] = self._owners[mover]
        del self._owners[end:]
        for owner in leaving:
            if owner is not None:
                self._forget(owner)
        return leaving

    def _forget(self, entry: Entry) -> None:
        client = entry.segment.client
        self._num_owned -= 1
        self._num_of[client] -= 1
        if self._num_of[client] == 0:
            del self._num_of[client]
