"""Laws of the learning rate: warm up, hold, decay, as a pure function of the update."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.schedule import Schedule

SCHEDULE = Schedule(peak=1e-3, warmup_updates=10, decay_start=0.5, final_fraction=0.03, horizon=100)

schedules = st.builds(
    Schedule,
    peak=st.floats(1e-5, 1.0),
    warmup_updates=st.integers(0, 50),
    decay_start=st.floats(0, 1),
    final_fraction=st.floats(0, 1),
    horizon=st.integers(1, 200),
)


@pytest.mark.parametrize(
    ("update", "fraction"),
    [(1, 0.1), (5, 0.5), (10, 1.0), (50, 1.0), (75, 1 - 0.97 / 2), (100, 0.03), (101, 0.03), (10_000, 0.03)],
)
def test_rate_at_the_corners(update: int, fraction: float) -> None:
    assert SCHEDULE.rate(update) == pytest.approx(1e-3 * fraction)


@given(schedules, st.integers(1, 300))
def test_rate_is_positive_or_decayed_to_zero_and_never_above_the_peak(schedule: Schedule, update: int) -> None:
    assert 0.0 <= schedule.rate(update) <= schedule.peak
    assert schedule.rate(update) > 0.0 or schedule.final_fraction < 1e-12


@given(schedules, st.integers(1, 300))
def test_rate_never_rises_once_it_decays(schedule: Schedule, update: int) -> None:
    if schedule.is_decaying(update) and update >= schedule.warmup_updates:
        assert schedule.rate(update + 1) <= schedule.rate(update) * (1 + 1e-12)


@given(schedules)
def test_the_decay_has_begun_by_the_horizon(schedule: Schedule) -> None:
    assert not schedule.is_decaying(0)
    assert schedule.is_decaying(schedule.horizon + 1)
