"""Which class of work the next turn serves when both have some."""

from service.engine.segment import Priority


class TimeShare:
    """Interactive work first, and a guaranteed share of the time for bulk; whoever is alone gets everything.

    While both classes have work, bulk earns credit with every interactive second, is served when it has any, and
    pays for what it used. So it gets its share to within one visit, however long its visits are.
    """

    def __init__(self, bulk_share: float) -> None:
        self._earnings = bulk_share / (1.0 - bulk_share)
        self._credit_s = 0.0
        self._is_contended = False

    def choose(self, has_interactive: bool, has_bulk: bool) -> tuple[Priority, ...]:
        """Return the classes to serve in this turn."""
        self._is_contended = has_interactive and has_bulk
        if not self._is_contended:
            self._credit_s = 0.0
            return (Priority.INTERACTIVE,) if has_interactive else (Priority.BULK,) if has_bulk else ()
        if self._credit_s > 0.0:
            return (Priority.INTERACTIVE, Priority.BULK)
        return (Priority.INTERACTIVE,)

    def charge(self, priority: Priority, seconds: float) -> None:
        """Account for `seconds` of work that was done for `priority`."""
        if self._is_contended:
            self._credit_s += seconds * self._earnings if priority is Priority.INTERACTIVE else -seconds
