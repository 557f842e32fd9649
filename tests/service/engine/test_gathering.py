"""When newcomers wait until fewer rows run, and that they never wait long."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from service.engine.entry import Entry
from service.engine.forecast import Forecast
from service.engine.gathering import MAX_VISITS, Gathering
from service.engine.options import EngineOptions
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane, Priority
from tests.service.factories import make_segment

LANE = Lane("echo", 1, Priority.INTERACTIVE)
VISITS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 32)), max_size=40)
ENOUGH = 4


@given(visits=VISITS)
def test_nobody_is_held_more_than_eight_times_running_nor_beside_few(visits: list[tuple[int, int]]) -> None:
    gathering, num_held = Gathering(), 0
    gathering.enough = ENOUGH
    for num_newcomers, num_running in visits:
        gathering.came()
        gathering.visited()
        is_held = gathering.holds(num_newcomers, num_running, are_more_waiting=True)
        assert is_held == (num_newcomers > 0 and num_running >= ENOUGH and num_held < MAX_VISITS)
        if not is_held:
            gathering.let_in(are_others_left=False)
        num_held = num_held + 1 if is_held else 0


@given(have_come=st.lists(st.booleans(), min_size=200, max_size=300))
def test_company_is_expected_where_somebody_has_come_in_more_than_one_of_eight_visits(have_come: list[bool]) -> None:
    gathering = Gathering()
    gathering.enough = ENOUGH
    recently = 0.0
    for has_come in have_come:
        if has_come:
            gathering.came()
        gathering.visited()
        recently = 0.95 * recently + 0.05 * has_come
        assert (gathering.most_visits(ENOUGH) == MAX_VISITS) == (recently >= 1 / MAX_VISITS)
        assert gathering.most_visits(ENOUGH - 1) == 0


def make_scheduler(
    num_running: int,
    encode_tokens: int = 1000,
    *,
    is_strict: bool = False,
    enough: float = ENOUGH,
    num_came: int = 5,
) -> Scheduler:
    """One with `num_running` rows in use, to which somebody has come before each of the last `num_came` visits."""
    options = EngineOptions(max_rows=16, encode_tokens=encode_tokens, is_strict=is_strict)
    scheduler = Scheduler([LANE], options)
    for _ in range(num_running):
        add(scheduler)
    assert num_admitted(scheduler, 1) == [num_running]
    for _ in range(num_came):
        add(scheduler)
        assert scheduler.withdraw(scheduler.unsettled()[-1])
        assert num_admitted(scheduler, 1) == [0]
    scheduler.hold_beside(LANE, enough)
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


def test_nobody_is_held_for_company_that_is_not_to_be_expected() -> None:
    scheduler = make_scheduler(8, num_came=0)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [1]


def test_where_more_wait_than_rows_are_free_they_are_company() -> None:
    scheduler = make_scheduler(15, num_came=0)
    for _ in range(2):
        add(scheduler)
    assert num_admitted(scheduler, MAX_VISITS + 1) == [0] * MAX_VISITS + [1]


def test_how_long_somebody_may_be_held_is_known_beforehand() -> None:
    scheduler = make_scheduler(ENOUGH)
    scheduler.stepped(LANE, 1, 0.002)  # one step fits into the three milliseconds of a visit
    assert scheduler.hold_s(LANE) == pytest.approx(MAX_VISITS * 0.002)
    scheduler.retire(LANE, [0])
    assert scheduler.hold_s(LANE) == 0.0
    strict = make_scheduler(ENOUGH, is_strict=True)
    strict.stepped(LANE, 1, 0.002)
    assert strict.hold_s(LANE) == 0.0


def test_who_is_held_shortens_no_visit() -> None:
    scheduler = make_scheduler(8)
    scheduler.stepped(LANE, 1, 1e-6)
    add(scheduler)
    assert num_admitted(scheduler, 1) == [0]
    assert scheduler.num_steps(LANE) == EngineOptions().max_steps
