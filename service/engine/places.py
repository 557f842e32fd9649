"""Which arena a newcomer goes to, so that no client holds all rows and the few do not step with the many.

A step takes time in proportion to its rows. A lane therefore has two arenas: its own, all of whose rows a client gets
that is alone, and its reserve, which such a client never enters. Whoever comes while others are at work goes where
fewer rows of others are, and the two arenas step in turn, as clients are owed time. Who has company, now or lately,
holds at most half of the rows: whoever comes back then waits for half a step.
"""

from service.engine.rows import Rows


class Places:
    """The rows of a lane and of its reserve."""

    def __init__(self, num_rows: int, num_reserve_rows: int) -> None:
        self.main = Rows(num_rows)
        self.reserve = Rows(num_reserve_rows)

    def __len__(self) -> int:
        return len(self.main) + len(self.reserve)

    def choose(self, client: str, *, has_company: bool = False) -> Rows | None:
        """Return where the next segment of `client` starts; None: it waits. Others may have been here lately."""
        if not has_company and self.main.num_of_others(client) == 0 == self.reserve.num_of_others(client):
            return self.main if self.main.num_free > 0 else None
        open_ones = [rows for rows in (self.main, self.reserve) if self._may_enter(client, rows, has_company)]
        return min(open_ones, key=lambda rows: rows.num_of_others(client), default=None)

    def _may_enter(self, client: str, rows: Rows, has_company: bool) -> bool:
        """Whether `client` may take one more of `rows`: half of what is shared, and no reserve on top of main."""
        if rows.num_free == 0 or (rows is self.reserve and self.main.num_of[client] > 0):
            return False
        is_shared = has_company or rows is self.reserve or rows.num_of_others(client) > 0
        return not is_shared or rows.num_of[client] < -(-rows.capacity // 2)
