"""The highest rate at which a server keeps an objective, and what it does there."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.point import Objective, Point

_STRIDE = 1.4
_MIN_RATE_PER_S = 0.5
_NUM_ROUNDS = 3


@dataclass(frozen=True)
class Capacity:
    """The best point that keeps the objective, None if no rate does; and all points that were tried, by rate."""

    best: Point | None
    points: tuple[Point, ...]

    @property
    def rate_per_s(self) -> float:
        """The highest rate that keeps the objective, or 0."""
        return self.best.rate_per_s if self.best is not None else 0.0


@dataclass
class Search:
    """Brackets the capacity from `guess_per_s` on, then bisects until the rates are within `precision` of each other.

    A rate has failed after `num_tries`, so that one stall of the host need not decide. Whoever measures asks for the
    `next_rate_per_s` and calls `add`, so that several searches can take turns.
    """

    objective: Objective
    guess_per_s: float
    precision: float = 0.1
    num_tries: int = 1
    _low: float = 0.0
    _high: float | None = None
    _failed: list[float] = field(default_factory=list)
    _points: dict[float, Point] = field(default_factory=dict)

    @property
    def next_rate_per_s(self) -> float | None:
        """The rate to measure next; None when the capacity is known."""
        low, high = self._low, self._high
        if self._failed:
            return self._failed[-1]
        if high is None:
            return low * _STRIDE if low else self.guess_per_s
        if low == 0.0:
            return max(_MIN_RATE_PER_S, high / _STRIDE) if high > _MIN_RATE_PER_S else None
        return (low * high) ** 0.5 if high > low * (1.0 + self.precision) else None

    def add(self, point: Point) -> None:
        """Take note of what the next rate gave."""
        self._points[point.rate_per_s] = point
        if point.keeps(self.objective):
            self._low = point.rate_per_s
        elif len(self._failed) + 1 < self.num_tries:
            self._failed.append(point.rate_per_s)
            return
        else:
            self._high = point.rate_per_s
        self._failed.clear()

    def capacity(self) -> Capacity:
        """What is known so far."""
        return Capacity(self._points.get(self._low), tuple(self._points[rate] for rate in sorted(self._points)))


@dataclass(frozen=True)
class Entrant:
    """Something that can be measured at a rate, and the search for its capacity."""

    measure: Callable[[float], Point]
    search: Search


def find_all(entrants: Sequence[Entrant], ends_at: float) -> list[Capacity]:
    """Let all searches take turns, until all are done or it is `ends_at` on the monotonic clock."""
    has_more = True
    while has_more and time.monotonic() < ends_at:
        has_more = False
        for entrant in entrants:
            if (rate := entrant.search.next_rate_per_s) is not None:
                entrant.search.add(entrant.measure(rate))
                has_more = True
    return [entrant.search.capacity() for entrant in entrants]


def find_capacity(measure: Callable[[float], Point], search: Search) -> Capacity:
    """Run `search` to its end."""
    while (rate := search.next_rate_per_s) is not None:
        search.add(measure(rate))
    return search.capacity()


def kept_rounds(
    measures: Mapping[str, Callable[[float, int], Point]],
    objectives: Mapping[str, Objective],
    rates: Mapping[str, float],
    precision: float,
    after_round: Callable[[], None],
) -> dict[str, list[Point]]:
    """Rounds of all ways at their `rates`; who does not keep the objective in most gets others at a lower rate.

    A search ends at the highest rate that was kept once, in a short time: perhaps one that nobody keeps for long.
    `measures` take a rate and the round's number. Who has no rate has no rounds.
    """
    rounds: dict[str, list[Point]] = {}
    left = {name: rate for name, rate in rates.items() if rate > 0.0}
    while left:
        found: dict[str, list[Point]] = {name: [] for name in left}
        for number in range(1, _NUM_ROUNDS + 1):
            for name, points in found.items():
                points.append(measures[name](left[name], number))
            after_round()
        rounds |= found
        failed = [name for name, points in found.items() if not _is_mostly_kept(objectives[name], points)]
        left = {name: left[name] / (1.0 + precision) for name in failed if left[name] > _MIN_RATE_PER_S}
    return rounds


def _is_mostly_kept(objective: Objective, points: Sequence[Point]) -> bool:
    return 2 * sum(point.keeps(objective) for point in points) > len(points)
