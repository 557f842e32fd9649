"""What the scheduler keeps for one lane and its reserve: who waits, and who holds which row."""

from service.engine.entry import Entry
from service.engine.fair_queue import FairQueue
from service.engine.options import EngineOptions
from service.engine.places import Places
from service.engine.recent import Recent
from service.engine.rows import Rows
from service.engine.segment import Lane


class Books:
    """The queue of a lane, the rows of its arena and those of its reserve."""

    def __init__(self, lane: Lane, options: EngineOptions, recent: Recent) -> None:
        self.lanes = (lane, lane.reserve)
        self.queue = FairQueue(options.quantum_tokens)
        self._recent = recent
        self.places = Places(options.max_rows, options.reserve_rows)

    @property
    def has_work(self) -> bool:
        """Whether anybody waits or holds a row."""
        return len(self.queue) > 0 or len(self.places) > 0

    def rows(self, lane: Lane) -> Rows:
        """The rows of `lane`, which is the books' own or its reserve."""
        return self.places.reserve if lane.is_reserve else self.places.main

    def vacate(self, entry: Entry) -> Lane:
        """Leave the row of `entry` without an owner until it is released; returns whose row it is."""
        if entry in self.places.main:
            self.places.main.vacate(entry)
            return self.lanes[0]
        self.places.reserve.vacate(entry)
        return self.lanes[1]

    def work(self) -> list[tuple[Lane, list[str]]]:
        """Clients with something to do in the lane, and in its reserve."""
        main, reserve = self.lanes
        return [(main, self._clients(self.places.main)), (reserve, self._clients(self.places.reserve))]

    def _clients(self, rows: Rows) -> list[str]:
        """Clients with something to do in `rows`: who run there, and who would start there."""
        if len(self.queue) == 0 or rows.num_free == 0:
            return list(rows.num_of)
        starting = [client for client in self.queue.clients if self.starts_in(rows, client)]
        return list(dict.fromkeys([*rows.num_of, *starting]))

    def starts_in(self, rows: Rows, client: str) -> bool:
        """Whether the next segment of `client` would start in `rows`."""
        return self.places.choose(client, has_company=self._recent.has_others(client)) is rows
