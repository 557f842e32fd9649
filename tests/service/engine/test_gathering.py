"""When newcomers wait for company, and that they never wait long."""

from collections.abc import Sequence

import hypothesis.strategies as st
from hypothesis import given

from service.engine.entry import Entry
from service.engine.gathering import Gathering
from service.engine.options import EngineOptions
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane, Priority
from tests.service.factories import make_segment

LANE, OTHER = Lane("echo", 1, Priority.INTERACTIVE), Lane("echo", 3, Priority.INTERACTIVE)
VISITS = st.lists(st.tuples(st.sampled_from([LANE, OTHER]), st.integers(0, 6), st.integers(0, 32)), max_size=40)


@given(visits=VISITS)
def test_nobody_is_held_three_times_running_nor_four_at_once_nor_beside_few(
    visits: list[tuple[Lane, int, int]],
) -> None:
    gathering, held = Gathering(), {LANE: 0, OTHER: 0}
    for lane, num_newcomers, num_running in visits:
        is_held = gathering.holds(lane, num_newcomers, num_running)
        assert is_held == (0 < num_newcomers < 4 and num_running >= 8 and held[lane] < 2)
        if not is_held:
            gathering.let_in(lane, num_newcomers, are_others_left=False)
        held[lane] = held[lane] + 1 if is_held else 0


def make_scheduler(
    num_running: int, encode_tokens: int = 1000, *, is_strict: bool = False, lanes: Sequence[Lane] = (LANE,)
) -> Scheduler:
    options = EngineOptions(max_rows=16, encode_tokens=encode_tokens, is_strict=is_strict)
    scheduler = Scheduler(lanes, options)
    for _ in range(num_running):
        add(scheduler)
    assert num_admitted(scheduler, 1) == [num_running]
    return scheduler


def add(scheduler: Scheduler, num_tokens: int = 2) -> None:
    scheduler.add(Entry(make_segment(*[5] * (num_tokens - 1)), 0.0))


def num_admitted(scheduler: Scheduler, num_visits: int) -> list[int]:
    return [len(scheduler.admit(LANE)) for _ in range(num_visits)]


def test_a_newcomer_starts_at_once_beside_few_rows() -> None:
    scheduler = make_scheduler(7)
    add(scheduler)
    assert len(scheduler.admit(LANE)) == 1


def test_beside_many_a_newcomer_waits_for_two_visits() -> None:
    scheduler = make_scheduler(8)
    add(scheduler)
    assert num_admitted(scheduler, 3) == [0, 0, 1]


def test_four_start_together_at_once() -> None:
    scheduler = make_scheduler(8)
    add(scheduler)
    assert scheduler.admit(LANE) == []
    for _ in range(3):
        add(scheduler)
    assert len(scheduler.admit(LANE)) == 4


def test_few_free_rows_are_waited_for_as_well() -> None:
    scheduler = make_scheduler(14)
    for _ in range(6):
        add(scheduler)
    assert num_admitted(scheduler, 3) == [0, 0, 2]


def test_strictly_nobody_waits_for_company_since_there_is_none() -> None:
    scheduler = make_scheduler(8, is_strict=True)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [1]


def test_nobody_waits_for_company_that_the_encoding_has_no_room_for() -> None:
    scheduler = make_scheduler(8, encode_tokens=256)
    for _ in range(3):
        add(scheduler, num_tokens=100)
    assert num_admitted(scheduler, 2) == [2, 1]


def test_who_has_waited_and_found_no_room_is_not_held_again() -> None:
    scheduler = make_scheduler(8, encode_tokens=100)
    add(scheduler, num_tokens=30)
    add(scheduler, num_tokens=60)
    assert num_admitted(scheduler, 4) == [0, 0, 1, 1]


def test_who_is_held_has_a_row_and_counts_for_as_many_visits_as_without() -> None:
    scheduler = make_scheduler(8)
    for num_waiting in (1, 2):
        add(scheduler)
        assert num_admitted(scheduler, 1) == [0]
        assert scheduler.num_held == scheduler.num_waiting == num_waiting
    add(scheduler)
    assert num_admitted(scheduler, 1) == [3]
    assert (scheduler.num_held, scheduler.num_visits_saved) == (0, 2)
    for _ in range(4):
        add(scheduler)
    assert num_admitted(scheduler, 1) == [4]
    assert scheduler.num_visits_saved == 0


def test_who_was_held_and_has_left_with_all_rows_is_not_counted() -> None:
    scheduler = make_scheduler(8)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [0]
    assert scheduler.num_held == 1
    for entry in scheduler.unsettled():
        assert scheduler.withdraw(entry)
    [(lane, rows)] = scheduler.vacant().items()
    scheduler.retire(lane, rows)
    scheduler.add(Entry(make_segment(5), 0.0))  # who comes next waits, and is not held
    assert (scheduler.num_held, scheduler.num_waiting) == (0, 1)


def test_who_is_held_in_one_lane_shortens_no_visit_of_another() -> None:
    scheduler = make_scheduler(8, lanes=[LANE, OTHER])
    scheduler.stepped(OTHER, 1, 1e-6)
    scheduler.stepped(LANE, 1, 1e-6)
    for lane in (LANE, OTHER):
        scheduler.add(Entry(make_segment(5, beam_size=lane.beam_size), 0.0))
    assert num_admitted(scheduler, 1) == [0]
    assert scheduler.num_steps(LANE) == 1
    assert scheduler.num_steps(OTHER) == EngineOptions().max_steps
