"""The service against the same work in process and against other ways to serve: rates, latencies and their ratios."""

import asyncio
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from benchmarks import offline
from benchmarks.capacity import Capacity, Entrant, Search, find_all
from benchmarks.cores import Cores, on_core
from benchmarks.kinds import Kind, computed_by
from benchmarks.latency import HTTP, unloaded
from benchmarks.loop_time import Used, without_http_s
from benchmarks.offline import REFILLED, Offline, length_bucketed, one_at_a_time
from benchmarks.peers import NAIVE, OURS, PEER_NAMES, TIMEOUTS, Meter, all_running, guesses
from benchmarks.point import INTERACTIVE, MAX_LAG_S, STRICT, Point, milliseconds
from benchmarks.record import Ratio, over
from benchmarks.target import CpuTime, Target
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.engine.options import EngineOptions
from service.engine.runner import Runner

OURS_STRICTLY, AT_80_PERCENT, BURSTS = f"{OURS}, {STRICT}", f"{OURS} at 80 %", f"{OURS} at 80 %, in bursts"
_SEARCH_SHARE = 0.65  # of the time for loads; the rest goes to rounds at the capacities that were found
_MIN_ROUNDS = 2  # whatever time is left
_BURSTS = 0.25  # shape of the gamma distribution of the gaps


@dataclass(frozen=True)
class Effort:
    """How much is measured: texts in process, rounds without load, seconds of a point, seconds of all loads."""

    num_offline: int
    num_unloaded: int
    point_s: float
    loads_s: float


@dataclass(frozen=True)
class Served:
    """What a run found. `rounds` are the points at each capacity, the ways in turns."""

    offline: Offline
    unloaded_s: Mapping[str, float]
    capacities: Mapping[str, Capacity]
    rounds: Mapping[str, Sequence[Point]]
    used: Used
    precision: str  # of what is scripted

    def goodput_per_s(self, name: str) -> float:
        """Requests answered in time for each second of the load, at the median of the rounds."""
        limit_s = STRICT.limit_s if name == OURS_STRICTLY else INTERACTIVE.limit_s
        return statistics.median([point.goodput_per_s(limit_s) for point in self.rounds.get(name, ())] or [0.0])

    def results(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "precision": self.precision,
            "offline_per_s": {name: round(rate, 2) for name, rate in self.offline.per_s.items()},
            "engine_offline": dict(self.offline.engine),
            "unloaded_p50_ms": {name: milliseconds(seconds) for name, seconds in self.unloaded_s.items()},
            "ways": {name: self._way(name) for name in self.rounds},
            "search": {name: [point.summary() for point in each.points] for name, each in self.capacities.items()},
            "rounds": {name: [point.summary() for point in points] for name, points in self.rounds.items()},
        }

    def _way(self, name: str) -> dict[str, float | None]:
        """A way at its capacity, medians of the rounds."""
        points = self.rounds[name]

        def median(quantile: float) -> float | None:
            return milliseconds(statistics.median(point.latency_s(quantile) for point in points))

        return {
            "offered_per_s": round(points[0].rate_per_s, 1),
            "goodput_per_s": round(self.goodput_per_s(name), 1),
            "p50_ms": median(0.5),
            "p97_ms": median(0.97),
            "p99_ms": median(0.99),
            "rounds": len(points),
        }

    def curves(self) -> dict[str, list[Point]]:
        """For each way all points that were measured of it."""
        return {name: [*self.capacities[name].points, *self.rounds.get(name, ())] for name in (OURS, *PEER_NAMES)}

    def ratios(self) -> list[Ratio]:
        """What is compared with goals, and what explains it."""
        return [*self._against_offline(), *self._against_peers(), *self._work(), *self._trust()]

    def _against_offline(self) -> list[Ratio]:
        own = (REFILLED, length_bucketed(Kind.SCRIPTED))
        best = max(self.offline.per_s[name] for name in own)
        at_80_s = statistics.median(
            [point.latency_s(0.5) for point in self.rounds.get(AT_80_PERCENT, ())] or [math.nan]
        )
        return [
            Ratio(f"R1 server / offline, {INTERACTIVE}", self.goodput_per_s(OURS) / best, 0.9, is_at_least=True),
            Ratio(f"R1 server / offline, {STRICT}", self.goodput_per_s(OURS_STRICTLY) / best, 0.9, is_at_least=True),
            Ratio("R2 p50 at 80 % of capacity / unloaded", at_80_s / self.unloaded_s[HTTP], 2.0),
        ]

    def _against_peers(self) -> list[Ratio]:
        ours = self.goodput_per_s(OURS)
        best_timeout = max(self.goodput_per_s(name) for name in TIMEOUTS)
        others = [name for name in PEER_NAMES if name != NAIVE]
        return [
            Ratio("R3 goodput / best timeout batching", over(ours, best_timeout), 2.0, is_at_least=True),
            Ratio("R3 goodput / naive", over(ours, self.goodput_per_s(NAIVE)), 8.0, is_at_least=True),
            *(Ratio(f"   goodput / {name}", over(ours, self.goodput_per_s(name))) for name in others),
        ]

    def _work(self) -> list[Ratio]:
        rates = self.offline.per_s
        refilled, eager = rates[REFILLED], rates[one_at_a_time(Kind.EAGER)]
        bucketed = [length_bucketed(kind) for kind in Kind]
        return [
            Ratio("R8 offline rate: engine / eager", refilled / eager, 5.0, is_at_least=True),
            *(Ratio(f"   offline rate: engine / {name}", refilled / rates[name]) for name in bucketed),
            Ratio("R9 HTTP's share of CPU at capacity", self.used.http_share, 0.2),
            Ratio("   event loop's share, text handling included", over(self.used.time.loop_s, self.used.time.total_s)),
        ]

    def _trust(self) -> list[Ratio]:
        lags = [point.lag_s for points in self.rounds.values() for point in points]
        goodputs = [point.goodput_per_s(INTERACTIVE.limit_s) for point in self.rounds.get(OURS, ())]
        return [
            Ratio("generator's own lag at p99, worst round, ms", 1000 * max(lags, default=math.nan), 1000 * MAX_LAG_S),
            Ratio("   spread: our best round / our worst", over(max(goodputs, default=0.0), min(goodputs, default=0))),
        ]


