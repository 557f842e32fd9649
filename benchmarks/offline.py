"""How fast everything goes when all of it is there at once: the rate that serving is compared with."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from benchmarks.static_engine import StaticRunner
from service.artifact import Artifact
from service.engine.async_engine import AsyncEngine
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.engine.segment import Segment

BATCH = 32


@contextmanager
def started_engine(artifact: Artifact) -> Iterator[Engine]:
    """The service's engine in this process."""
    engine = Engine([artifact], EngineOptions())
    engine.start()
    try:
        yield engine
    finally:
        engine.stop(30.0)


def refilled(engine: Engine, segments: Sequence[Segment]) -> float:
    """Segments a second, given to the engine at once, sorted by length."""

    async def translate() -> None:
        await AsyncEngine(engine, asyncio.get_running_loop()).translate(_sorted(segments))

    return _rate(segments, lambda: asyncio.run(translate()))


def static(runner: StaticRunner, segments: Sequence[Segment]) -> float:
    """Segments a second in batches of similar length, each translated to its end."""

    def translate() -> None:
        ordered = _sorted(segments)
        for first in range(0, len(ordered), BATCH):
            runner.translate(ordered[first : first + BATCH])

    return _rate(segments, translate)


def _sorted(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda segment: segment.num_tokens)


def _rate(segments: Sequence[Segment], work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return len(segments) / (time.perf_counter() - started)
