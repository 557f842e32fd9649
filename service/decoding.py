"""The passages of one request through the engine: all at once, and once more around placeholders that got lost."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.engine.errors import EngineError
from service.engine.result import Outcome, Result
from service.engine.segment import Segment
from service.rendering import Decoded, candidates, source_kept
from service.routes import Route
from service.text.draft import Draft
from service.text.languages import Detection
from service.text.passage import Passage
from service.translation import Timing, Translate, Usage


class Engine(Protocol):
    """What a request needs of the engine; `service.engine.async_engine.AsyncEngine` has it."""

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order; raises EngineError if nothing was admitted."""
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


@dataclass(frozen=True)
class _Task:
    job: Job
    passage: Passage


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
        whole = await self._attempt(tasks)
        lost = [task for task, decoded in zip(tasks, whole, strict=True) if decoded is None]
        around = iter(await self._around(lost))
        for task, decoded in zip(tasks, whole, strict=True):
            outcome = next(around) if decoded is None else decoded
            if isinstance(outcome, EngineError):
                task.job.error = outcome
            else:
                task.job.decoded += outcome if isinstance(outcome, list) else [outcome]

    def usage(self, num_characters: int) -> Usage:
        """What has been spent so far."""
        num_source = sum(segment.num_tokens for segment, _ in self._done)
        num_target = sum(len(result.hypotheses[0].ids) for _, result in self._done)
        return Usage(num_characters, num_source, num_target)

    def timing(self, total_s: float) -> Timing:
        """The longest that any segment took in each stage."""
        timings = [result.timing for _, result in self._done]
        return Timing(
            queue_s=max((each.queue_s for each in timings), default=0.0),
            encode_s=max((each.encode_s for each in timings), default=0.0),
            decode_s=max((each.decode_s for each in timings), default=0.0),
            total_s=total_s,
        )

    async def _around(self, lost: Sequence[_Task]) -> list[list[Decoded] | EngineError]:
        """For each task that lost a placeholder: its text in parts that have none."""
        parts = [[_Task(task.job, part) for part in task.job.draft.around(task.passage)] for task in lost]
        try:
            decoded = iter(await self._attempt([part for some in parts for part in some]))
        except EngineError as error:  # the first half of the request has run: not the request, these texts have failed
            return [error for _ in lost]
        return [_all_or_error([next(decoded) for _ in some]) for some in parts]

    async def _attempt(self, tasks: Sequence[_Task]) -> list[Decoded | EngineError | None]:
        """What became of each task; None: every hypothesis lost a placeholder."""
        segments = [self._segment(task) for task in tasks]
        outcomes = await self._engine.translate(segments) if segments else []
        self._done += [
            (each, outcome) for each, outcome in zip(segments, outcomes, strict=True) if isinstance(outcome, Result)
        ]
        return [_decoded(*each) for each in zip(tasks, segments, outcomes, strict=True)]

    def _segment(self, task: _Task) -> Segment:
        command, route, passage = self._command, task.job.route, task.passage
        beam_size = command.beam_size or route.config.search.beam_size
        return Segment(
            artifact=route.artifact,
            beam_size=beam_size,
            ids=passage.ids,
            max_length=route.config.max_length(len(passage.ids)),
            num_best=beam_size if passage.masks else min(beam_size, command.num_alternatives + 1),
            client=command.client,
            priority=command.priority,
            deadline=self._deadline,
            wants_attention=command.alignment or bool(task.job.draft.prose.tags_in(passage.span)),
        )


def _decoded(task: _Task, segment: Segment, outcome: Outcome) -> Decoded | EngineError | None:
    if isinstance(outcome, EngineError):
        return outcome
    best = outcome.hypotheses[0]
    found = candidates(task.passage, outcome.hypotheses, task.job.route.target_subword)
    if not found and task.passage.masks:
        return None
    return Decoded(
        task.passage,
        found or (source_kept(task.passage, best),),
        is_cut=len(best.ids) >= segment.max_length,
    )


def _all_or_error(parts: Sequence[Decoded | EngineError | None]) -> list[Decoded] | EngineError:
    error = next((part for part in parts if isinstance(part, EngineError)), None)
    return error if error is not None else [part for part in parts if isinstance(part, Decoded)]
