"""What serving costs: latency without load and under it, against the same work in process; rate against offline.

Without load, the same sentences go in turns through the service over HTTP, through its engine in this process, and
through the module alone, one sentence a batch.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import offline
from benchmarks.capacity import Capacity, find_capacity
from benchmarks.invariance import make_segments
from benchmarks.markup import NoDetector
from benchmarks.point import INTERACTIVE, MAX_LAG_MS, STRICT, milliseconds
from benchmarks.record import Ratio
from benchmarks.static_engine import StaticEngine, StaticRunner
from benchmarks.target import Target
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.decoding import Engine
from service.engine.async_engine import AsyncEngine
from service.routes import routes_of
from service.translation import Translate
from service.translator import Translator

_PAUSE_S = 0.005  # lets the threads of one way come to rest before the next one is timed


@dataclass(frozen=True)
class Unloaded:
    """Median seconds for one sentence at a time, three ways."""

    http_s: float
    engine_s: float
    module_s: float

    def ratios(self) -> list[Ratio]:
        """R4, and how it comes about."""
        return [
            Ratio("R4 unloaded HTTP / module in process", self.http_s / self.module_s, 1.05),
            Ratio("   engine in process / module in process", self.engine_s / self.module_s),
            Ratio("R9 HTTP adds at p50, ms", 1000 * (self.http_s - self.engine_s), 1.0),
        ]


async def unloaded(target: Target, artifact: Artifact, texts: Texts, num_rounds: int) -> Unloaded:
    """Measure the three ways in turns, sentence by sentence."""
    loop = asyncio.get_running_loop()
    module = StaticEngine(StaticRunner(artifact, max_batch=1), max_batch=1, wait_s=0.0)
    module.start()
    with offline.started_engine(artifact) as engine:
        of_module = _translate(module, artifact, texts)
        of_engine = _translate(AsyncEngine(engine, loop), artifact, texts)
        found: list[tuple[float, float, float]] = []
        for sentence in texts.sentences[:num_rounds]:
            http_s = await asyncio.to_thread(target.ask, texts.body([sentence]))
            await asyncio.sleep(_PAUSE_S)
            engine_s = await _timed(of_engine(sentence))
            await asyncio.sleep(_PAUSE_S)
            found.append((http_s, engine_s, await _timed(of_module(sentence))))
            await asyncio.sleep(_PAUSE_S)
    module.stop()
    usual = found[len(found) // 10 :]  # the first ones of a process are not
    return Unloaded(*(statistics.median(times) for times in zip(*usual, strict=True)))


def _translate(engine: Engine, artifact: Artifact, texts: Texts) -> Callable[[str], Coroutine[Any, Any, object]]:
    translator = Translator(engine, routes_of([artifact]), NoDetector())
    return lambda sentence: translator.translate(Translate((sentence,), texts.target, texts.source))


async def _timed(work: Coroutine[Any, Any, object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def offline_rates(artifact: Artifact, texts: Texts, num_texts: int) -> dict[str, float]:
    """Sentences a second of the ways to translate all at once."""
    beam_size = artifact.config.search.beam_size
    segments = make_segments(artifact, texts.many(num_texts), beam_size)
    runner = StaticRunner(artifact, offline.BATCH)
    runner.start()
    with offline.started_engine(artifact) as engine:
        offline.refilled(engine, segments[: offline.BATCH])
        return {"refilled": offline.refilled(engine, segments), "length-bucketed": offline.static(runner, segments)}


@dataclass(frozen=True)
class Served:
    """The service under load."""

    interactive: Capacity
    strict: Capacity
    p50_at_80_s: float
    cpu_us_per_request: float
    loop_share: float
    lag_s: float

    def results(self) -> dict[str, Any]:
        """All points, ready for JSON."""
        return {
            str(INTERACTIVE): self.interactive.rate_per_s,
            str(STRICT): self.strict.rate_per_s,
            "points": [point.summary() for point in (*self.interactive.points, *self.strict.points)],
            "p50_at_80_percent_ms": milliseconds(self.p50_at_80_s),
            "cpu_us_per_request": round(self.cpu_us_per_request),
        }


def under_load(target: Target, texts: Texts, guess_per_s: float, seconds: float) -> Served:
    """Find the capacity for both objectives, and look at 80 % of the first and at the share of HTTP at all of it."""
    bodies: Sequence[str] = texts.bodies()
    interactive = find_capacity(lambda rate: target.measure(bodies, rate, seconds), INTERACTIVE, guess_per_s)
    rate = interactive.rate_per_s or guess_per_s
    strict = find_capacity(lambda rate: target.measure(bodies, rate, seconds), STRICT, rate / 2, precision=0.15)
    at_80 = target.measure(bodies, 0.8 * rate, 2 * seconds)
    before = target.cpu_time()
    saturated = target.measure(bodies, rate, seconds)
    used = target.cpu_time() - before
    return Served(
        interactive,
        strict,
        at_80.latency_s(0.5),
        1e6 * used.total_s / len(saturated.samples),
        used.loop_s / used.total_s,
        saturated.lag_s,
    )


def ratios(alone: Unloaded, served: Served, rates: dict[str, float]) -> list[Ratio]:
    """The figures that are compared with goals."""
    best = max(rates.values())
    goodput = served.interactive.goodput_per_s(INTERACTIVE.limit_s)
    strict = served.strict.goodput_per_s(STRICT.limit_s)
    return [
        Ratio(f"R1 server / offline, {INTERACTIVE}", goodput / best, 0.9, is_at_least=True),
        Ratio(f"R1 server / offline, {STRICT}", strict / best, 0.9, is_at_least=True),
        Ratio("   offline: refilled / length-bucketed", rates["refilled"] / rates["length-bucketed"]),
        Ratio("R2 p50 at 80 % of capacity / unloaded", served.p50_at_80_s / alone.http_s, 2.0),
        *alone.ratios(),
        Ratio("R9 event loop's share of CPU at capacity", served.loop_share, 0.2),
        Ratio("generator's own lag at p99, ms", 1000 * served.lag_s, MAX_LAG_MS),
    ]
