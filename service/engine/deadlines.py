"""Whose time is up, without looking at everybody."""

import heapq
import math
from itertools import count

from service.engine.entry import Entry, Status


class Deadlines:
    """A heap of unsettled entries by deadline; those settled meanwhile are skipped and swept out."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Entry]] = []
        self._order = count()
        self._sweep_at = 64

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, entry: Entry) -> None:
        """Watch `entry`, if it has a deadline."""
        if entry.deadline < math.inf:
            heapq.heappush(self._heap, (entry.deadline, next(self._order), entry))
        if len(self._heap) > self._sweep_at:
            self._sweep()

    def pop_expired(self, now: float) -> list[Entry]:
        """Take the unsettled entries whose deadline has passed, earliest first."""
        expired: list[Entry] = []
        while self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)[2]
            if entry.deadline > now:
                self.push(entry)  # it was put off meanwhile
            elif entry.status is not Status.SETTLED:
                expired.append(entry)
        return expired

    def _sweep(self) -> None:
        self._heap = [item for item in self._heap if item[2].status is not Status.SETTLED]
        heapq.heapify(self._heap)
        self._sweep_at = max(64, 2 * len(self._heap))
