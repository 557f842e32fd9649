"""The scheduler's laws, checked on whatever sequence of events Hypothesis can think of; no torch here."""

import math
from collections import Counter
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from service.engine.entry import Entry, Status
from service.engine.options import EngineOptions
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane, Priority
from tests.laws import examples
from tests.service.factories import make_segment

HOMES = [Lane("echo", beam_size, priority) for beam_size in (1, 3) for priority in Priority]
LANES = HOMES + [lane.reserve for lane in HOMES]
VISIT_S = 0.003
# A visit drains at least one segment of its lane, where rows are done in each. Of equal visits bulk gets one in ten, a
# client at work one in four of those, and its lanes take turns: two beam sizes, each with a reserve.
VISITS_PER_SEGMENT = 10 * 4 * 4


class Machine(RuleBasedStateMachine):
    """Feeds a scheduler and keeps arenas of its own beside it, which move rows as an arena says it does."""

    @initialize(
        max_rows=st.sampled_from([1, 2, 4, 8, 12]),
        encode_tokens=st.sampled_from([1, 12, 30]),
        enough=st.sampled_from([1, 2, 4, math.inf]),
    )
    def start(self, max_rows: int, encode_tokens: int, enough: float) -> None:
        self.options = EngineOptions(max_rows=max_rows, encode_tokens=encode_tokens, quantum_tokens=4)
        self.scheduler = Scheduler(LANES, self.options)
        for lane in LANES:
            self.scheduler.hold_beside(lane, enough)
        self.enough = enough
        self.arenas: dict[Lane, list[Entry]] = {lane: [] for lane in LANES}
        self.added: list[Entry] = []
        self.settled: Counter[Entry] = Counter()
        self.now = 0.0

    @rule(
        lane=st.sampled_from(HOMES),
        num_tokens=st.integers(1, 20),
        client=st.sampled_from("abc"),
        wait=st.integers(1, 9),
    )
    def add(self, lane: Lane, num_tokens: int, client: str, wait: int) -> None:
        segment = make_segment(
            *[5] * (num_tokens - 1),
            client=client,
            beam_size=lane.beam_size,
            priority=lane.priority,
            deadline=math.inf if wait == 9 else self.now + wait,
        )
        entry = Entry(segment, self.now)
        self.added.append(entry)
        self.scheduler.add(entry)

    @rule(data=st.data())
    def withdraw(self, data: Any) -> None:
        if self.added:
            entry = data.draw(st.sampled_from(self.added))
            assert self.scheduler.withdraw(entry) == (self.settled[entry] == 0)
            self.settled[entry] = 1

    @rule(data=st.data())
    def turn(self, data: Any) -> None:
        self.now += 1.0
        for entry in self.scheduler.pop_expired(self.now):
            assert entry.segment.deadline <= self.now
            assert self.scheduler.withdraw(entry)
            self.settled[entry] += 1
        self.visit_next(data.draw(st.sets(st.integers(0, self.options.max_rows - 1))))

    @rule(lane=st.sampled_from(LANES))
    def fault(self, lane: Lane) -> None:
        running = [entry for entry in self.arenas[lane] if entry.status is Status.RUNNING]
        assert self.scheduler.reset(lane) == running
        self.settled.update(running)
        self.arenas[lane] = []

    def visit_next(self, finished: set[int]) -> None:
        for vacated, rows in self.scheduler.vacant().items():
            self.release(vacated, rows)
        lane = self.scheduler.next_visit()
        assert (lane is None) == (not self.scheduler.has_work)
        if lane is not None:
            self.visit(lane, finished)

    def visit(self, lane: Lane, finished: set[int]) -> None:
        num_free = self.capacity(lane) - len(self.arenas[lane])
        num_waiting = sum(e.status is Status.WAITING and e.segment.lane == home(lane) for e in self.added)
        newcomers = self.scheduler.admit(lane)
        assert self.scheduler.hold_s(lane) == 0.0 or len(self.arenas[lane]) + len(newcomers) >= self.enough
        self.check_budget(newcomers, num_free)
        self.arenas[lane] += newcomers
        assert self.arenas[lane], "a visit finds something to do"
        payers = self.scheduler.payers(lane)
        assert payers == Counter(entry.segment.client for entry in self.arenas[lane])
        num_steps = self.scheduler.num_steps(lane)
        assert 1 <= num_steps <= self.options.max_steps
        if num_waiting > len(newcomers) and len(self.arenas[lane]) == self.capacity(lane):
            assert num_steps == 1
        self.scheduler.stepped(lane, num_steps, 0.1 * VISIT_S)
        self.release(lane, sorted(row for row in finished if row < len(self.arenas[lane])))
        self.scheduler.charge(lane, payers, VISIT_S)

    def capacity(self, lane: Lane) -> int:
        return self.options.reserve_rows if lane.is_reserve else self.options.max_rows

    def check_budget(self, newcomers: list[Entry], num_free: int) -> None:
        longest = max((entry.segment.num_tokens for entry in newcomers), default=0)
        assert len(newcomers) <= num_free
        assert len(newcomers) <= 1 or longest * len(newcomers) <= self.options.encode_tokens

    def release(self, lane: Lane, rows: list[int]) -> None:
        """Free rows of the arena, hole by hole: the lowest row above the new end fills the lowest hole."""
        arena = self.arenas[lane]
        expected = [arena[row] for row in rows if arena[row].status is Status.RUNNING]
        assert self.scheduler.retire(lane, rows) == expected
        self.settled.update(expected)
        end = len(arena) - len(rows)
        movers = [entry for row, entry in enumerate(arena) if row >= end and row not in rows]
        for row in rows:
            if row < end:
                arena[row] = movers.pop(0)
        del arena[end:]

    @invariant()
    def owners_are_those_of_the_arena(self) -> None:
        for lane, arena in getattr(self, "arenas", {}).items():
            expected = tuple(None if entry.status is Status.SETTLED else entry for entry in arena)
            assert self.scheduler.owners(lane) == expected
            assert len(arena) <= self.capacity(lane)

    @invariant()
    def nothing_is_lost_and_nothing_comes_twice(self) -> None:
        if not hasattr(self, "added"):
            return
        assert all(count == 1 for count in self.settled.values())
        unsettled = {entry for entry in self.added if entry not in self.settled}
        assert set(self.scheduler.unsettled()) == unsettled
        assert all((entry.status is Status.SETTLED) == (entry in self.settled) for entry in self.added)
        assert self.scheduler.num_waiting == sum(entry.status is Status.WAITING for entry in self.added)
        assert self.scheduler.num_running == sum(map(len, self.arenas.values()))
        assert self.scheduler.has_work == bool(unsettled or any(self.arenas.values()))

    @invariant()
    def rows_of_the_withdrawn_are_known(self) -> None:
        for lane, arena in getattr(self, "arenas", {}).items():
            gone = [row for row, entry in enumerate(arena) if entry.status is Status.SETTLED]
            assert self.scheduler.vacant().get(lane, []) == gone

    def teardown(self) -> None:
        """Nobody starves: with rows that finish, everyone is done after a number of visits that is known before."""
        for _ in range(VISITS_PER_SEGMENT * len(getattr(self, "added", []))):
            self.visit_next(set(range(self.options.max_rows)))
        if hasattr(self, "added"):
            assert not self.scheduler.has_work
            assert set(self.settled) == set(self.added)


