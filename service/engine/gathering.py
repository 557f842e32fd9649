"""Newcomers that wait while enough rows run, so that they are encoded together.

Four encoded together take half of the time that they take one by one. Where a step takes time in proportion to its
rows, as on one core from a few rows on, one row more puts off those that run by as much as it gains itself, so that to
wait costs little. So newcomers wait until fewer rows are left, and start together; for so many visits at most, lest a
short sentence waits for the end of long ones, and only if somebody else may be expected meanwhile.
"""

import math

MAX_VISITS = 8
_SLOWLY = 0.05


class Gathering:
    """Says of one arena, visit by visit, whether its newcomers wait for the next."""

    def __init__(self) -> None:
        self.enough = math.inf  # rows, from which on newcomers may be held
        self._num_visits = 0  # for which they have been held
        self._has_come = False
        self._come_share = 0.0  # of the visits of late, those before which somebody had come

    def came(self) -> None:
        """Note that somebody has come since the last visit."""
        self._has_come = True

    def visited(self) -> None:
        """Begin a visit: learn in what part of them somebody has come."""
        self._come_share += _SLOWLY * (self._has_come - self._come_share)
        self._has_come = False

    def most_visits(self, num_running: int) -> int:
        """For how many visits who comes now may be held beside `num_running` rows."""
        return MAX_VISITS if num_running >= self.enough and self._is_company_expected else 0

    def holds(self, num_newcomers: int, num_running: int, *, are_more_waiting: bool) -> bool:
        """Whether the `num_newcomers` that could start beside `num_running` rows wait for one more visit.

        They do for others that wait for a row, or are to be expected within as many visits as newcomers are held.
        """
        has_company = are_more_waiting or self._is_company_expected
        is_held = num_newcomers > 0 and num_running >= self.enough and has_company and self._num_visits < MAX_VISITS
        self._num_visits += is_held
        return is_held

    @property
    def _is_company_expected(self) -> bool:
        return MAX_VISITS * self._come_share >= 1.0

    def let_in(self, *, are_others_left: bool) -> None:
        """Forget those that start now; where others are left that could, these have waited and are not held again."""
        self._num_visits = MAX_VISITS if are_others_left else 0
