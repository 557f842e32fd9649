"""Newcomers that wait for company, so that they are encoded together: four at once take half of what each takes alone.

While few rows run, nobody waits: a step is short then, and a sentence that comes alone starts at once. While many run,
a newcomer would wait for their next step anyway; it waits for two more at most.
"""

from service.engine.segment import Lane

_COMPANY = 4  # newcomers; fewer are held
_MANY_ROWS = 8  # from so many on, a step's time grows with its rows
_MAX_VISITS = 2


class Gathering:
    """Counts, for each lane, the visits for which its newcomers have been held."""

    def __init__(self) -> None:
        self._num_held: dict[Lane, int] = {}

    def holds(self, lane: Lane, num_newcomers: int, num_running: int) -> bool:
        """Whether the `num_newcomers` that could start beside `num_running` rows wait for one more visit."""
        num_held = self._num_held.get(lane, 0)
        is_held = 0 < num_newcomers < _COMPANY and num_running >= _MANY_ROWS and num_held < _MAX_VISITS
        self._num_held[lane] = num_held + 1 if is_held else 0
        return is_held
