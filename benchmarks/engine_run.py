"""Measures the engine and static batches in this process: alone, offline, the capacity of each, and rounds at it."""

import math
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial

import torch

from benchmarks.capacity import Capacity, Entrant, Search, find_all, kept_rounds
from benchmarks.cores import Cores, on_core
from benchmarks.engine_load import AT_80_PERCENT, MODULE, OURS_STRICTLY, Loaded
from benchmarks.in_process import OURS, Generator, Submit, Ways, all_started
from benchmarks.invariance import make_segments
from benchmarks.kinds import Kind
from benchmarks.offline import BATCH, REFILLED, length_bucketed, refilled, static
from benchmarks.open_loop import WARM_UP_S
from benchmarks.point import ANY, INTERACTIVE, STRICT, Objective, Point
from benchmarks.static_engine import StaticRunner
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.segment import Segment

_GUESS = 0.6  # of the offline rate: where searches begin
_PRECISION = 0.05
_NUM_TRIES = 2
_ALONE = 8  # so many fewer segments one at a time
_PAUSE_S = 0.003


def measure(artifact: Artifact, texts: Texts, num_texts: int, seconds: float, cores: Cores) -> Loaded:
    """Measure offline, one by one, and under load; points are `seconds` long."""
    segments = make_segments(artifact, texts.many(num_texts), artifact.config.search.beam_size)
    with all_started(artifact, cores) as ways:
        run = _Run(artifact, ways, Generator(segments, seconds, cores))
        run.measure_quietly()
        objectives = dict.fromkeys(ways.submits, INTERACTIVE) | {OURS_STRICTLY: STRICT}
        capacities = run.find_capacities(objectives)
        rounds = run.measure_rounds(objectives, {name: each.rate_per_s for name, each in capacities.items()})
        did: dict[str, float] = {}
        if OURS in rounds:
            rate_per_s = rounds[OURS][0].rate_per_s
            ways.watch.forget()
            run.generator.point(ways.submits[OURS], rate_per_s)
            did = ways.watch.summary(WARM_UP_S + seconds, EngineOptions().max_rows)
            rounds |= run.measure_rounds({AT_80_PERCENT: ANY}, {AT_80_PERCENT: 0.8 * rate_per_s})
    return Loaded(_medians(run.offline_per_s), _medians(run.unloaded_s), capacities, rounds, did)


class _Run:
    """All ways, and what was found of them without load, in each round anew."""

    def __init__(self, artifact: Artifact, ways: Ways, generator: Generator) -> None:
        self._ways = ways
        self._submits = {**ways.submits, OURS_STRICTLY: ways.submits[OURS], AT_80_PERCENT: ways.submits[OURS]}
        self.generator = generator
        self._bucketed, self._alone = StaticRunner(artifact, BATCH), StaticRunner(artifact, 1)
        self.offline_per_s: list[dict[str, float]] = []
        self.unloaded_s: list[dict[str, float]] = []
        with on_core(generator.cores.server), torch.inference_mode():
            self._bucketed.start()
            self._alone.start()
            refilled(ways.engine, generator.segments[:BATCH])

    def measure_quietly(self) -> None:
        """Measure what comes of all segments at once, and of some one at a time."""
        segments = self.generator.segments
        with on_core(self.generator.cores.server), torch.inference_mode():
            self.offline_per_s.append(
                {
                    REFILLED: refilled(self._ways.engine, segments),
                    length_bucketed(Kind.SCRIPTED): static(self._bucketed, segments, BATCH),
                }
            )
            self.unloaded_s.append(_unloaded(self._submits[OURS], self._alone, segments[::_ALONE]))

    def find_capacities(self, objectives: Mapping[str, Objective]) -> dict[str, Capacity]:
        """Search for the highest rate of each way that keeps its objective, in turns."""
        guess_per_s = _GUESS * max(self.offline_per_s[0].values())
        entrants = [
            Entrant(
                partial(self.generator.point, self._submits[name]),
                Search(objective, guess_per_s, _PRECISION, _NUM_TRIES),
            )
            for name, objective in objectives.items()
        ]
        return dict(zip(objectives, find_all(entrants, math.inf), strict=True))

    def measure_rounds(self, objectives: Mapping[str, Objective], rates: Mapping[str, float]) -> dict[str, list[Point]]:
        """Rounds of all ways at rates at which they keep their objectives, at most `rates`, and quiet ones between."""
        measures = {name: partial(self.generator.point, self._submits[name]) for name in rates}
        return kept_rounds(measures, objectives, rates, _PRECISION, after_round=self.measure_quietly)


def _medians(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


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
