"""The engine and its peers in one process: ways to translate the same segments with the same weights."""

import json
from collections.abc import Sequence

import torch

from benchmarks.invariance import Ids, alone, translate
from benchmarks.textbook import translate as textbook
from model.config import ModelConfig
from model.search import Translator
from model.seq2seq import Seq2Seq
from service.artifact import Artifact
from service.engine.options import EngineOptions
from service.engine.runner import Runner
from service.engine.segment import Segment

_STATIC_BATCH = 32


def eager_network(artifact: Artifact) -> Seq2Seq:
    """The network of `artifact` as ordinary modules, in float32."""
    content = json.loads((artifact.path / "config.json").read_text(encoding="utf-8"))
    network = Seq2Seq(ModelConfig(**content["model"]))
    weights = artifact.module.state_dict()
    network.load_state_dict({name.removeprefix("network."): value for name, value in weights.items()})
    return network.eval()


class Peers:
    """The ways to translate that are compared; each takes segments and returns their best translations, in order."""

    def __init__(self, artifact: Artifact, beam_size: int, precision: str) -> None:
        self.artifact = artifact
        self.network = eager_network(artifact)
        self.translator = Translator(self.network)
        self.weights = self.translator.prepare("plain", 1)
        self.runner = Runner([artifact], EngineOptions((beam_size,), num_threads=1, precision=precision))
        self.runner.start()

    def textbook(self, segments: Sequence[Segment]) -> list[Ids]:
        """One after the other, hypothesis by hypothesis."""
        search = self.artifact.config.search
        return [
            tuple(
                textbook(
                    self.network,
                    self.weights.step,
                    segment.ids,
                    beam_size=segment.beam_size,
                    max_length=segment.max_length,
                    length_penalty=search.length_penalty,
                    coverage_penalty=search.coverage_penalty,
                )
            )
            for segment in segments
        ]

    def eager(self, segments: Sequence[Segment]) -> list[Ids]:
        """One after the other through the search's own code."""
        return [ids for segment in segments for ids in self._static([segment])]

    def batched(self, segments: Sequence[Segment]) -> list[Ids]:
        """In static batches, sorted by length."""
        ordered = sorted(segments, key=lambda segment: segment.num_tokens)
        groups = (ordered[i : i + _STATIC_BATCH] for i in range(0, len(ordered), _STATIC_BATCH))
        found = {segment: ids for group in groups for segment, ids in zip(group, self._static(group), strict=True)}
        return [found[segment] for segment in segments]

    def engine_alone(self, segments: Sequence[Segment]) -> list[Ids]:
        """The engine's steps with one row."""
        found = alone(self.runner, segments[0].lane, segments)
        return [found[segment] for segment in segments]

    def engine(self, segments: Sequence[Segment]) -> list[Ids]:
        """The engine's steps with all rows, refilled."""
        ordered = sorted(segments, key=lambda segment: segment.num_tokens)
        groups = (ordered[i : i + 8] for i in range(0, len(ordered), 8))
        found = translate(self.runner, segments[0].lane, groups)
        return [found[segment] for segment in segments]

    @torch.inference_mode()
    def _static(self, segments: Sequence[Segment]) -> list[Ids]:
        search, longest = self.artifact.config.search, max(segment.num_tokens for segment in segments)
        ids = torch.zeros(len(segments), longest, dtype=torch.int64)
        for row, segment in zip(ids, segments, strict=True):
            row[: segment.num_tokens] = torch.tensor(segment.ids)
        lengths = torch.tensor([segment.num_tokens for segment in segments])
        limits = torch.tensor([segment.max_length for segment in segments])
        sizes = (len(segments), segments[0].beam_size, longest, int(limits.max()))
        verbs = self.translator
        state = verbs.open_with(self.weights, *sizes, search.length_penalty, search.coverage_penalty)
        state = verbs.admit(state, ids, lengths, limits, torch.ones_like(lengths))
        state = verbs.step(state, int(limits.max()))
        best = verbs.best(state, torch.arange(len(segments)), 1)
        return [tuple(row[0, :n].tolist()) for row, n in zip(best.tokens, best.lengths[:, 0].tolist(), strict=True)]
