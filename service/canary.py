"""A sample sent through the real queue when nothing else has proved lately that the engine lives."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Protocol

from service.artifact_config import ArtifactConfig, Sample
from service.engine.errors import EngineError, NotReady
from service.engine.precision import LARGEST_LOSS, Precision
from service.engine.result import Outcome, Result
from service.engine.segment import Segment
from service.engine.stats import EngineStats
from service.health import Health

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What the canary flies through."""

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment; raises EngineError if nothing was admitted."""
        ...

    def precision(self, artifact: str) -> Precision:
        """What the steps of the named artifact compute in."""
        ...


class Canary:
    """Translates `samples` in turn, each with the configuration of its artifact, and tells `health` what it found."""

    def __init__(
        self,
        engine: Engine,
        stats: Callable[[], EngineStats],
        samples: Sequence[tuple[ArtifactConfig, Sample]],
        health: Health,
    ) -> None:
        self._engine = engine
        self._stats = stats
        self._samples = cycle(samples)
        self._health = health

    def watch(self, engine: Engine, samples: Sequence[tuple[ArtifactConfig, Sample]]) -> None:
        """Fly through `engine` with `samples` from now on."""
        self._engine, self._samples = engine, cycle(samples)
        self._health.canary_failure = None

    async def fly_for_ever(self, interval_s: float) -> None:
        """Fly whenever the last proof of life is older than `interval_s`."""
        while True:
            await asyncio.sleep(interval_s / 2)
            age = self._stats().last_result_age_s
            if age is None or age >= interval_s / 2 or self._health.canary_failure is not None:
                await self.fly()

    async def fly(self) -> None:
        """Translate one sample and compare. A queue that is full, or a stop, says nothing about the engine's health."""
        config, sample = next(self._samples)
        engine = self._engine
        try:
            [outcome] = await engine.translate([_segment(config, sample)])
        except EngineError:
            return
        if isinstance(outcome, NotReady):
            return  # admitted before the stop, which left it undone
        if engine is not self._engine:
            return  # it was replaced meanwhile, and says nothing about its successor
        failure = _failure(sample, outcome, engine.precision(config.name))
        if failure is not None and self._health.canary_failure is None:
            log.error("the canary failed: %s", failure, extra={"event": {"artifact": config.name}})
        self._health.canary_failure = failure


def _segment(config: ArtifactConfig, sample: Sample) -> Segment:
    return Segment(
        artifact=config.name,
        beam_size=config.search.beam_size,
        ids=sample.source_ids,
        max_length=config.max_length(len(sample.source_ids)),
        client="canary",
    )


def _failure(sample: Sample, outcome: Outcome, precision: Precision) -> str | None:
    if not isinstance(outcome, Result):
        return f"a sample was not translated: {outcome.code}"
    best = outcome.hypotheses[0]
    if best.ids == sample.target_ids:
        return None
    if precision is not Precision.FP32 and best.score > sample.score - LARGEST_LOSS:
        return None  # samples were made in fp32
    return "a sample was translated otherwise than when the artifact was made"
