"""Peers give the service's own answers, in batches no larger and no later than they say."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from benchmarks.invariance import make_segments, read_lines
from benchmarks.kinds import Kind, computed_by
from benchmarks.static_engine import StaticEngine, StaticRunner
from benchmarks.texts import EVERYDAY
from service.artifact import Artifact, load
from service.engine.async_engine import AsyncEngine
from service.engine.engine import Engine
from service.engine.errors import EngineFault
from service.engine.options import EngineOptions
from service.engine.result import Hypothesis, Outcome, Result
from service.engine.segment import Segment
from service.settings import DEFAULT_ARTIFACTS
from service.text.subword import describe
from tests.service.tiny_artifact import tiny_artifact

TEXTS = ["How are you?", "The fox is quick and brown.", "You", "The lazy dog jumps over the quick brown fox today."]


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The tiny one, whose network can be made anew."""
    loaded = load(tiny_artifact(), describe)
    config = json.loads((tiny_artifact() / "config.json").read_text(encoding="utf-8"))
    described = tmp_path_factory.mktemp("described")
    (described / "config.json").write_text(json.dumps(config | {"model": sizes(config)}), encoding="utf-8")
    return replace(loaded, path=described)


def sizes(config: dict[str, dict[str, int]]) -> dict[str, int]:
    size = config["vocabulary"]["source_size"]
    return {
        "vocab_size": size,
        "embedding_size": 16,
        "encoder_size": 8,
        "encoder_layers": 1,
        "decoder_size": 16,
        "num_heads": 2,
    }


@pytest.fixture(scope="module")
def segments(artifact: Artifact) -> list[Segment]:
    return make_segments(load(tiny_artifact(), describe), TEXTS, artifact.config.search.beam_size)


@pytest.fixture(scope="module")
def served(artifact: Artifact, segments: list[Segment]) -> Iterator[list[tuple[int, ...]]]:
    engine = Engine([artifact], EngineOptions(precision="fp32"))
    engine.start()

    async def translate() -> list[Outcome]:
        return await AsyncEngine(engine, asyncio.get_running_loop()).translate(segments)

    yield best(asyncio.run(translate()))
    engine.stop(5.0)


def best(outcomes: Sequence[Outcome]) -> list[tuple[int, ...]]:
    assert all(isinstance(each, Result) for each in outcomes)
    return [each.hypotheses[0].ids for each in outcomes if isinstance(each, Result)]


def translate(engine: StaticEngine, segments: Sequence[Segment]) -> list[Outcome]:
    engine.start()
    try:
        return asyncio.run(engine.translate(segments))
    finally:
        engine.stop()


@pytest.mark.parametrize(("kind", "max_batch"), [(kind, size) for kind in Kind for size in (1, 3, 32)])
def test_peer_answers_as_the_service_does(
    artifact: Artifact, segments: list[Segment], served: list[tuple[int, ...]], kind: Kind, max_batch: int
) -> None:
    runner = StaticRunner(computed_by(kind, artifact), max_batch, precision="fp32")
    assert best(translate(StaticEngine(runner, max_batch, 0.0), segments)) == served


@pytest.mark.slow
def test_all_kinds_give_the_default_artifact_s_translations() -> None:
    loaded = load(DEFAULT_ARTIFACTS[0], describe)
    segments = make_segments(loaded, read_lines(EVERYDAY, 50), loaded.config.search.beam_size)
    found: list[list[tuple[int, ...]]] = []
    for kind in Kind:
        runner = StaticRunner(computed_by(kind, loaded), len(segments), precision="fp32")
        runner.start()
        found.append([hypotheses[0].ids for hypotheses in runner.translate(segments)])
    assert found[0] == found[1] == found[2]


class Recorder(StaticRunner):
    """Remembers the batches, and those whose rows were released."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.cleared: list[int] = []

    def start(self) -> None:
        pass

    def find(self, segments: Sequence[Segment]) -> list[tuple[Hypothesis, ...]]:
        self.batches.append(len(segments))
        return [(Hypothesis((3,), 0.0, 0.0),) for _ in segments]

    def clear(self, num_rows: int) -> None:
        self.cleared.append(num_rows)


def test_no_batch_is_larger_than_allowed(segments: list[Segment]) -> None:
    runner = Recorder()
    translate(StaticEngine(runner, 3, 0.5), segments * 2)
    assert runner.batches == runner.cleared == [3, 3, 2]


def test_first_of_a_batch_waits_for_others_no_longer_than_allowed(segments: list[Segment]) -> None:
    runner = Recorder()
    started = time.monotonic()
    translate(StaticEngine(runner, 32, 0.2), segments[:1])
    assert 0.2 <= time.monotonic() - started < 2.0
    assert runner.batches == [1]


def test_what_keeps_an_engine_from_starting_is_raised() -> None:
    class Unstartable(Recorder):
        def start(self) -> None:
            raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        StaticEngine(Unstartable(), 32, 0.0).start()


def test_failure_of_a_batch_is_told_to_all_of_it(segments: list[Segment]) -> None:
    class Broken(Recorder):
        def find(self, segments: Sequence[Segment]) -> list[tuple[Hypothesis, ...]]:
            raise RuntimeError("no memory")

    outcomes = translate(StaticEngine(Broken(), 32, 0.0), segments)
    assert all(isinstance(each, EngineFault) for each in outcomes)