def home(lane: Lane) -> Lane:
    return next(home for home in HOMES if lane in (home, home.reserve))


Machine.TestCase.settings = settings(examples(60, nightly=2_000), stateful_step_count=40)
TestScheduler = Machine.TestCase


def test_a_full_lane_does_not_hold_up_another() -> None:
    scheduler = Scheduler(LANES, EngineOptions(max_rows=1))
    for beam_size in (1, 1, 3):
        scheduler.add(Entry(make_segment(5, beam_size=beam_size), 0.0))
    for _ in range(2):
        lane = scheduler.next_visit()
        assert lane is not None
        assert len(scheduler.admit(lane)) == 1
    assert scheduler.num_running == 2
    assert scheduler.num_rows == len(HOMES)


def test_interactive_does_not_wait_for_bulk() -> None:
    scheduler = Scheduler(LANES, EngineOptions(max_rows=1))
    for _ in range(50):
        scheduler.add(Entry(make_segment(5, priority=Priority.BULK), 0.0))
    scheduler.add(Entry(make_segment(5), 0.0))
    assert scheduler.next_visit() == Lane("echo", 1, Priority.INTERACTIVE)


def test_a_visit_that_all_rows_end_in_teaches_nothing_about_the_pace() -> None:
    lane = HOMES[0]
    scheduler = Scheduler(LANES, EngineOptions(visit_s=0.003, max_steps=8))
    assert scheduler.stepped(lane, 1, 0.001, all_done=True) == 1
    assert scheduler.stepped(lane, 3, 0.001, all_done=True) == 1
    assert scheduler.num_steps(lane) == 3
    assert scheduler.stepped(lane, 3, 0.009) == 3
    assert scheduler.num_steps(lane) == 1
