"""Decides who runs, without knowing what running means: waiting, admit, step, retire.

Every entry that is added leaves exactly once: through `withdraw`, `retire` or `reset`.
"""

from collections.abc import Iterable, Sequence

from service.engine.deadlines import Deadlines
from service.engine.entry import Entry, Status
from service.engine.fair_queue import FairQueue
from service.engine.options import EngineOptions
from service.engine.pace import StepPace
from service.engine.rows import Rows
from service.engine.segment import Lane, Priority
from service.engine.time_share import TimeShare


class _Books:
    """What the scheduler keeps for one lane."""

    def __init__(self, options: EngineOptions) -> None:
        self.queue = FairQueue(options.quantum_tokens)
        self.rows = Rows(options.max_rows)
        self.pace = StepPace(options.visit_s, options.max_steps)

    @property
    def has_work(self) -> bool:
        return len(self.queue) + len(self.rows) > 0


class Scheduler:
    """The books of all lanes. One lane's arena is one `Rows`; classes of work share the time."""

    def __init__(self, lanes: Iterable[Lane], options: EngineOptions) -> None:
        self._books = {lane: _Books(options) for lane in lanes}
        self._encode_tokens = options.encode_tokens
        self._time_share = TimeShare(options.bulk_share)
        self._deadlines = Deadlines()

    @property
    def has_work(self) -> bool:
        """Whether any segment waits or any row is in use."""
        return any(books.has_work for books in self._books.values())

    @property
    def num_waiting(self) -> int:
        """Segments without a row."""
        return sum(len(books.queue) for books in self._books.values())

    @property
    def num_running(self) -> int:
        """Rows in use over all lanes."""
        return sum(len(books.rows) for books in self._books.values())

    @property
    def num_rows(self) -> int:
        """Rows of all lanes, in use or not."""
        return sum(books.rows.capacity for books in self._books.values())

    def owners(self, lane: Lane) -> tuple[Entry | None, ...]:
        """Owners of the lane's rows in use; None where one was withdrawn and the row not yet released."""
        return self._books[lane].rows.owners

    def add(self, entry: Entry) -> None:
        """Let `entry` wait for a row of its lane."""
        self._books[entry.segment.lane].queue.push(entry)
        self._deadlines.push(entry)

    def withdraw(self, entry: Entry) -> bool:
        """Settle `entry` now, waiting or running; False if it was settled before."""
        books = self._books[entry.segment.lane]
        if entry.status is Status.SETTLED:
            return False
        if entry.status is Status.WAITING:
            books.queue.remove(entry)
        else:
            books.rows.vacate(entry)
        entry.status = Status.SETTLED
        return True

    def pop_expired(self, now: float) -> list[Entry]:
        """Return the unsettled entries whose deadline has passed; the caller withdraws them."""
        return self._deadlines.pop_expired(now)

    def lanes_to_visit(self) -> list[Lane]:
        """Return the lanes that this turn serves: every one with work of the classes whose turn it is."""
        busy = [lane for lane, books in self._books.items() if books.has_work]
        chosen = self._time_share.choose(
            has_interactive=any(lane.priority is Priority.INTERACTIVE for lane in busy),
            has_bulk=any(lane.priority is Priority.BULK for lane in busy),
        )
        return [lane for lane in busy if lane.priority in chosen]

    def vacant(self, lane: Lane) -> list[int]:
        """Rows of withdrawn segments, ascending: to be released first."""
        return self._books[lane].rows.vacant()

    def admit(self, lane: Lane) -> list[Entry]:
        """Give waiting segments the next rows, in fair order, as far as rows and one visit's encoding go.

        Their sources are padded to the longest. One segment is admitted in any case if a row is free.
        """
        books = self._books[lane]
        newcomers: list[Entry] = []
        longest = 0
        while len(newcomers) < books.rows.num_free and (entry := books.queue.head()) is not None:
            longest = max(longest, entry.segment.num_tokens)
            if newcomers and longest * (len(newcomers) + 1) > self._encode_tokens:
                break
            newcomers.append(books.queue.pop())
        for entry in newcomers:
            entry.status = Status.RUNNING
        books.rows.append(newcomers)
        return newcomers

    def num_steps(self, lane: Lane) -> int:
        """Steps for this visit: one if somebody waits for a row, so that none is held a step too long."""
        books = self._books[lane]
        if len(books.queue) > 0 and books.rows.num_free == 0:
            return 1
        return books.pace.num_steps()

    def stepped(self, lane: Lane, num_steps: int, seconds: float) -> None:
        """Learn how long the steps of a visit took."""
        self._books[lane].pace.record(num_steps, seconds)

    def charge(self, lane: Lane, seconds: float) -> None:
        """Account a visit of `seconds` to the lane's class."""
        self._time_share.charge(lane.priority, seconds)

    def retire(self, lane: Lane, rows: Sequence[int]) -> list[Entry]:
        """Free ascending `rows` as the arena did; returns the owners that this settles, in row order."""
        return _settle(self._books[lane].rows.release(rows))

    def reset(self, lane: Lane) -> list[Entry]:
        """Free every row of `lane`; returns the owners that this settles."""
        return self.retire(lane, range(len(self._books[lane].rows)))

    def unsettled(self) -> list[Entry]:
        """Return every entry that runs or waits."""
        running = [owner for books in self._books.values() for owner in books.rows.owners if owner is not None]
        return running + [entry for books in self._books.values() for entry in books.queue]


def _settle(owners: Sequence[Entry | None]) -> list[Entry]:
    entries = [entry for entry in owners if entry is not None]
    for entry in entries:
        entry.status = Status.SETTLED
    return entries
