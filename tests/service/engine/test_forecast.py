"""What a segment will take, and who is refused because of it."""

import math
from collections import Counter

import pytest

from service.engine.errors import DeadlineUnreachable
from service.engine.forecast import Forecast, LengthRatio, StepTimes
from service.engine.gate import Gate
from service.engine.options import EngineOptions
from service.engine.segment import Lane, Priority, Segment
from tests.service.engine.harness import Bench
from tests.service.factories import Inbox, make_artifact, make_segment

NOW = 1000.0
LANE = Lane("echo", 1, Priority.INTERACTIVE)


def segment_for(wait_s: float) -> Segment:
    """A segment of ten tokens that can wait so long."""
    return make_segment(*[5] * 9, max_length=100, deadline=NOW + wait_s)


def service_s(forecast: Forecast, segment: Segment) -> float:
    return forecast.outlook(segment).service_s(segment)


def table(times: dict[int, float]) -> StepTimes:
    steps = StepTimes()
    for num_rows, seconds in times.items():
        steps.measure(num_rows, seconds)
    return steps


@pytest.mark.parametrize(("num_rows", "seconds"), [(1, 1.0), (2, 2.0), (3, 3.0), (4, 5.0), (5, 7.0), (9, 7.0)])
def test_a_step_takes_what_was_measured_or_lies_between(num_rows: int, seconds: float) -> None:
    assert table({1: 1.0, 3: 3.0, 5: 7.0}).step_s(num_rows) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("times", "enough"),
    [
        ({1: 0.3, 4: 0.7, 8: 1.4, 32: 5.2}, 4),  # in proportion from four on
        ({1: 0.2, 4: 0.8, 32: 6.4}, 1),  # from the first on
        ({1: 1.0, 8: 1.0, 32: 1.0}, 32),  # never: all rows for the price of one
        ({1: 0.0, 32: 0.0}, math.inf),  # a clock that stands still
        ({}, math.inf),
    ],
)
def test_enough_rows_run_where_one_more_takes_the_time_of_one_more(times: dict[int, float], enough: float) -> None:
    assert table(times).num_enough == enough


def test_nothing_is_foretold_before_anything_was_measured() -> None:
    steps = StepTimes()
    steps.correct(1, 5.0)
    assert steps.step_s(1) == 0.0
    assert service_s(Forecast(), segment_for(1.0)) == 0.0


def test_steps_that_run_correct_all_rows_slowly_and_within_bounds() -> None:
    steps = table({1: 1.0, 4: 2.0})
    steps.correct(4, 4.0)
    assert 1.0 < steps.step_s(1) < 1.2  # one slow step says little
    for _ in range(200):
        steps.correct(4, 4.0)
    assert steps.step_s(1) == pytest.approx(2.0, rel=0.01)
    for _ in range(200):
        steps.correct(1, 1000.0)
    assert steps.step_s(1) == 4.0
    for _ in range(400):
        steps.correct(1, 0.0)
    assert steps.step_s(1) == 0.25


def test_lengths_are_expected_above_their_mean() -> None:
    ratio = LengthRatio()
    assert ratio.high == 1.0
    for _ in range(300):
        ratio.record(10, 8)
        ratio.record(10, 16)
    assert 1.4 < ratio.high < 2.2


def gate_with_steps_of(step_s: float) -> Gate:
    gate = Gate(1000)
    gate.forecast.measured(LANE, 1, step_s)
    gate.forecast.measured(LANE, 4, 4 * step_s)
    gate.forecast.encoded(LANE, 10, 0.05)
    gate.forecast.translated(LANE, 10, 10)
    return gate


def test_who_cannot_be_done_in_time_is_refused_at_once_even_if_nobody_waits() -> None:
    gate = gate_with_steps_of(0.01)  # 50 ms to encode, ten steps of 10 ms
    with pytest.raises(DeadlineUnreachable, match="the deadline cannot be met; try again in 1 s"):
        gate.enter([segment_for(0.14)], NOW)
    assert gate.num_segments()[Priority.INTERACTIVE] == 0
    gate.enter([segment_for(0.16)], NOW)


def test_rows_that_run_make_steps_longer_until_they_are_gone() -> None:
    gate = gate_with_steps_of(0.01)
    gate.forecast.running(LANE, Counter({segment_for(1.0).client: 3}), 1)  # with one more, steps of 40 ms
    with pytest.raises(DeadlineUnreachable):
        gate.enter([segment_for(0.44)], NOW)
    gate.forecast.running(LANE, Counter(), 4)
    gate.enter([segment_for(0.44)], NOW)


def test_who_steps_apart_from_another_client_is_not_refused_for_its_rows_but_shares_the_time() -> None:
    gate = gate_with_steps_of(0.01)
    gate.forecast.running(LANE, Counter({"greedy": 4}), 0)
    gate.forecast.running(LANE.reserve, Counter(), 1)  # steps of 10 ms, at every other turn
    with pytest.raises(DeadlineUnreachable):
        gate.enter([segment_for(0.24)], NOW)
    gate.enter([segment_for(0.26)], NOW)
    gate.forecast.running(LANE.reserve, Counter({"late": 1}), 0)
    with pytest.raises(DeadlineUnreachable):
        gate.enter([segment_for(0.3)], NOW)


def test_one_segment_that_would_be_late_refuses_its_submission() -> None:
    gate = gate_with_steps_of(0.01)
    with pytest.raises(DeadlineUnreachable):
        gate.enter([segment_for(5.0), segment_for(0.1)], NOW)
    assert gate.num_segments()[Priority.INTERACTIVE] == 0


def test_who_has_no_deadline_is_never_refused_for_it() -> None:
    gate_with_steps_of(1e9).enter([make_segment(5, 5)], NOW)


def test_an_engine_measures_steps_before_it_serves_and_refuses_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(make_artifact(), EngineOptions(beam_sizes=(1,), max_rows=8))
    step = bench.runner.step

    def slow(lane: Lane, num_steps: int) -> list[int]:
        bench.clock.now += num_steps
        return step(lane, num_steps)

    monkeypatch.setattr(bench.runner, "step", slow)
    bench.batcher.prepare()
    now = bench.clock()
    hurried, patient = (make_segment(*[5] * 9, max_length=50, deadline=now + wait_s) for wait_s in (5.0, 50.0))
    with pytest.raises(DeadlineUnreachable):
        bench.submit([hurried], Inbox())
    inbox = Inbox()
    bench.submit([patient], inbox)
    bench.finish()
    assert len(inbox.outcomes) == 1
