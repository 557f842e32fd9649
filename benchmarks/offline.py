"""How fast everything goes when all of it is there at once: the rate that serving is compared with."""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks.invariance import make_segments
from benchmarks.kinds import Kind
from benchmarks.static_engine import StaticRunner
from benchmarks.texts import Texts
from benchmarks.watch import Watch
from service.artifact import Artifact
from service.engine.async_engine import AsyncEngine
from service.engine.engine import Engine
from service.engine.observer import Observer
from service.engine.options import EngineOptions
from service.engine.segment import Segment

BATCH = 32
REFILLED = "refilled"
_ALONE = 8  # so many fewer sentences for those that take one at a time
_ROUNDS = 2


def length_bucketed(kind: Kind) -> str:
    """The name of static batches, sorted by length."""
    return f"length-bucketed, {kind}"


def one_at_a_time(kind: Kind) -> str:
    """The name of batches of one."""
    return f"one at a time, {kind}"


@contextmanager
def started_engine(artifact: Artifact, observer: Observer | None = None) -> Iterator[Engine]:
    """The service's engine in this process."""
    engine = Engine([artifact], EngineOptions(num_threads=1), observer=observer)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop(30.0)


@dataclass(frozen=True)
class Offline:
    """Sentences a second of each way, and what the engine did meanwhile."""

    per_s: Mapping[str, float]
    engine: Mapping[str, float]


def measure(modules: Mapping[Kind, Artifact], texts: Texts, num_texts: int) -> Offline:
    """Translate all texts at once in each way; their rounds alternate, and the median counts."""
    artifact = modules[Kind.SCRIPTED]
    segments = make_segments(artifact, texts.many(num_texts), artifact.config.search.beam_size)
    ways: dict[str, Callable[[], float]] = {}
    for kind, module in modules.items():
        many, one = (StaticRunner(module, size, num_threads=1) for size in (BATCH, 1))
        for runner in (many, one):
            runner.start()
        ways[length_bucketed(kind)] = partial(static, many, segments, BATCH)
        ways[one_at_a_time(kind)] = partial(static, one, segments[::_ALONE], 1)
    watch = Watch()
    with started_engine(artifact, watch) as engine:
        refilled(engine, segments[:BATCH])
        watch.forget()
        ways[REFILLED] = partial(refilled, engine, segments)
        found = [{name: way() for name, way in ways.items()} for _ in range(_ROUNDS)]
    seconds = sum(len(segments) / each[REFILLED] for each in found)
    medians = {name: statistics.median(each[name] for each in found) for name in ways}
    return Offline(medians, watch.summary(seconds, EngineOptions().max_rows))


def refilled(engine: Engine, segments: Sequence[Segment]) -> float:
    """Segments a second, given to the engine at once, sorted by length."""

    async def translate() -> None:
        await AsyncEngine(engine, asyncio.get_running_loop()).translate(_sorted(segments))

    return _rate(segments, lambda: asyncio.run(translate()))


def static(runner: StaticRunner, segments: Sequence[Segment], max_batch: int) -> float:
    """Segments a second in batches of similar length, each translated to its end."""

    def translate() -> None:
        ordered = _sorted(segments)
        for first in range(0, len(ordered), max_batch):
            runner.translate(ordered[first : first + max_batch])

    return _rate(segments, translate)


def _sorted(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda segment: segment.num_tokens)


def _rate(segments: Sequence[Segment], work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return len(segments) / (time.perf_counter() - started)
