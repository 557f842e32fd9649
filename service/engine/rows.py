"""The host's mirror of an arena: which row is whose."""

from collections.abc import Sequence

from service.engine.entry import Entry


class Rows:
    """Owners of the rows in use, a prefix of the arena; None where the owner has been withdrawn."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._owners: list[Entry | None] = []

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

    def append(self, newcomers: Sequence[Entry]) -> None:
        """Give `newcomers` the rows after the last, in order."""
        if len(newcomers) > self.num_free:
            raise ValueError(f"{len(newcomers)} newcomers for {self.num_free} free rows")
        self._owners.extend(newcomers)

    def vacate(self, entry: Entry) -> None:
        """Leave the row of `entry` without an owner until it is released."""
        self._owners[self._owners.index(entry)] = None

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
        return leaving
