"""What the event loop does for a sentence that no HTTP brings: text handling, and to hand it to the engine and back.

What it does beyond that in the service is HTTP's.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.markup import NoDetector
from benchmarks.offline import started_engine
from benchmarks.record import over
from benchmarks.target import CpuTime
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.engine.async_engine import AsyncEngine
from service.engine.engine import Engine
from service.routes import routes_of
from service.translation import Translate
from service.translator import Translator

_AT_ONCE = 16  # about as many as a service at its capacity has


@dataclass(frozen=True)
class Used:
    """Processor time of our process for `num_requests`, and what its event loop would need for one without HTTP."""

    time: CpuTime
    num_requests: int
    without_http_s: float

    @property
    def http_share(self) -> float:
        """HTTP's part of all the processor time."""
        return over(self.time.loop_s - self.num_requests * self.without_http_s, self.time.total_s)


def without_http_s(artifact: Artifact, texts: Texts, num_texts: int) -> float:
    """Processor time of the loop's thread for a sentence, in seconds; the engine shares its core."""
    with started_engine(artifact) as engine:
        return asyncio.run(_loop_s(engine, artifact, texts, num_texts)) / num_texts


async def _loop_s(engine: Engine, artifact: Artifact, texts: Texts, num_texts: int) -> float:
    """The same for all of them, some at once."""
    translator = Translator(AsyncEngine(engine, asyncio.get_running_loop()), routes_of([artifact]), NoDetector())

    async def translate(sentences: Iterator[str]) -> None:
        for sentence in sentences:  # which all tasks share
            await translator.translate(Translate((sentence,), texts.target, texts.source))

    sentences = iter(texts.many(num_texts))
    used = time.thread_time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(translate(sentences))
    return time.thread_time() - used
