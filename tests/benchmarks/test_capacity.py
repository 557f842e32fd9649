"""The search for the highest rate, on servers that are made up."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from benchmarks.capacity import Search, find_capacity, kept_rounds
from benchmarks.point import INTERACTIVE, Point, Sample


def server(capacity_per_s: float, asked: list[float]) -> Callable[[float], Point]:
    """A server that answers at once up to its capacity, and too late beyond."""

    def measure(rate_per_s: float) -> Point:
        asked.append(rate_per_s)
        latency_s = 0.01 if rate_per_s <= capacity_per_s else 9.0
        return Point(rate_per_s, 1.0, [Sample(0.0, 0.0, latency_s)] * 100)

    return measure


@pytest.mark.parametrize("guess", [0.6, 10.0, 70.0, 71.0, 3000.0])
def test_capacity_is_found_from_any_guess(guess: float) -> None:
    asked: list[float] = []
    found = find_capacity(server(70.0, asked), Search(INTERACTIVE, guess, precision=0.05))
    assert 70.0 / 1.05 <= found.rate_per_s <= 70.0
    assert [point.rate_per_s for point in found.points] == sorted(asked)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(("num_tries", "is_found"), [(1, False), (2, True)])
def test_a_rate_that_is_tried_again_outlives_a_stall(num_tries: int, is_found: bool) -> None:
    asked: list[float] = []
    measure = server(70.0, asked)

    def stalls_once(rate_per_s: float) -> Point:
        return server(0.0, asked)(rate_per_s) if len(asked) == 2 else measure(rate_per_s)

    found = find_capacity(stalls_once, Search(INTERACTIVE, 30.0, precision=0.05, num_tries=num_tries))
    assert (found.rate_per_s >= 70.0 / 1.05) == is_found


def test_server_that_keeps_no_rate_has_no_capacity() -> None:
    asked: list[float] = []
    found = find_capacity(server(0.0, asked), Search(INTERACTIVE, 20.0))
    assert found.best is None
    assert found.rate_per_s == 0.0
    assert min(asked) == 0.5


def test_a_search_that_is_cut_short_tells_the_best_so_far() -> None:
    search = Search(INTERACTIVE, 40.0)
    measure = server(70.0, [])
    for _ in range(2):
        assert search.next_rate_per_s is not None
        search.add(measure(search.next_rate_per_s))
    assert search.capacity().rate_per_s == pytest.approx(56.0)


def test_rounds_are_at_rates_that_are_kept_in_most_of_them() -> None:
    quiet: list[int] = []

    def measure(capacities: Sequence[float], rate_per_s: float, number: int) -> Point:
        return server(capacities[number - 1], [])(rate_per_s)

    measures = {
        "steady": (100.0,) * 3,
        "of moods": (100.0, 80.0, 100.0),
        "lucky": (100.0, 91.0, 91.0),
        "dead": (0.0,) * 3,
    }
    rounds = kept_rounds(
        {name: partial(measure, capacities) for name, capacities in measures.items()},
        dict.fromkeys(measures, INTERACTIVE),
        {"steady": 100.0, "of moods": 100.0, "lucky": 100.0, "dead": 0.0},
        precision=0.05,
        after_round=lambda: quiet.append(1),
    )
    rates = {name: [point.rate_per_s for point in points] for name, points in rounds.items()}
    lower = pytest.approx(100.0 / 1.05**2)
    assert rates == {"steady": [100.0] * 3, "of moods": [100.0] * 3, "lucky": [lower] * 3}
    assert len(quiet) == 3 * 3
