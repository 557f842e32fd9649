"""How fast things go."""

import pytest

from service.engine.pace import DrainRate, StepPace


@pytest.mark.parametrize(
    ("step_s", "num_steps"), [(0.01, 1), (0.003, 1), (0.001, 3), (0.0011, 2), (0.0001, 8), (0.0, 8)]
)
def test_a_visit_takes_as_many_steps_as_fit(step_s: float, num_steps: int) -> None:
    pace = StepPace(visit_s=0.003, max_steps=8)
    pace.record(2, 2 * step_s)
    assert pace.num_steps() == num_steps


def test_the_first_visit_measures_with_one_step() -> None:
    assert StepPace(visit_s=0.003, max_steps=8).num_steps() == 1


def test_the_pace_follows_a_change() -> None:
    pace = StepPace(visit_s=0.003, max_steps=8)
    pace.record(8, 8 * 0.0001)
    for _ in range(5):
        pace.record(1, 0.01)
    assert pace.num_steps() == 1


@pytest.mark.parametrize(("seconds", "num_steps"), [(0.0, 1), (0.002, 1), (0.0031, 2), (0.0079, 4), (1.0, 5)])
def test_a_visit_that_ended_early_had_the_steps_that_its_time_is_worth(seconds: float, num_steps: int) -> None:
    pace = StepPace(visit_s=0.003, max_steps=8)
    assert pace.steps_in(seconds, at_most=5) == 5
    pace.record(1, 0.002)
    assert pace.steps_in(seconds, at_most=5) == num_steps


def test_there_is_no_rate_without_evidence() -> None:
    rate = DrainRate()
    assert rate.tokens_per_s is None
    rate.record(100, 0.01)
    assert rate.tokens_per_s is None


def test_the_rate_is_tokens_over_seconds_and_old_evidence_fades() -> None:
    rate = DrainRate()
    for _ in range(100):
        rate.record(10, 0.01)
    assert rate.tokens_per_s == pytest.approx(1000, rel=0.01)
    for _ in range(6000):
        rate.record(1, 0.01)
    assert rate.tokens_per_s == pytest.approx(100, rel=0.01)
