"""Turns segments into tensors and back, over the arenas of all lanes. Used by one thread."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from service.artifact import Artifact
from service.engine.border import Kept, keep
from service.engine.compute import Compute, can_prepare
from service.engine.options import EngineOptions
from service.engine.precision import Precision
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
        self._compute = Compute(artifacts, options)
        self._arenas: dict[Lane, Kept] = {}

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Every combination of artifact, served beam size and class; interactive first, reserves last."""
        lanes = tuple(
            Lane(name, beam_size, priority)
            for priority in (Priority.INTERACTIVE, Priority.BULK)
            for name in self._artifacts
            for beam_size in self.beam_sizes(name)
        )
        return lanes + tuple(lane.reserve for lane in lanes if self._options.reserve_rows > 0)

    def beam_sizes(self, artifact: str) -> tuple[int, ...]:
        """Served beam sizes of the named artifact, ascending."""
        default = self._artifacts[artifact].config.search.beam_size
        return tuple(sorted(set(self._options.beam_sizes or (1, default))))

    def artifact(self, name: str) -> Artifact:
        """Return the artifact of that name."""
        return self._artifacts[name]

    def precision(self, name: str) -> Precision:
        """What the named artifact computes in."""
        return self._compute.precision(name)

    @property
    def device(self) -> str:
        """What computes: cpu or cuda."""
        return self._compute.device.type

    def form(self, name: str) -> str:
        """What the weights of the named artifact are made into."""
        return self._compute.form(self._artifacts[name])

    def fall_back(self, name: str) -> bool:
        """Compute the named artifact in fp32 from now on, in new arenas; False if another was asked for."""
        if not self._compute.fall_back(name):
            return False
        for lane in [lane for lane in self._arenas if lane.artifact == name]:
            self.open(lane)
        return True

    @property
    def capacity(self) -> int:
        """Rows of each arena but the reserves'."""
        return self._options.max_rows

    def start(self) -> None:
        """Open every lane's arena; to be called on the thread that will call all else."""
        torch.set_num_threads(self._options.num_threads)
        for lane in self.lanes:
            self.open(lane)

    @torch.inference_mode()
    def open(self, lane: Lane) -> None:
        """Allocate the lane's arena, or allocate it anew."""
        artifact = self._artifacts[lane.artifact]
        verbs: Any = artifact.module
        limits, search = artifact.config.limits, artifact.config.search
        num_rows = self._options.reserve_rows if lane.is_reserve else self._options.max_rows
        sizes = (num_rows, lane.beam_size, limits.max_source_tokens, limits.max_target_tokens)
        penalties = (search.length_penalty, search.coverage_penalty)
        if can_prepare(artifact):
            weights = self._compute.weights(artifact)
            kept = keep(verbs, lambda: verbs.open_with(weights, *sizes, *penalties))
        else:
            kept = keep(verbs, lambda: verbs.open(*sizes, *penalties))
        self._arenas[lane] = self._compute.recorded(artifact, kept, num_rows)

    @torch.inference_mode()
    def admit(self, lane: Lane, newcomers: Sequence[Segment]) -> None:
        """Encode `newcomers` together, one by one if answers must not depend on company at all.

        They take the rows after the last, in order.
        """
        for group in [[each] for each in newcomers] if self._options.is_strict else [newcomers]:
            self._admit(lane, group)

    def _admit(self, lane: Lane, newcomers: Sequence[Segment]) -> None:
        config = self._artifacts[lane.artifact].config
        ids = [segment.ids for segment in newcomers]
        src_ids = self._tensor(_pad(ids, config.special_ids.pad, config.limits.max_source_tokens))
        src_lengths = self._tensor([segment.num_tokens for segment in newcomers])
        max_lengths = self._tensor([segment.max_length for segment in newcomers])
        num_best = self._tensor([segment.num_best for segment in newcomers])
        self._arenas[lane].kept_admit(src_ids, src_lengths, max_lengths, num_best)

    @torch.inference_mode()
    def step(self, lane: Lane, num_steps: int) -> list[int]:
        """Advance every row in use by up to `num_steps` tokens; returns the rows that are done, ascending."""
        flags: list[bool] = self._arenas[lane].kept_step(num_steps).tolist()
        return [row for row, flag in enumerate(flags) if flag]

    @torch.inference_mode()
    def best(self, lane: Lane, rows: Sequence[int], owners: Sequence[Segment]) -> list[tuple[Hypothesis, ...]]:
        """Read the hypotheses of done `rows`, whose segments are `owners`."""
        num_best = max(segment.num_best for segment in owners)
        *found, attention = self._arenas[lane].kept_best(self._tensor(rows), num_best)
        tokens, lengths, log_probs, scores = (each.tolist() for each in found)
        return [
            tuple(
                Hypothesis(
                    ids=tuple(tokens[r][b][: lengths[r][b]]),
                    log_prob=log_probs[r][b],
                    score=scores[r][b],
                    attention=_compact(attention[r, b], lengths[r][b], segment),
                )
                for b in range(segment.num_best)
                if lengths[r][b] > 0
            )
            for r, segment in enumerate(owners)
        ]

    @torch.inference_mode()
    def release(self, lane: Lane, rows: Sequence[int]) -> None:
        """Free ascending `rows`; kept ones move as `Rows.release` says."""
        self._arenas[lane].kept_release(self._tensor(rows))

    def _tensor(self, values: Sequence[Any]) -> Tensor:
        return torch.tensor(values, device=self._compute.device)


def _pad(rows: Sequence[Sequence[int]], pad_id: int, max_width: int) -> list[list[int]]:
    """Rows of ids, padded on the right to one length."""
    longest = max(len(row) for row in rows)
    width = min(max_width, -(-longest // _WIDTH_STEP) * _WIDTH_STEP)
    return [[*row, *[pad_id] * (width - len(row))] for row in rows]


def _compact(attention: Tensor, num_target: int, segment: Segment) -> Any:
    """Copy the real part of `attention` [T, S] out of the arena, if it was asked for."""
    if not segment.wants_attention:
        return None
    copy = attention[:num_target, : segment.num_tokens].float().numpy(force=True).copy()
    copy.flags.writeable = False  # results may be shared
    return copy
