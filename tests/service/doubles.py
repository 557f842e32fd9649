"""An engine without a network, for the tests of what stands around it."""

from collections.abc import Callable, Sequence

import numpy as np

from service.artifact_config import (
    ArtifactConfig,
    Limits,
    Pair,
    SearchDefaults,
    SpecialIds,
    SubwordFiles,
    VocabularySizes,
)
from service.engine.async_engine import Arrivals
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.segment import Segment
from service.routes import Route
from service.text.subword import Subword

EOS = 3


def config(pairs: Sequence[Pair], max_source_tokens: int = 200) -> ArtifactConfig:
    """The configuration of an artifact that does not exist."""
    return ArtifactConfig(
        format_version=1,
        name="double",
        version="1",
        created="2026-01-01T00:00:00Z",
        commit="0" * 40,
        dragoman_version="0",
        torch_version="0",
        pairs=tuple(pairs),
        subword=SubwordFiles("subword.spm", "subword.spm"),
        vocabulary=VocabularySizes(400, 400),
        special_ids=SpecialIds(0, 1, 2, EOS),
        limits=Limits(max_source_tokens, 2 * max_source_tokens),
        search=SearchDefaults(4, 1.0, 0.0, 2.0, 10),
        stored_precision="float32",
        model={},
        data={},
        scores=(),
    )


def routes(
    subword: Subword, pairs: Sequence[Pair] = (Pair("en", "de", None),), max_source_tokens: int = 200
) -> dict[tuple[str, str], Route]:
    """Routes for `pairs` that read and write with `subword`."""
    settings = config(pairs, max_source_tokens)
    return {(pair.source, pair.target): Route(pair, "double", settings, subword, subword) for pair in pairs}


def arrivals(outcomes: Sequence[Outcome]) -> Arrivals:
    """What arrives when the last of `outcomes` is done first."""
    arrived = Arrivals(len(outcomes))
    for index in reversed(range(len(outcomes))):
        arrived.put(index, outcomes[index])
    return arrived


class FakeEngine:
    """Answers each segment with what `translate_text` makes of its text: hypotheses, best first.

    Hypothesis i has log_prob -(i + 1) per token and the score -(i + 1) less a hundredth per token; attention is
    diagonal. Keeps the segments that it was given.
    """

    def __init__(self, subword: Subword, translate_text: Callable[[str], Sequence[str]]) -> None:
        self.segments: list[Segment] = []
        self._subword = subword
        self._translate_text = translate_text

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One result per segment."""
        self.segments += segments
        return [self._result(segment) for segment in segments]

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """The same, the last one first."""
        self.segments += segments
        return arrivals([self._result(segment) for segment in segments])

    def _result(self, segment: Segment) -> Outcome:
        source = self._subword.decode(segment.ids[:-1]).text
        texts = self._translate_text(source)[: segment.num_best]
        return Result(tuple(self._hypothesis(segment, i, text) for i, text in enumerate(texts)), Timing(0.1, 0.2, 0.3))

    def _hypothesis(self, segment: Segment, index: int, text: str) -> Hypothesis:
        ids = (*self._subword.encode(text).ids, EOS)
        attention = np.eye(len(ids), len(segment.ids), dtype=np.float32) if segment.wants_attention else None
        return Hypothesis(ids, -float(index + 1) * len(ids), -float(index + 1) - len(ids) / 100, attention)


class EchoEngine:
    """Answers every segment with its own pieces."""

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One result per segment."""
        return [self._result(segment) for segment in segments]

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """The same, the last one first."""
        return arrivals([self._result(segment) for segment in segments])

    def _result(self, segment: Segment) -> Outcome:
        ids = tuple(id for id in segment.ids if id not in (4, 5))
        attention = np.eye(len(ids), len(segment.ids), dtype=np.float32)
        hypotheses = [Hypothesis(ids, -float(rank), -float(rank), attention) for rank in range(segment.num_best)]
        return Result(tuple(hypotheses), Timing(0.0, 0.0, 0.0))
