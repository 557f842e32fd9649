"""The highest rate at which a server keeps an objective."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.point import Objective, Point

_STRIDE = 1.5
_MIN_RATE_PER_S = 0.5


@dataclass(frozen=True)
class Capacity:
    """The best point that keeps the objective, None if no rate does; and all points that were tried, by rate."""

    best: Point | None
    points: tuple[Point, ...]

    @property
    def rate_per_s(self) -> float:
        """The highest rate that keeps the objective, or 0."""
        return self.best.rate_per_s if self.best is not None else 0.0

    def goodput_per_s(self, limit_s: float) -> float:
        """Requests answered in time at that rate, for each second."""
        return self.best.goodput_per_s(limit_s) if self.best is not None else 0.0


def find_capacity(
    measure: Callable[[float], Point], objective: Objective, guess_per_s: float, precision: float = 0.08
) -> Capacity:
    """Bracket the capacity from `guess_per_s` on, then bisect until the rates are within `precision` of each other."""
    points: dict[float, Point] = {}

    def keeps(rate: float) -> bool:
        points[rate] = measure(rate)
        return points[rate].keeps(objective)

    low, high = 0.0, guess_per_s
    while keeps(high):
        low, high = high, high * _STRIDE
    while low == 0.0 and high > _MIN_RATE_PER_S:
        rate = max(_MIN_RATE_PER_S, high / _STRIDE)
        low, high = (rate, high) if keeps(rate) else (0.0, rate)
    while low > 0.0 and high > low * (1.0 + precision):
        rate = (low * high) ** 0.5
        low, high = (rate, high) if keeps(rate) else (low, rate)
    return Capacity(points.get(low), tuple(points[rate] for rate in sorted(points)))
