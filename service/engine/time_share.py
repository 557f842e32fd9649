"""Which of two sides the next visit serves when both have work: the first, but for a share that is the second's."""

_MAX_SAVED_S = 0.1  # so that one visit that took very long does not put off the next one much longer


class TimeShare:
    """The first side goes first, the second has a guaranteed share of the time; whoever is alone gets everything.

    While both have work, the second earns credit with every second of the first, is served when its credit pays for
    a visit like its last one, and pays for what it used. So it gets its share to within one visit, and who needs the
    first for less than what a visit of the second is worth meets none.
    """

    def __init__(self, share: float) -> None:
        self._earnings = share / (1.0 - share)
        self._credit_s = 0.0
        self._visit_s = 0.0
        self._is_contended = False

    def is_second(self, has_first: bool, has_second: bool) -> bool:
        """Whether the next visit is the second's; at least one of the two has work."""
        self._is_contended = has_first and has_second
        if not self._is_contended:
            self._credit_s = 0.0
            return has_second
        return 0.0 < self._credit_s >= self._visit_s

    def charge(self, is_second: bool, seconds: float) -> None:
        """Account for a visit of `seconds` to one of the sides."""
        if is_second:
            self._visit_s = min(seconds, _MAX_SAVED_S)
        if self._is_contended:
            self._credit_s += -seconds if is_second else seconds * self._earnings
