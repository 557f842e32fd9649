"""Decides who runs, without knowing what running means: waiting, admit, step, retire.

Every entry that is added leaves exactly once: through `withdraw`, `retire` or `reset`.
"""

from collections.abc import Iterable, Mapping, Sequence

from service.engine.books import Books
from service.engine.deadlines import Deadlines
from service.engine.entry import Entry, Status
from service.engine.gathering import Gathering
from service.engine.options import EngineOptions
from service.engine.pace import StepPace
from service.engine.recent import Recent
from service.engine.segment import Lane
from service.engine.turns import Turns

# Of what a visit may encode, this part while several clients are about: as much as rows become free for in a step.
_ENCODE_SHARE = 4


class Scheduler:
    """The books of all lanes. One lane's arena is one `Rows`; classes of work and their clients share the time."""

    def __init__(self, lanes: Iterable[Lane], options: EngineOptions) -> None:
        self._pace = {lane: StepPace(options.visit_s, options.max_steps) for lane in lanes}
        self._recent = Recent()
        self._books = {lane: Books(lane, options, self._recent) for lane in self._pace if not lane.is_reserve}
        self._books_of = {lane: self._books[lane._replace(is_reserve=False)] for lane in self._pace}
        self._rows = {lane: books.rows(lane) for lane, books in self._books_of.items()}
        self._encode_tokens = options.encode_tokens
        self._turns = Turns(self._pace, options.bulk_share)
        self._busy: dict[Lane, Books] = {}  # those with work, and some that have just lost it
        self._num_waiting = 0
        self._num_running = 0
        self._vacated: set[Lane] = set()  # lanes with rows that were withdrawn
        self._deadlines = Deadlines()
        self._gathers = not options.is_strict  # strictly, newcomers are encoded one by one
        self._gathering = {lane: Gathering() for books in self._books.values() for lane in books.lanes}

    @property
    def has_work(self) -> bool:
        """Whether any segment waits or any row is in use."""
        return self._num_waiting + self._num_running > 0

    @property
    def num_waiting(self) -> int:
        """Segments without a row."""
        return self._num_waiting

    @property
    def num_running(self) -> int:
        """Rows in use over all lanes."""
        return self._num_running

    @property
    def num_rows(self) -> int:
        """Rows of all lanes, in use or not."""
        return sum(rows.capacity for rows in self._rows.values())

    def num_free(self, lane: Lane) -> int:
        """Rows of the lane that nobody holds."""
        return self._rows[lane].num_free

    def hold_beside(self, lane: Lane, num_rows: float) -> None:
        """Let newcomers of `lane` wait while `num_rows` run or more, which a step takes its full time for each of."""
        if self._gathers:
            self._gathering[lane].enough = num_rows

    def hold_s(self, lane: Lane) -> float:
        """Seconds of the lane's visits for which who comes now may be held."""
        num_visits = self._gathering[lane].most_visits(len(self._rows[lane]))
        return num_visits * self._pace[lane].visit_s() if num_visits > 0 else 0.0

    def owners(self, lane: Lane) -> tuple[Entry | None, ...]:
        """Owners of the lane's rows in use; None where one was withdrawn and the row not yet released."""
        return self._rows[lane].owners

    def add(self, entry: Entry) -> None:
        """Let `entry` wait for a row of its lane or the lane's reserve."""
        self._recent.came(entry.segment.client, entry.submitted_at)
        home = entry.segment.lane
        books = self._busy[home] = self._books[home]
        books.queue.push(entry)
        for lane in books.lanes:
            self._gathering[lane].came()
        self._num_waiting += 1
        self._deadlines.push(entry)

    def withdraw(self, entry: Entry) -> bool:
        """Settle `entry` now, waiting or running; False if it was settled before."""
        books = self._books[entry.segment.lane]
        if entry.status is Status.SETTLED:
            return False
        if entry.status is Status.WAITING:
            books.queue.remove(entry)
            self._num_waiting -= 1
        else:
            self._vacated.add(books.vacate(entry))
        entry.status = Status.SETTLED
        return True

    def pop_expired(self, now: float) -> list[Entry]:
        """Return the unsettled entries whose deadline has passed; the caller withdraws them."""
        return self._deadlines.pop_expired(now)

    def vacant(self) -> dict[Lane, list[int]]:
        """Rows of withdrawn segments, ascending, of every lane that has any: to be released before the next visit."""
        return {lane: self._rows[lane].vacant() for lane in self._vacated}

    def next_visit(self) -> Lane | None:
        """Choose the lane to visit, as `Turns` says; None where there is no work."""
        for home in [home for home, books in self._busy.items() if not books.has_work]:
            del self._busy[home]
        return self._turns.choose(work for books in self._busy.values() for work in books.work())

    def admit(self, lane: Lane) -> list[Entry]:
        """Give segments that may start in `lane` its next rows, in fair order, as far as rows and encoding go.

        Their sources are padded to the longest. One segment is admitted in any case if a row is free and it is not
        held, which it is only as long as the encoding has room for more.
        """
        books, rows, gathering = self._books_of[lane], self._rows[lane], self._gathering[lane]
        gathering.visited()
        max_tokens = self._encode_tokens // (_ENCODE_SHARE if self._recent.are_several else 1)
        newcomers: list[Entry] = []
        longest = 0
        while rows.num_free > 0 and (entry := books.queue.head(lambda c: books.starts_in(rows, c))) is not None:
            longest = max(longest, entry.segment.num_tokens)
            if newcomers and longest * (len(newcomers) + 1) > max_tokens:
                break
            if not newcomers and self._is_held(lane, longest, max_tokens):
                return []
            books.queue.take(entry)
            self._num_waiting -= 1
            rows.append([entry])
            self._num_running += 1
            entry.status = Status.RUNNING
            newcomers.append(entry)
        else:
            entry = None
        gathering.let_in(are_others_left=entry is not None)
        return newcomers

    def _is_held(self, lane: Lane, num_tokens: int, max_tokens: int) -> bool:
        """Whether a newcomer of `num_tokens` and those that could start with it wait until fewer rows run."""
        num_waiting, rows = len(self._books_of[lane].queue), self._rows[lane]
        num_newcomers = min(num_waiting, rows.num_free)
        if num_tokens * (num_newcomers + 1) > max_tokens:
            return False
        return self._gathering[lane].holds(num_newcomers, len(rows), are_more_waiting=num_waiting > num_newcomers)

    def num_steps(self, lane: Lane) -> int:
        """Steps for this visit: one if somebody waits for a row, so that none waits a step too long."""
        if len(self._books_of[lane].queue) > 0 and self._rows[lane].num_free == 0:
            return 1
        return self._pace[lane].num_steps()

    def stepped(self, lane: Lane, num_steps: int, seconds: float, all_done: bool = False) -> int:
        """Learn how long the `num_steps` of a visit took; returns how many they were.

        A visit after which `all_done` may have ended before its last step: of that there is an estimate alone.
        """
        pace = self._pace[lane]
        if all_done and num_steps > 1:
            return pace.steps_in(seconds, num_steps)
        pace.record(num_steps, seconds)
        return num_steps

    def payers(self, lane: Lane) -> dict[str, int]:
        """Clients of the lane's rows in use, with their parts of a step."""
        return dict(self._rows[lane].num_of)

    def charge(self, lane: Lane, payers: Mapping[str, int], seconds: float) -> None:
        """Account `seconds` of a visit to the lane's class, and to `payers` by their parts."""
        self._recent.worked(seconds)
        self._turns.charge(lane, payers, seconds)

    def retire(self, lane: Lane, rows: Sequence[int]) -> list[Entry]:
        """Free ascending `rows` as the arena did; returns the owners that this settles, in row order."""
        entries = _settle(self._rows[lane].release(rows))
        self._num_running -= len(rows)
        if lane in self._vacated and not self._rows[lane].vacant():
            self._vacated.remove(lane)
        return entries

    def reset(self, lane: Lane) -> list[Entry]:
        """Free every row of `lane`; returns the owners that this settles."""
        return self.retire(lane, range(len(self._rows[lane])))

    def unsettled(self) -> list[Entry]:
        """Return every entry that runs or waits."""
        running = [owner for rows in self._rows.values() for owner in rows.owners if owner is not None]
        return running + [entry for books in self._books.values() for entry in books.queue]


def _settle(owners: Sequence[Entry | None]) -> list[Entry]:
    entries = [entry for entry in owners if entry is not None]
    for entry in entries:
        entry.status = Status.SETTLED
    return entries
