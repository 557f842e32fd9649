"""What one load on one server gave: a point of the curve of latency against load."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

QUANTILES = {"p50": 0.50, "p95": 0.95, "p97": 0.97, "p99": 0.99}
MAX_LAG_S = 0.001  # of a generator whose figures may be trusted, at its 99th percentile


@dataclass(frozen=True)
class Objective:
    """The part `quantile` of all requests is answered within `limit_s`."""

    quantile: float
    limit_s: float

    def __str__(self) -> str:
        return f"p{100 * self.quantile:g} <= {1000 * self.limit_s:g} ms"


INTERACTIVE = Objective(0.97, 0.250)
STRICT = Objective(0.99, 0.100)
ANY = Objective(0.5, math.inf)  # kept by whatever comes


@dataclass(frozen=True)
class Sample:
    """One request: when it was due, when it was sent, when it was answered; `done_s` is infinite if it failed."""

    due_s: float
    sent_s: float
    done_s: float

    @property
    def latency_s(self) -> float:
        """Seconds from the time at which it was due."""
        return self.done_s - self.due_s


@dataclass(frozen=True)
class Point:
    """All requests that were due within `seconds`, at `rate_per_s` on average.

    `num_void` are those of a run before it that does not count, because the generator was late.
    """

    rate_per_s: float
    seconds: float
    samples: Sequence[Sample]
    num_void: int = 0

    def latency_s(self, quantile: float) -> float:
        """The latency that this part of all requests keeps; failed ones took for ever."""
        return quantile_of([sample.latency_s for sample in self.samples], quantile)

    def keeps(self, objective: Objective) -> bool:
        """Whether the objective is kept."""
        return self.latency_s(objective.quantile) <= objective.limit_s

    def goodput_per_s(self, limit_s: float) -> float:
        """Requests answered within `limit_s`, for each second of the load; a refusal is a miss."""
        return sum(sample.latency_s <= limit_s for sample in self.samples) / self.seconds

    @property
    def num_failed(self) -> int:
        """Requests without a good answer."""
        return sum(sample.done_s == math.inf for sample in self.samples)

    @property
    def lag_s(self) -> float:
        """How late the generator itself was, at its 99th percentile."""
        return quantile_of([sample.sent_s - sample.due_s for sample in self.samples], 0.99)

    def summary(self) -> dict[str, Any]:
        """The point in plain numbers, ready for JSON; what took for ever is None."""
        quantiles = {f"{name}_ms": milliseconds(self.latency_s(q)) for name, q in QUANTILES.items()}
        return {
            "offered_per_s": round(self.rate_per_s, 2),
            "requests": len(self.samples),
            "failed": self.num_failed,
            "achieved_per_s": round((len(self.samples) - self.num_failed) / self.seconds, 2),
            "goodput_per_s": round(self.goodput_per_s(INTERACTIVE.limit_s), 2),
            **quantiles,
            "generator_lag_p99_ms": milliseconds(self.lag_s),
        }


def quantile_of(values: Sequence[float], quantile: float) -> float:
    """The smallest of `values` that at least the part `quantile` of them does not exceed; infinite without any."""
    if not values:
        return math.inf
    return sorted(values)[max(0, math.ceil(quantile * len(values)) - 1)]


def milliseconds(seconds: float) -> float | None:
    """Rounded; None for for ever."""
    return round(1000 * seconds, 2) if math.isfinite(seconds) else None
