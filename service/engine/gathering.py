"""Newcomers that wait for company, so that they are encoded together: four at once take half of what each takes alone.

While few rows run, nobody waits: a step is short then, and a sentence that comes alone starts at once. While many run,
a newcomer would wait for their next step anyway; it waits for two more visits of its lane at most.
"""

from service.engine.segment import Lane

_COMPANY = 4  # newcomers; fewer are held
_MANY_ROWS = 8  # from so many on, a step's time grows with its rows
_MAX_VISITS = 2


class Gathering:
    """Counts, for each lane, the visits for which its newcomers have been held."""

    def __init__(self) -> None:
        self.held: dict[Lane, int] = {}  # newcomers, at the last visit of each lane that holds any
        self._num_visits: dict[Lane, int] = {}

    def holds(self, lane: Lane, num_newcomers: int, num_running: int) -> bool:
        """Whether the `num_newcomers` that could start beside `num_running` rows wait for one more visit."""
        num_visits = self._num_visits.get(lane, 0)
        if not (0 < num_newcomers < _COMPANY and num_running >= _MANY_ROWS and num_visits < _MAX_VISITS):
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
