"""When requests are due."""

from random import Random

import pytest

from benchmarks.arrivals import arrivals


@pytest.mark.parametrize("shape", [1.0, 0.25])
def test_rate_is_kept_on_average(shape: float) -> None:
    due = list(arrivals(50.0, 400.0, Random(1), shape))
    assert len(due) == pytest.approx(20_000, rel=0.05)
    assert due == sorted(due)
    assert due[-1] < 400.0


def test_bursts_vary_more_than_poisson() -> None:
    def spread(shape: float) -> float:
        """Variance of the number of arrivals in a second over its mean; 1 for a Poisson process."""
        counts = [0] * 1000
        for due_s in arrivals(20.0, 1000.0, Random(2), shape):
            counts[int(due_s)] += 1
        mean = sum(counts) / len(counts)
        return sum((count - mean) ** 2 for count in counts) / len(counts) / mean

    assert spread(1.0) == pytest.approx(1.0, abs=0.15)
    assert spread(0.25) > 2.0


def test_same_seed_gives_the_same_times() -> None:
    assert list(arrivals(5.0, 20.0, Random(3))) == list(arrivals(5.0, 20.0, Random(3)))
