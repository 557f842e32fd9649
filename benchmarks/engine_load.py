"""The engine under load, against static batches in the same process: what serving costs apart from text and HTTP.

All ways run the module that is served (but for `eager`), and are idle but for the one whose turn it is. `static, 0 ms`
takes whoever waits at once, each batch to its end: what ours has over it comes of refilling alone.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.capacity import Capacity
from benchmarks.in_process import NAIVE, OURS, WAITS_MS, waiting
from benchmarks.point import INTERACTIVE, MAX_LAG_S, STRICT, Point, milliseconds
from benchmarks.record import Ratio, over

OURS_STRICTLY, AT_80_PERCENT, MODULE = f"{OURS}, {STRICT}", f"{OURS} at 80 %", "module, called here"


@dataclass(frozen=True)
class Loaded:
    """What a run found; `rounds` are the points at each capacity, the ways, and those offline, in turns."""

    offline_per_s: Mapping[str, float]
    unloaded_s: Mapping[str, float]
    capacities: Mapping[str, Capacity]
    rounds: Mapping[str, Sequence[Point]]
    engine: Mapping[str, float]  # what it did at its capacity

    def goodput_per_s(self, name: str) -> float:
        """Segments translated in time for each second of the load, at the median of the rounds."""
        limit_s = STRICT.limit_s if name == OURS_STRICTLY else INTERACTIVE.limit_s
        return statistics.median([point.goodput_per_s(limit_s) for point in self.rounds.get(name, ())] or [0.0])

    def results(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "offline_per_s": {name: round(rate, 1) for name, rate in self.offline_per_s.items()},
            "unloaded_p50_ms": {name: milliseconds(seconds) for name, seconds in self.unloaded_s.items()},
            "engine_at_capacity": dict(self.engine),
            "ways": {name: self._way(name) for name in self.rounds},
            "search": {name: [point.summary() for point in each.points] for name, each in self.capacities.items()},
        }

    def _way(self, name: str) -> dict[str, float | None]:
        def median(quantile: float) -> float | None:
            return milliseconds(statistics.median(point.latency_s(quantile) for point in self.rounds[name]))

        return {
            "offered_per_s": round(self.rounds[name][0].rate_per_s, 1),
            "goodput_per_s": round(self.goodput_per_s(name), 1),
            "p50_ms": median(0.5),
            "p97_ms": median(0.97),
            "p99_ms": median(0.99),
        }

    def curves(self) -> dict[str, list[Point]]:
        """For each way all points that were measured of it."""
        names = [name for name in self.capacities if name != OURS_STRICTLY]
        return {name: [*self.capacities[name].points, *self.rounds.get(name, ())] for name in names}

    def ratios(self) -> list[Ratio]:
        """What is compared with goals, and what explains it."""
        ours, best = self.goodput_per_s(OURS), max(self.offline_per_s.values())
        peers = {name: self.goodput_per_s(name) for name in self.rounds if not name.startswith(OURS)}
        timeouts = [peers.get(waiting(wait_ms), 0.0) for wait_ms in WAITS_MS if wait_ms > 0]
        at_80_s = [point.latency_s(0.5) for point in self.rounds.get(AT_80_PERCENT, ())] or [math.nan]
        lags = [point.lag_s for points in self.rounds.values() for point in points]
        strictly = self.goodput_per_s(OURS_STRICTLY) / best
        return [
            Ratio(f"R1 engine / offline, {INTERACTIVE}", ours / best, 0.9, is_at_least=True),
            Ratio(f"R1 engine / offline, {STRICT}", strictly, 0.9, is_at_least=True),
            Ratio("R2 p50 at 80 % of capacity / unloaded", statistics.median(at_80_s) / self.unloaded_s[OURS], 2.0),
            Ratio("R3 goodput / best timeout batching", over(ours, max(timeouts)), 2.0, is_at_least=True),
            Ratio("R3 goodput / eager", over(ours, peers.get(NAIVE, 0.0)), 8.0, is_at_least=True),
            *(Ratio(f"   goodput / {name}", over(ours, rate)) for name, rate in peers.items() if name != NAIVE),
            Ratio("R4 unloaded / module alone", self.unloaded_s[OURS] / self.unloaded_s[MODULE], 1.05),
            Ratio("generator's own lag at p99, worst round, ms", 1000 * max(lags, default=math.nan), 1000 * MAX_LAG_S),
        ]
