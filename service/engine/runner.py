"""Turns segments into tensors and back: the engine's only file that knows torch. Used by one thread."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from service.artifact import Artifact
from service.engine.options import EngineOptions
from service.engine.result import Hypothesis
from service.engine.segment import Lane, Priority, Segment

_WIDTH_STEP = 8  # sources are padded to a multiple, which bounds the number of shapes


class Runner:
    """Holds the arenas of all lanes and moves them through the verbs of their modules."""

    def __init__(self, artifacts: Sequence[Artifact], options: EngineOptions) -> None:
        self._artifacts = {artifact.name: artifact for artifact in artifacts}
        if len(self._artifacts) != len(artifacts):
            raise ValueError(f"artifacts share a name: {sorted(artifact.name for artifact in artifacts)}")
        self._options = options
        self._arenas: dict[Lane, Any] = {}  # a state is whatever the module makes of it

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Every combination of artifact, served beam size and class; interactive first."""
        return tuple(
            Lane(name, beam_size, priority)
            for priority in (Priority.INTERACTIVE, Priority.BULK)
            for name in self._artifacts
            for beam_size in self.beam_sizes(name)
        )

    def beam_sizes(self, artifact: str) -> tuple[int, ...]:
        """Served beam sizes of the named artifact, ascending."""
        default = self._artifacts[artifact].config.search.beam_size
        return tuple(sorted(set(self._options.beam_sizes or (1, default))))

    def artifact(self, name: str) -> Artifact:
        """Return the artifact of that name."""
        return self._artifacts[name]

    @property
    def capacity(self) -> int:
        """Rows of each arena."""
        return self._options.max_rows

    def start(self) -> None:
        """Open every lane's arena; to be called on the thread that will call all else."""
        if self._options.num_threads is not None:
            torch.set_num_threads(self._options.num_threads)
        for lane in self.lanes:
            self.open(lane)

    @torch.inference_mode()
    def open(self, lane: Lane) -> None:
        """Allocate the lane's arena, or allocate it anew."""
        artifact = self._artifacts[lane.artifact]
        limits, search = artifact.config.limits, artifact.config.search
        self._arenas[lane] = self._verbs(lane).open(
            self._options.max_rows,
            lane.beam_size,
            limits.max_source_tokens,
            limits.max_target_tokens,
            search.length_penalty,
            search.coverage_penalty,
        )

    @torch.inference_mode()
    def admit(self, lane: Lane, newcomers: Sequence[Segment]) -> None:
        """Encode `newcomers` together; they take the rows after the last, in order."""
        config = self._artifacts[lane.artifact].config
        src_ids = _pad([segment.ids for segment in newcomers], config.special_ids.pad, config.limits.max_source_tokens)
        src_lengths = torch.tensor([segment.num_tokens for segment in newcomers])
        max_lengths = torch.tensor([segment.max_length for segment in newcomers])
        num_best = torch.tensor([segment.num_best for segment in newcomers])
        arena = self._arenas[lane]
        self._arenas[lane] = self._verbs(lane).admit(arena, src_ids, src_lengths, max_lengths, num_best)

    @torch.inference_mode()
    def step(self, lane: Lane, num_steps: int) -> None:
        """Advance every row in use by up to `num_steps` tokens."""
        self._arenas[lane] = self._verbs(lane).step(self._arenas[lane], num_steps)

    @torch.inference_mode()
    def finished(self, lane: Lane) -> list[int]:
        """Rows that are done, ascending."""
        flags: list[bool] = self._verbs(lane).finished(self._arenas[lane]).tolist()
        return [row for row, flag in enumerate(flags) if flag]

    @torch.inference_mode()
    def best(self, lane: Lane, rows: Sequence[int], owners: Sequence[Segment]) -> list[tuple[Hypothesis, ...]]:
        """Read the hypotheses of done `rows`, whose segments are `owners`."""
        num_best = max(segment.num_best for segment in owners)
        found = self._verbs(lane).best(self._arenas[lane], torch.tensor(rows), num_best)
        tokens, lengths = found.tokens.tolist(), found.lengths.tolist()
        log_probs, scores = found.log_probs.tolist(), found.scores.tolist()
        return [
            tuple(
                Hypothesis(
                    ids=tuple(tokens[r][b][: lengths[r][b]]),
                    log_prob=log_probs[r][b],
                    score=scores[r][b],
                    attention=_compact(found.attention[r, b], lengths[r][b], segment),
                )
                for b in range(segment.num_best)
                if lengths[r][b] > 0
            )
            for r, segment in enumerate(owners)
        ]

    @torch.inference_mode()
    def release(self, lane: Lane, rows: Sequence[int]) -> None:
        """Free ascending `rows`; kept ones move as `Rows.release` says."""
        self._arenas[lane] = self._verbs(lane).release(self._arenas[lane], torch.tensor(rows))

    def _verbs(self, lane: Lane) -> Any:
        return self._artifacts[lane.artifact].module


def _pad(rows: Sequence[Sequence[int]], pad_id: int, max_width: int) -> Tensor:
    """Stack `rows` of ids, padded on the right: [N, S]."""
    longest = max(len(row) for row in rows)
    width = min(max_width, -(-longest // _WIDTH_STEP) * _WIDTH_STEP)
    return torch.tensor([[*row, *[pad_id] * (width - len(row))] for row in rows])


def _compact(attention: Tensor, num_target: int, segment: Segment) -> Any:
    """Copy the real part of `attention` [T, S] out of the arena, if it was asked for."""
    if not segment.wants_attention:
        return None
    copy = attention[:num_target, : segment.num_tokens].float().numpy(force=True).copy()
    copy.flags.writeable = False  # results may be shared
    return copy
