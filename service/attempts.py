"""One try at translating some passages: submitted together, read back, counted."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from service.candidates import Decoded, candidates, source_kept
from service.engine.async_engine import Arrivals
from service.engine.errors import EngineError
from service.engine.result import Origin, Outcome, Result
from service.engine.segment import Segment
from service.routes import Route
from service.text.draft import Draft
from service.text.languages import Detection
from service.text.passage import Passage
from service.text_work import each, is_long
from service.translation import Timing, Translate, Usage


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
class Task:
    """A passage of a job."""

    job: Job
    passage: Passage


Answer = Decoded | list[Decoded] | EngineError  # of a passage: as it is, in parts, or none


class Attempts:
    """Tries passages for one command and counts what that costs."""

    def __init__(self, engine: Engine, command: Translate, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._command = command
        self._deadline = math.inf if command.deadline_s is None else clock() + command.deadline_s
        self._done: list[tuple[Segment, Result]] = []

    async def attempt(
        self, tasks: Sequence[Task], *, is_thorough: bool = False, is_first: bool = False
    ) -> list[Decoded | EngineError | None]:
        """What became of each task; None: every hypothesis lost a placeholder.

        A thorough attempt takes all hypotheses of the full beam, with their attention. Only the first may be refused
        for want of room; raises EngineError if the engine admitted nothing.
        """
        away = is_long(self._command.texts)
        asked = partial(self.segment, is_thorough=is_thorough, is_follow_up=not is_first)
        segments = await each(asked, tasks, away=away)
        outcomes = await self._engine.translate(segments) if segments else []
        read = list(zip(tasks, segments, outcomes, strict=True))
        return await each(lambda item: self.note(*item), read, away=away)

    def note(self, task: Task, segment: Segment, outcome: Outcome) -> Decoded | EngineError | None:
        """Count `outcome`, of the `segment` for `task`, and read it; None: every hypothesis lost a placeholder."""
        if isinstance(outcome, Result):
            self._done.append((segment, outcome))
        return _decoded(task, segment, outcome)

    def segment(self, task: Task, *, is_thorough: bool = False, is_follow_up: bool = False) -> Segment:
        """What the engine gets for `task`; thorough as `attempt` says."""
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
            is_follow_up=is_follow_up,
        )

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


def _decoded(task: Task, segment: Segment, outcome: Outcome) -> Decoded | EngineError | None:
    if isinstance(outcome, EngineError):
        return outcome
    if not task.passage.is_legible:
        return Decoded(task.passage, (source_kept(task.passage, outcome.hypotheses[0]),))
    found = candidates(task.passage, outcome.hypotheses, task.job.route.target_subword, segment.max_length)
    if not found and task.passage.masks:
        return None
    if found and task.passage.masks and found[0].hypothesis is not outcome.hypotheses[0]:
        return Decoded(task.passage.warned("placeholder_restored"), found)
    return Decoded(task.passage, found or (source_kept(task.passage, outcome.hypotheses[0]),))
