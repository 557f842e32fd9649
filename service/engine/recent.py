"""Who has asked lately, so that a client with much to do leaves rows to those who will soon be back.

A step takes time in proportion to its rows, and whoever comes waits for the one under way.
"""

_MEMORY_S = 2.0


class Recent:
    """The clients of the last seconds. Its time is that of arrivals, and of work between them."""

    def __init__(self, memory_s: float = _MEMORY_S) -> None:
        self._memory_s = memory_s
        self._now = 0.0
        self._came_at: dict[str, float] = {}  # in order

    def came(self, client: str, at: float) -> None:
        """Remember that `client` has asked for something, `at` a time in seconds."""
        self._now = max(self._now, at)
        self._came_at.pop(client, None)
        self._came_at[client] = self._now
        self._forget()

    def worked(self, seconds: float) -> None:
        """Let `seconds` of work pass."""
        self._now += seconds
        self._forget()

    @property
    def are_several(self) -> bool:
        """Whether more than one client has asked lately."""
        return len(self._came_at) > 1

    def has_others(self, client: str) -> bool:
        """Whether someone else than `client` has asked lately."""
        return len(self._came_at) > (client in self._came_at)

    def _forget(self) -> None:
        while self._came_at and next(iter(self._came_at.values())) + self._memory_s < self._now:
            del self._came_at[next(iter(self._came_at))]
