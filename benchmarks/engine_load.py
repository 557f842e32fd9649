"""The engine under load, against static batches in the same process: what serving costs apart from text and HTTP.

All ways run the module that is served (but for `eager`), and are idle but for the one whose turn it is. `static, 0 ms`
takes whoever waits at once, each batch to its end: what ours has over it comes of refilling alone.
"""

import math
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from benchmarks.capacity import Capacity, Entrant, Search, find_all
from benchmarks.cores import Cores, on_core
from benchmarks.in_process import NAIVE, OURS, WAITS_MS, Generator, Submit, Ways, all_started, waiting
from benchmarks.invariance import make_segments
from benchmarks.kinds import Kind
from benchmarks.offline import BATCH, REFILLED, length_bucketed, refilled, static
from benchmarks.open_loop import WARM_UP_S
from benchmarks.point import INTERACTIVE, MAX_LAG_S, STRICT, Point, milliseconds
from benchmarks.record import Ratio, over
from benchmarks.static_engine import StaticRunner
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.segment import Segment

OURS_STRICTLY, AT_80_PERCENT, MODULE = f"{OURS}, {STRICT}", f"{OURS} at 80 %", "module, called here"
_GUESS = 0.6  # of the offline rate: where searches begin
_PRECISION = 0.05
_NUM_ROUNDS = 3
_NUM_TRIES = 2
_PAUSE_S = 0.003


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


def measure(artifact: Artifact, texts: Texts, num_texts: int, seconds: float, cores: Cores) -> Loaded:
    """Measure offline, one by one, and under load; points are `seconds` long."""
    segments = make_segments(artifact, texts.many(num_texts), artifact.config.search.beam_size)
    with all_started(artifact, cores) as ways:
        with on_core(cores.server), torch.inference_mode():
            bucketed, alone = StaticRunner(artifact, BATCH), StaticRunner(artifact, 1)
            bucketed.start()
            alone.start()
            refilled(ways.engine, segments[:BATCH])
            offline_per_s = [_offline(ways, bucketed, segments)]
            unloaded_s = _unloaded(ways.submits[OURS], alone, segments[::2])
        generator = Generator(segments, seconds, cores)
        capacities = _find_capacities(ways.submits, generator, max(offline_per_s[0].values()))
        rates = {name: each.rate_per_s for name, each in capacities.items()}
        rates[AT_80_PERCENT] = 0.8 * rates[OURS]
        rounds: dict[str, list[Point]] = {name: [] for name, rate in rates.items() if rate > 0.0}
        for seed in range(1, _NUM_ROUNDS + 1):
            for name, points in rounds.items():
                points.append(generator.point(ways.submits.get(name, ways.submits[OURS]), rates[name], seed))
            with on_core(cores.server), torch.inference_mode():
                offline_per_s.append(_offline(ways, bucketed, segments))
        ways.watch.forget()
        if rates[OURS] > 0.0:
            generator.point(ways.submits[OURS], rates[OURS])
        did = ways.watch.summary(WARM_UP_S + seconds, EngineOptions().max_rows)
    medians = {name: statistics.median(each[name] for each in offline_per_s) for name in offline_per_s[0]}
    return Loaded(medians, unloaded_s, capacities, rounds, did)


def _offline(ways: Ways, bucketed: StaticRunner, segments: Sequence[Segment]) -> dict[str, float]:
    """Segments a second when all of them are there at once."""
    return {
        REFILLED: refilled(ways.engine, segments),
        length_bucketed(Kind.SCRIPTED): static(bucketed, segments, BATCH),
    }


def _unloaded(submit: Submit, module: StaticRunner, segments: Sequence[Segment]) -> dict[str, float]:
    """Median seconds of a segment that is alone: through the engine, and by a call of the module in this thread."""
    found: dict[str, list[float]] = {OURS: [], MODULE: []}
    for segment in segments:
        ended, arrived = list[float](), threading.Event()

        def done(_: Outcome, ended: list[float] = ended, arrived: threading.Event = arrived) -> None:
            ended.append(time.perf_counter())
            arrived.set()

        started = time.perf_counter()
        submit(segment, done)
        arrived.wait()
        found[OURS].append(ended[0] - started)
        time.sleep(_PAUSE_S)
        started = time.perf_counter()
        module.translate([segment])
        found[MODULE].append(time.perf_counter() - started)
        time.sleep(_PAUSE_S)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _find_capacities(submits: Mapping[str, Submit], generator: Generator, offline_per_s: float) -> dict[str, Capacity]:
    guess_per_s = _GUESS * offline_per_s
    entrants = {
        name: Entrant(partial(generator.point, submit), Search(INTERACTIVE, guess_per_s, _PRECISION, _NUM_TRIES))
        for name, submit in submits.items()
    }
    strictly = Search(STRICT, guess_per_s, _PRECISION, _NUM_TRIES)
    entrants[OURS_STRICTLY] = Entrant(partial(generator.point, submits[OURS]), strictly)
    return dict(zip(entrants, find_all(list(entrants.values()), math.inf), strict=True))
