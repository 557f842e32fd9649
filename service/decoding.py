"""The passages of one request through the engine: all at once, and another way those that came out wrong."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.engine.async_engine import Arrivals
from service.engine.errors import EngineError
from service.engine.result import Origin, Outcome, Result
from service.engine.segment import Segment
from service.rendering import Decoded, candidates, source_kept
from service.routes import Route
from service.text.draft import Draft
from service.text.faults import Fault
from service.text.languages import Detection
from service.text.passage import Passage
from service.translation import Timing, Translate, Usage

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What a request needs of the engine; `service.engine.async_engine.AsyncEngine` has it."""

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order; raises EngineError if nothing was admitted."""
        ...

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """The outcomes of `segments`, submitted now, in order of completion; raises as `translate` does."""
        ...


@dataclass
class Job:
    """One text on its way: taken apart, then either `decoded` or failed with `error`."""

    route: Route
    draft: Draft
    detected: Detection | None
    passages: list[Passage]
    decoded: list[Decoded] = field(default_factory=list)
    error: EngineError | None = None

    def take(self, answer: "Answer") -> None:
        """Add what became of the next passage."""
        if isinstance(answer, EngineError):
            self.error = answer
        else:
            self.decoded += answer if isinstance(answer, list) else [answer]


@dataclass(frozen=True)
class _Task:
    job: Job
    passage: Passage


Answer = Decoded | list[Decoded] | EngineError  # of a passage: as it is, in parts, or none


@dataclass(frozen=True)
class Underway:
    """The passages of some jobs in order, what was submitted for each, and what comes back."""

    tasks: Sequence[_Task]
    segments: Sequence[Segment]
    arrivals: Arrivals


class Decoding:
    """Runs the jobs of one command and counts what they cost."""

    def __init__(self, engine: Engine, command: Translate, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._command = command
        self._deadline = math.inf if command.deadline_s is None else clock() + command.deadline_s
        self._done: list[tuple[Segment, Result]] = []

    async def run(self, jobs: Sequence[Job]) -> None:
        """Give each job its `decoded` or its `error`; raises EngineError if the engine admitted nothing."""
        tasks = [_Task(job, passage) for job in jobs for passage in job.passages]
        answers = await self._repaired(tasks, await self._attempt(tasks))
        for task, answer in zip(tasks, answers, strict=True):
            task.job.take(answer)

    def submit(self, jobs: Sequence[Job]) -> "Underway":
        """Submit all passages of `jobs` now, to settle one by one; raises EngineError if nothing was admitted."""
        tasks = [_Task(job, passage) for job in jobs for passage in job.passages]
        segments = [self._segment(task, is_thorough=False) for task in tasks]
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
            [answer] = await self._repaired([underway.tasks[index]], [decoded])
            on_settled((index, answer))

        async with asyncio.TaskGroup() as repairs:
            async for index, outcome in underway.arrivals:
                decoded = self._note(underway.tasks[index], underway.segments[index], outcome)
                if isinstance(decoded, EngineError) or (decoded is not None and decoded.fault is None):
                    on_settled((index, decoded))
                else:
                    repairs.create_task(repair(index, decoded))

    def usage(self, num_characters: int) -> Usage:
        """What has been spent so far."""
        num_source = sum(segment.num_tokens for segment, _ in self._done)
        num_target = sum(len(result.hypotheses[0].ids) for _, result in self._done)
        return Usage(num_characters, num_source, num_target)

    def origins(self) -> tuple[Origin, ...]:
        """How each result so far came about."""
        return tuple(result.origin for _, result in self._done)

    def timing(self, total_s: float) -> Timing:
        """The longest that any segment took in each stage."""
        timings = [result.timing for _, result in self._done]
        return Timing(
            queue_s=max((each.queue_s for each in timings), default=0.0),
            encode_s=max((each.encode_s for each in timings), default=0.0),
            decode_s=max((each.decode_s for each in timings), default=0.0),
            total_s=total_s,
        )

    async def _repaired(
        self, tasks: Sequence[_Task], attempted: Sequence[Decoded | EngineError | None]
    ) -> list[Answer]:
        """What is answered for each task after a first attempt at it."""
        lost = [task for task, decoded in zip(tasks, attempted, strict=True) if decoded is None]
        around = iter(await self._around(lost))
        return await self._mended(tasks, [next(around) if each is None else each for each in attempted])

    async def _around(self, lost: Sequence[_Task]) -> list[list[Decoded] | EngineError]:
        """For each task that lost a placeholder: its text in parts that have none."""
        if not lost:
            return []
        parts = [[_Task(task.job, part) for part in task.job.draft.around(task.passage)] for task in lost]
        flat = [part for some in parts for part in some]
        try:
            answers = iter(await self._repaired(flat, await self._attempt(flat)))
        except EngineError as error:  # the first half of the request has run: not the request, these texts have failed
            return [error for _ in lost]
        return [_joined([next(answers) for _ in some]) for some in parts]

    async def _mended(self, tasks: Sequence[_Task], answers: Sequence[Answer]) -> list[Answer]:
        """The answers with something better for those at fault, else what there is.

        Better is another hypothesis; or what keeps the figures that were lost; or, for other faults, halves.
        """
        wrong = {i: each for i, each in enumerate(answers) if isinstance(each, Decoded) and each.fault is not None}
        if not wrong:
            return list(answers)
        faults = {i: each.fault for i, each in wrong.items() if each.fault is not None}
        better: dict[int, Answer] = {i: _settled(each) for i, each in wrong.items()}
        try:
            wider = await self._attempt([tasks[i] for i in faults], is_thorough=True)
            sound = {i: _sound(each, faults[i]) for i, each in zip(faults, wider, strict=True)}
            better |= {i: each for i, each in sound.items() if each is not None}
            rest = {i: faults[i] for i, each in sound.items() if each is None}
            without_figures = {i: wrong[i] for i, fault in rest.items() if fault == "placeholder_restored"}
            better |= await self._with_figures(tasks, without_figures)
            better |= await self._in_halves(tasks, {i: rest[i] for i in rest if i not in without_figures})
        except EngineError:
            log.debug("the engine had no room to mend %d segments", len(wrong))
        return [better.get(i, answer) for i, answer in enumerate(answers)]

    async def _with_figures(self, tasks: Sequence[_Task], wrong: dict[int, Decoded]) -> dict[int, Answer]:
        """Those of the `tasks` whose answers are `wrong` with masks for the figures that they lost, or around these."""
        masked = {
            i: _Task(tasks[i].job, tasks[i].job.draft.masked(each.passage, each.lost)) for i, each in wrong.items()
        }
        attempted = await self._attempt(list(masked.values()))
        sound = {i: _sound(each, "placeholder_restored") for i, each in zip(masked, attempted, strict=True)}
        rest = [i for i, each in sound.items() if each is None]
        around = zip(rest, await self._around([masked[i] for i in rest]), strict=True)
        kept: dict[int, Answer] = {i: each for i, each in sound.items() if each is not None}
        return kept | {i: each for i, each in around if not isinstance(each, EngineError)}

    async def _in_halves(self, tasks: Sequence[_Task], faults: dict[int, Fault]) -> dict[int, list[Decoded]]:
        """Those of the `tasks` whose halves are sound; the halves of what came out as its source would do so, too."""
        halves = {
            i: [_Task(tasks[i].job, half) for half in tasks[i].job.draft.halves(tasks[i].passage, fault)]
            for i, fault in faults.items()
            if fault != "untranslated"
        }
        decoded = iter(await self._attempt([half for pair in halves.values() for half in pair]))
        parts = {i: [next(decoded) for _ in pair] for i, pair in halves.items()}
        return {
            i: [part for part in pair if isinstance(part, Decoded)]
            for i, pair in parts.items()
            if pair and all(isinstance(part, Decoded) and part.fault is None for part in pair)
        }

    async def _attempt(
        self, tasks: Sequence[_Task], *, is_thorough: bool = False
    ) -> list[Decoded | EngineError | None]:
        """What became of each task; None: every hypothesis lost a placeholder.

        A thorough attempt takes all hypotheses of the full beam, with their attention.
        """
        segments = [self._segment(task, is_thorough=is_thorough) for task in tasks]
        outcomes = await self._engine.translate(segments) if segments else []
        return [self._note(*each) for each in zip(tasks, segments, outcomes, strict=True)]

    def _note(self, task: _Task, segment: Segment, outcome: Outcome) -> Decoded | EngineError | None:
        if isinstance(outcome, Result):
            self._done.append((segment, outcome))
        return _decoded(task, segment, outcome)

    def _segment(self, task: _Task, *, is_thorough: bool) -> Segment:
        command, route, passage = self._command, task.job.route, task.passage
        full_beam = route.config.search.beam_size
        beam_size = full_beam if is_thorough else command.beam_size or full_beam
        needs_all = is_thorough or bool(passage.masks)
        return Segment(
            artifact=route.artifact,
            beam_size=beam_size,
            ids=passage.ids,
            max_length=route.config.max_length(len(passage.ids)),
            num_best=beam_size if needs_all else min(beam_size, command.num_alternatives + 1),
            client=command.client,
            priority=command.priority,
            deadline=self._deadline,
            wants_attention=is_thorough or command.alignment or bool(task.job.draft.prose.tags_in(passage.span)),
        )


def _decoded(task: _Task, segment: Segment, outcome: Outcome) -> Decoded | EngineError | None:
    if isinstance(outcome, EngineError):
        return outcome
    if not task.passage.is_legible:
        return Decoded(task.passage, (source_kept(task.passage, outcome.hypotheses[0]),))
    found = candidates(task.passage, outcome.hypotheses, task.job.route.target_subword, segment.max_length)
    if not found and task.passage.masks:
        return None
    return Decoded(task.passage, found or (source_kept(task.passage, outcome.hypotheses[0]),))


def _sound(decoded: Decoded | EngineError | None, fault: Fault) -> Decoded | None:
    """The answer with its sound candidates alone and a warning of the mended `fault`; None without any."""
    sound = tuple(each for each in decoded.candidates if each.fault is None) if isinstance(decoded, Decoded) else ()
    if not sound or not isinstance(decoded, Decoded):
        return None
    return Decoded(decoded.passage.warned(fault), sound)


def _settled(decoded: Decoded) -> Decoded:
    """What is answered where nothing helps: the source rather than a loop, else what there is."""
    if decoded.fault != "repetition":
        return decoded
    return Decoded(
        decoded.passage.warned(decoded.fault), (source_kept(decoded.passage, decoded.candidates[0].hypothesis),)
    )


def _joined(parts: Sequence[Answer]) -> list[Decoded] | EngineError:
    """What became of the parts of one task; an error if any has failed."""
    found: list[Decoded] = []
    for part in parts:
        if isinstance(part, EngineError):
            return part
        found += part if isinstance(part, list) else [part]
    return found
