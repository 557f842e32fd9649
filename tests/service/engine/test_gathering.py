"""When newcomers wait until fewer rows run, and that they never wait long."""

from collections.abc import Sequence

import hypothesis.strategies as st
from hypothesis import given

from service.engine.entry import Entry
from service.engine.forecast import Forecast
from service.engine.gathering import Gathering
from service.engine.options import EngineOptions
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane, Priority
from tests.service.factories import make_segment

LANE, OTHER = Lane("echo", 1, Priority.INTERACTIVE), Lane("echo", 3, Priority.INTERACTIVE)
VISITS = st.lists(st.tuples(st.sampled_from([LANE, OTHER]), st.integers(0, 6), st.integers(0, 32)), max_size=40)
ENOUGH, MAX_VISITS = 4, 8


@given(visits=VISITS)
def test_nobody_is_held_more_than_eight_times_running_nor_beside_few(visits: list[tuple[Lane, int, int]]) -> None:
    gathering, held = Gathering(), {LANE: 0, OTHER: 0}
    for lane in held:
        gathering.hold_beside(lane, ENOUGH)
    for lane, num_newcomers, num_running in visits:
        is_held = gathering.holds(lane, num_newcomers, num_running)
        assert is_held == (num_newcomers > 0 and num_running >= ENOUGH and held[lane] < MAX_VISITS)
        if not is_held:
            gathering.let_in(lane, num_newcomers, are_others_left=False)
        held[lane] = held[lane] + 1 if is_held else 0


def make_scheduler(
    num_running: int,
    encode_tokens: int = 1000,
    *,
    is_strict: bool = False,
    enough: float = ENOUGH,
    lanes: Sequence[Lane] = (LANE,),
) -> Scheduler:
    options = EngineOptions(max_rows=16, encode_tokens=encode_tokens, is_strict=is_strict)
    scheduler = Scheduler(lanes, options)
    for _ in range(num_running):
        add(scheduler)
    assert num_admitted(scheduler, 1) == [num_running]
    for lane in lanes:
        scheduler.hold_beside(lane, enough)
    return scheduler


def add(scheduler: Scheduler, num_tokens: int = 2) -> None:
    scheduler.add(Entry(make_segment(*[5] * (num_tokens - 1)), 0.0))


def num_admitted(scheduler: Scheduler, num_visits: int) -> list[int]:
    return [len(scheduler.admit(LANE)) for _ in range(num_visits)]


def test_a_newcomer_starts_at_once_beside_few_rows() -> None:
    scheduler = make_scheduler(ENOUGH - 1)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [1]


def test_a_newcomer_starts_at_once_where_nobody_knows_what_steps_take() -> None:
    scheduler = make_scheduler(12, enough=Forecast().num_enough(LANE))
    add(scheduler)
    assert num_admitted(scheduler, 1) == [1]


def test_beside_enough_rows_a_newcomer_waits_for_eight_visits_at_most() -> None:
    scheduler = make_scheduler(ENOUGH)
    add(scheduler)
    assert num_admitted(scheduler, MAX_VISITS + 1) == [0] * MAX_VISITS + [1]
    add(scheduler)
    assert num_admitted(scheduler, MAX_VISITS + 1) == [0] * MAX_VISITS + [1], "the next one is held as well"


def test_all_who_wait_start_together_once_few_rows_are_left() -> None:
    scheduler = make_scheduler(ENOUGH)
    for _ in range(3):
        add(scheduler)
    assert num_admitted(scheduler, 2) == [0, 0]
    scheduler.retire(LANE, [0])
    assert num_admitted(scheduler, 1) == [3]


def test_strictly_nobody_is_held_since_each_is_encoded_by_itself() -> None:
    scheduler = make_scheduler(8, is_strict=True)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [1]


def test_nobody_is_held_whom_the_encoding_has_no_room_beside() -> None:
    scheduler = make_scheduler(8, encode_tokens=256)
    for _ in range(3):
        add(scheduler, num_tokens=100)
    assert num_admitted(scheduler, 2) == [2, 1]


def test_who_has_waited_and_found_no_room_is_not_held_again() -> None:
    scheduler = make_scheduler(8, encode_tokens=100)
    add(scheduler, num_tokens=30)
    add(scheduler, num_tokens=60)
    assert num_admitted(scheduler, MAX_VISITS + 2) == [0] * MAX_VISITS + [1, 1]


def test_who_is_held_has_a_row_and_counts_for_as_many_visits_as_without() -> None:
    scheduler = make_scheduler(ENOUGH)
    for num_waiting in (1, 2, 3):
        add(scheduler)
        assert num_admitted(scheduler, 1) == [0]
        assert scheduler.num_held == scheduler.num_waiting == num_waiting
    scheduler.retire(LANE, [0])
    assert num_admitted(scheduler, 1) == [3]
    assert (scheduler.num_held, scheduler.num_visits_saved) == (0, 2)
    scheduler.retire(LANE, [0, 1, 2])
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


def test_who_is_held_shortens_no_visit() -> None:
    scheduler = make_scheduler(8)
    scheduler.stepped(LANE, 1, 1e-6)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [0]
    assert scheduler.num_steps(LANE) == EngineOptions().max_steps
