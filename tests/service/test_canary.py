"""The canary tells what it found, and nothing where it found nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.canary import Canary
from service.engine.errors import EngineFault, NotReady, QueueFull
from service.engine.precision import LARGEST_LOSS, Precision
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.segment import Segment
from service.health import Health
from tests.service.api.doubles import STATS
from tests.service.factories import make_config, make_sample


class Engine:
    """Answers every segment with `outcome`, or raises it."""

    def __init__(self, outcome: Outcome, precision: Precision = Precision.FP32) -> None:
        self.outcome = outcome
        self.computes_in = precision
        self.segments: list[Segment] = []

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        self.segments += segments
        if isinstance(self.outcome, QueueFull | NotReady):
            raise self.outcome
        return [self.outcome for _ in segments]

    def precision(self, artifact: str) -> Precision:
        return self.computes_in


SAMPLE = make_sample(11, 12, 13)
RIGHT = Result((Hypothesis(SAMPLE.target_ids, -1.0, -1.0),), Timing(0.0, 0.0, 0.0))
WRONG = Result((Hypothesis((7, 3), -1.0, -1.0),), Timing(0.0, 0.0, 0.0))


def made(engine: Engine, age_s: float | None = 1.0) -> tuple[Canary, Health]:
    stats = replace(STATS, last_result_age_s=age_s)
    health = Health(lambda: stats, max_heartbeat_age_s=10.0, max_proof_age_s=30.0)
    return Canary(engine, lambda: stats, [(make_config(), SAMPLE)], health), health


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [
        (RIGHT, None),
        (WRONG, "a sample was translated otherwise than when the artifact was made"),
        (EngineFault("secret"), "a sample was not translated: internal"),
        (QueueFull(1.0), None),
    ],
)
def test_it_tells_what_it_found(outcome: Outcome, failure: str | None) -> None:
    canary, health = made(Engine(outcome))
    asyncio.run(canary.fly())
    assert health.canary_failure == failure


@pytest.mark.parametrize(("loss", "is_failure"), [(LARGEST_LOSS - 0.05, False), (LARGEST_LOSS + 0.05, True)])
def test_in_less_than_fp32_a_sample_may_become_another_but_none_much_worse(loss: float, is_failure: bool) -> None:
    other = Result((Hypothesis((7, 3), -1.0, SAMPLE.score - loss),), Timing(0.0, 0.0, 0.0))
    canary, health = made(Engine(other, Precision.INT8))
    asyncio.run(canary.fly())
    assert (health.canary_failure is not None) == is_failure


class StoppingEngine(Engine):
    """Admits what it will not translate."""

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        return [NotReady("the engine stopped") for _ in segments]


@pytest.mark.parametrize("engine", [StoppingEngine(RIGHT), Engine(NotReady("the engine is stopped"))])
@pytest.mark.parametrize("failure", [None, "found before"])
def test_a_stop_is_no_failure_and_clears_none(
    caplog: pytest.LogCaptureFixture, engine: Engine, failure: str | None
) -> None:
    canary, health = made(engine)
    health.canary_failure = failure
    asyncio.run(canary.fly())
    assert health.canary_failure == failure
    assert [record for record in caplog.records if record.name == "service.canary"] == []


def test_it_flies_as_the_artifact_was_made() -> None:
    engine = Engine(RIGHT)
    asyncio.run(made(engine)[0].fly())
    [segment] = engine.segments
    assert (segment.ids, segment.beam_size, segment.artifact) == (SAMPLE.source_ids, 3, "echo")


def test_a_later_flight_clears_it() -> None:
    engine = Engine(WRONG)
    canary, health = made(engine)
    asyncio.run(canary.fly())
    engine.outcome = RIGHT
    asyncio.run(canary.fly())
    assert health.canary_failure is None


@pytest.mark.parametrize(("age_s", "flies"), [(0.0, False), (None, True), (99.0, True)])
def test_it_flies_only_when_nothing_else_is_proof(age_s: float | None, flies: bool) -> None:
    engine = Engine(RIGHT)
    canary, _ = made(engine, age_s)

    async def a_while() -> None:
        flying = asyncio.create_task(canary.fly_for_ever(0.02))
        async with asyncio.timeout(10.0 if flies else None):
            await asyncio.sleep(0.1)
            while flies and not engine.segments:
                await asyncio.sleep(0.01)
        assert not flying.done()
        flying.cancel()

    asyncio.run(a_while())
    assert bool(engine.segments) is flies
