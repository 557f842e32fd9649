"""Newcomers that wait while enough rows run, so that they are encoded together.

Four encoded together take half of the time that each takes alone. Where a step takes time in proportion to its rows, as
on one core from a few rows on, nobody pays for that: another row would finish nothing sooner, and put off those that
run. So newcomers wait until fewer rows are left, and start together; for so many visits at most, lest a short sentence
waits for the end of long ones.
"""

import math

from service.engine.segment import Lane

_MAX_VISITS = 8


class Gathering:
    """Counts, for each lane, the visits for which its newcomers have been held."""

    def __init__(self) -> None:
        self.held: dict[Lane, int] = {}  # newcomers, at the last visit of each lane that holds any
        self._num_visits: dict[Lane, int] = {}
        self._enough: dict[Lane, float] = {}

    def hold_beside(self, lane: Lane, num_rows: float) -> None:
        """Hold newcomers of `lane` from now on while `num_rows` run or more; before, nobody is held."""
        self._enough[lane] = num_rows

    def holds(self, lane: Lane, num_newcomers: int, num_running: int) -> bool:
        """Whether the `num_newcomers` that could start beside `num_running` rows wait for one more visit."""
        num_visits = self._num_visits.get(lane, 0)
        has_enough = num_running >= self._enough.get(lane, math.inf)
        if num_newcomers == 0 or not has_enough or num_visits >= _MAX_VISITS:
            return False
        self.held[lane] = num_newcomers
        self._num_visits[lane] = num_visits + 1
        return True

    def let_in(self, lane: Lane, num_newcomers: int, *, are_others_left: bool) -> int:
        """Forget those that start now; where others are left that could, these have waited and are not held again.

        Returns in how many visits the `num_newcomers` would have started, one by one as they came.
        """
        num_visits = self._num_visits.get(lane, 0)
        self._num_visits[lane] = _MAX_VISITS if are_others_left else 0
        return max(1, min(num_newcomers, num_visits + 1)) if self.held.pop(lane, 0) > 0 else 1