def measure(artifact: Artifact, texts: Texts, effort: Effort, cores: Cores) -> Served:
    """Measure in process, then all servers in turns."""
    torch.set_num_threads(1)
    with on_core(cores.server):
        modules = {kind: computed_by(kind, artifact) for kind in Kind}
        in_process = offline.measure(modules, texts, effort.num_offline)
        loop_s = without_http_s(artifact, texts, effort.num_offline)
    with all_running(artifact.path, cores) as targets:
        with on_core(cores.server):
            ours = {Kind.SCRIPTED: modules[Kind.SCRIPTED]}
            found = asyncio.run(unloaded(targets[OURS], ours, texts, effort.num_unloaded))
        started = time.monotonic()
        meter = Meter(texts, effort.point_s)
        capacities = _find_capacities(
            targets, guesses(in_process.per_s), meter, started + _SEARCH_SHARE * effort.loads_s
        )
        rounds, cpu_time = _measure_rounds(targets, capacities, meter, started + effort.loads_s)
    precision = Runner([artifact], EngineOptions()).precision(artifact.name)
    used = Used(cpu_time, sum(len(each.samples) + each.num_void for each in rounds.get(OURS, ())), loop_s)
    return Served(in_process, found, capacities, rounds, used, precision)


def _find_capacities(
    targets: Mapping[str, Target], guess_per_s: Mapping[str, float], meter: Meter, ends_at: float
) -> dict[str, Capacity]:
    entrants = {
        name: Entrant(partial(meter.point, target), Search(INTERACTIVE, guess_per_s[name]))
        for name, target in targets.items()
    }
    strictly = Search(STRICT, guess_per_s[OURS] / 2)
    entrants[OURS_STRICTLY] = Entrant(partial(meter.point, targets[OURS]), strictly)
    return dict(zip(entrants, find_all(list(entrants.values()), ends_at), strict=True))


def _measure_rounds(
    targets: Mapping[str, Target], capacities: Mapping[str, Capacity], meter: Meter, ends_at: float
) -> tuple[dict[str, list[Point]], CpuTime]:
    """Every way at its capacity, round after round until it is `ends_at`; and what our process used meanwhile."""
    own = capacities[OURS].rate_per_s
    rates = {name: each.rate_per_s for name, each in capacities.items()} | {AT_80_PERCENT: 0.8 * own, BURSTS: 0.8 * own}
    rounds: dict[str, list[Point]] = {name: [] for name, rate in rates.items() if rate > 0.0}
    used, seed = CpuTime(0.0, 0.0), 0
    while seed < _MIN_ROUNDS or time.monotonic() < ends_at:
        seed += 1
        for name, points in rounds.items():
            target = targets.get(name, targets[OURS])
            before = target.cpu_time()
            points.append(meter.point(target, rates[name], seed, _BURSTS if name == BURSTS else 1.0))
            if name == OURS:
                used += target.cpu_time() - before
    return rounds, used
