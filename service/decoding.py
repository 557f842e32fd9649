"""The passages of one request through the engine: all at once, and another way those that came out wrong."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from service.attempts import Answer, Attempts, Engine, Job, Task
from service.candidates import Decoded
from service.engine.async_engine import Arrivals
from service.engine.errors import EngineError
from service.engine.result import Origin
from service.engine.segment import Segment
from service.mending import Mending
from service.translation import Timing, Translate, Usage

__all__ = ["Answer", "Decoding", "Engine", "Job", "Underway"]


@dataclass(frozen=True)
class Underway:
    """The passages of some jobs in order, what was submitted for each, and what comes back."""

    tasks: Sequence[Task]
    segments: Sequence[Segment]
    arrivals: Arrivals


class Decoding:
    """Runs the jobs of one command and counts what they cost."""

    def __init__(self, engine: Engine, command: Translate, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._attempts = Attempts(engine, command, clock)
        self._mending = Mending(self._attempts)

    async def run(self, jobs: Sequence[Job]) -> None:
        """Give each job its `decoded` or its `error`; raises EngineError if the engine admitted nothing."""
        tasks = [Task(job, passage) for job in jobs for passage in job.passages]
        answers = await self._mending.repaired(tasks, await self._attempts.attempt(tasks, is_first=True))
        for task, answer in zip(tasks, answers, strict=True):
            task.job.take(answer)

    def submit(self, jobs: Sequence[Job]) -> "Underway":
        """Submit all passages of `jobs` now, to settle one by one; raises EngineError if nothing was admitted."""
        tasks = [Task(job, passage) for job in jobs for passage in job.passages]
        segments = [self._attempts.segment(task) for task in tasks]
        return Underway(tasks, segments, self._engine.stream(segments) if segments else Arrivals(0))

    async def settle(self, underway: "Underway") -> AsyncGenerator[tuple[int, Answer], None]:
        """Yield each passage's answer as soon as it is final, with its place among all passages.

        The answers are those that `run` would give.
        """
        settled: asyncio.Queue[tuple[int, Answer] | None] = asyncio.Queue()
        settling = asyncio.create_task(self._settle(underway, settled.put_nowait))
        settling.add_done_callback(lambda _: settled.put_nowait(None))
        try:
            while (each := await settled.get()) is not None:
                yield each
            await settling
        finally:
            settling.cancel()
            await asyncio.gather(settling, return_exceptions=True)

    async def _settle(self, underway: "Underway", on_settled: Callable[[tuple[int, Answer]], None]) -> None:
        async def repair(index: int, decoded: Decoded | None) -> None:
            [answer] = await self._mending.repaired([underway.tasks[index]], [decoded])
            on_settled((index, answer))

        async with asyncio.TaskGroup() as repairs:
            async for index, outcome in underway.arrivals:
                decoded = self._attempts.note(underway.tasks[index], underway.segments[index], outcome)
                if isinstance(decoded, EngineError) or (decoded is not None and decoded.fault is None):
                    on_settled((index, decoded))
                else:
                    repairs.create_task(repair(index, decoded))

    def usage(self, num_characters: int) -> Usage:
        """What has been spent so far."""
        return self._attempts.usage(num_characters)

    def origins(self) -> tuple[Origin, ...]:
        """How each result so far came about."""
        return self._attempts.origins()

    def timing(self, total_s: float) -> Timing:
        """The longest that any segment took in each stage."""
        return self._attempts.timing(total_s)
