"""Turns segments into tensors and back: the engine's only file that knows torch. Used by one thread."""

import logging
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from service.artifact import Artifact
from service.engine.border import Kept, keep
from service.engine.options import EngineOptions
from service.engine.precision import AUTO, WIDE_FORM, Precision, choose_precision, form_of
from service.engine.result import Hypothesis
from service.engine.segment import Lane, Priority, Segment

log = logging.getLogger(__name__)

_WIDTH_STEP = 8  # sources are padded to a multiple, which bounds the number of shapes
_STRICT_TILE = 16  # rows of a product; from so many on, one kernel computes them all


class DeviceUnavailable(ValueError):
    """A device was asked for that this machine, or this build of torch, does not have."""


def choose_device(wanted: str, has_cuda: bool) -> torch.device:
    """Return the `wanted` device; `auto` is CUDA's where there is one.

    Raises:
        DeviceUnavailable: `wanted` is cuda, and there is none.
    """
    if wanted == "cuda" and not has_cuda:
        raise DeviceUnavailable("device is cuda; this machine, or this build of torch, has no CUDA device")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


class Runner:
    """Holds the arenas of all lanes and moves them through the verbs of their modules."""

    def __init__(self, artifacts: Sequence[Artifact], options: EngineOptions) -> None:
        self._artifacts = {artifact.name: artifact for artifact in artifacts}
        if len(self._artifacts) != len(artifacts):
            raise ValueError(f"artifacts share a name: {sorted(artifact.name for artifact in artifacts)}")
        self._options = options
        self._device = choose_device(options.device, torch.cuda.is_available())
        for artifact in artifacts:
            artifact.module.to(self._device)
        self._arenas: dict[Lane, Kept] = {}
        self._weights: dict[str, Any] = {}  # what the steps of all lanes of an artifact compute with
        self._precisions = {artifact.name: self._choose_precision(artifact) for artifact in artifacts}

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
        """What the steps of the named artifact compute in."""
        return self._precisions[name]

    def form(self, name: str) -> str:
        """What the matrices of the named artifact's steps are made into."""
        if self._device.type != "cpu":
            return "plain"
        return form_of(self._precisions[name], _capabilities(self._artifacts[name]))

    def fall_back(self, name: str) -> bool:
        """Compute the named artifact's steps in fp32 from now on, in new arenas; False if another was asked for."""
        if self._options.precision != AUTO or self._precisions[name] is Precision.FP32:
            return False
        self._precisions[name] = Precision.FP32
        self._weights.pop(name, None)
        for lane in [lane for lane in self._arenas if lane.artifact == name]:
            self.open(lane)
        return True

    @property
    def capacity(self) -> int:
        """Rows of each arena but the reserves'."""
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
        verbs: Any = artifact.module
        limits, search = artifact.config.limits, artifact.config.search
        num_rows = self._options.reserve_rows if lane.is_reserve else self._options.max_rows
        sizes = (num_rows, lane.beam_size, limits.max_source_tokens, limits.max_target_tokens)
        penalties = (search.length_penalty, search.coverage_penalty)
        if not _can_prepare(artifact):
            self._arenas[lane] = keep(verbs, lambda: verbs.open(*sizes, *penalties))
            return
        if lane.artifact not in self._weights:
            self._weights[lane.artifact] = self._prepare(artifact)
        weights = self._weights[lane.artifact]
        self._arenas[lane] = keep(verbs, lambda: verbs.open_with(weights, *sizes, *penalties))

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
    def step(self, lane: Lane, num_steps: int) -> None:
        """Advance every row in use by up to `num_steps` tokens."""
        self._arenas[lane].kept_step(num_steps)

    @torch.inference_mode()
    def finished(self, lane: Lane) -> list[int]:
        """Rows that are done, ascending."""
        flags: list[bool] = self._arenas[lane].kept_finished().tolist()
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
        return torch.tensor(values, device=self._device)

    def _choose_precision(self, artifact: Artifact) -> Precision:
        """Choose, and say so.

        Raises:
            PrecisionUnavailable: the options ask for one that this machine or the artifact does not have.
        """
        has_choice = (
            self._device.type == "cpu"
            and _can_prepare(artifact)
            and next(artifact.module.parameters()).dtype == torch.float32
        )
        capabilities = _capabilities(artifact) if has_choice else frozenset[str]()
        precision = choose_precision(self._options.precision, capabilities)
        how = ", strictly" if self._options.is_strict else ""
        log.info("%s computes in %s on %s%s", artifact.name, precision, self._device, how)
        return precision

    def _prepare(self, artifact: Artifact) -> Any:
        """Make what the steps of `artifact` compute with, once for all of its lanes."""
        if self._device.type != "cpu":
            torch.backends.cudnn.allow_tf32 = False  # fp32 means fp32, on every device
        if "fbgemm" in _capabilities(artifact):
            torch.backends.quantized.engine = "fbgemm"
        with warnings.catch_warnings():
            # The packed products outlive the tensors that they are made from, which upstream deprecates.
            warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, torch\.quantize_per_channel", UserWarning)
            tile = _STRICT_TILE if self._options.is_strict else 1
            return artifact.module.prepare(self.form(artifact.name), tile)  # type: ignore[operator]


def _can_prepare(artifact: Artifact) -> bool:
    """Whether the module's arenas can share what steps compute with, in a form that is chosen here."""
    return hasattr(artifact.module, "prepare")


def _capabilities(artifact: Artifact) -> frozenset[str]:
    """What of interest the CPU, this build of torch and the module of `artifact` can do."""
    found = {name for name, is_there in torch.cpu.get_capabilities().items() if is_there is True}
    if torch.backends.mkldnn.is_available():
        found.add("mkldnn")
    if WIDE_FORM in getattr(artifact.module, "forms", ()):
        found.add(WIDE_FORM)
    return frozenset(found | set(torch.backends.quantized.supported_engines))


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
