"""Runs an artifact's samples before anyone is served: golden test, warm-up and measurement."""

import logging
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from service.artifact import Artifact, SamplesNotReproduced
from service.artifact_config import Sample
from service.engine.entry import Entry
from service.engine.forecast import Forecast
from service.engine.options import EngineOptions
from service.engine.precision import LARGEST_LOSS, Precision
from service.engine.result import Hypothesis
from service.engine.rows import Rows
from service.engine.runner import Runner
from service.engine.segment import Lane, Priority, Segment

log = logging.getLogger(__name__)

# Kernels differ between machines and batch sizes in the last digits of float32.
_TOLERANCE = 1e-3

_WARMING = 4  # samples
_MEASURED_ROWS = (1, 4, 8, 16)  # and all; between them, times of steps are interpolated
_NUM_ROUNDS, _NUM_STEPS = 3, 2  # of every size in turn, so that a slow moment falls on none alone


class SamplesMuchWorse(SamplesNotReproduced):
    """The artifact is sound, and a precision below that of its samples is not good enough for it."""


def self_check(artifact: Artifact, device: str = "cpu") -> None:
    """Reproduce the samples of `artifact` outside any engine, in fp32 on `device`; raises SamplesNotReproduced.

    The module is on that device afterwards: whoever serves it names the one that it serves from.
    """
    beam_size = artifact.config.search.beam_size
    options = EngineOptions((beam_size,), precision=Precision.FP32, device=device, has_cuda_graphs=False)
    runner = Runner([artifact], options)
    lane = Lane(artifact.name, beam_size, Priority.INTERACTIVE)
    runner.open(lane)
    rehearse(runner, lane)


def rehearse(runner: Runner, lane: Lane) -> None:
    """Translate samples in `lane`: all, and compared, at the beam size they were made with; else some, to warm up.

    Where the lane is less precise than the samples, these are reproduced in fp32 first; where one becomes much worse,
    the lane goes on in fp32, unless its precision was asked for.

    Raises:
        SamplesNotReproduced: the module, or the precision that was asked for, does not give what it should.
    """
    try:
        _rehearse(runner, lane)
    except SamplesMuchWorse as fault:
        if not runner.fall_back(lane.artifact):
            raise
        log.warning("%s, so %s computes in fp32", fault, lane.artifact)
        _rehearse(runner, lane)


def _rehearse(runner: Runner, lane: Lane) -> None:
    artifact = runner.artifact(lane.artifact)
    is_comparable = lane.beam_size == artifact.config.search.beam_size
    is_exact = runner.precision(lane.artifact) is Precision.FP32
    if is_comparable and not is_exact:
        self_check(artifact, runner.device)
    samples = artifact.samples if is_comparable else artifact.samples[:_WARMING]
    for start in range(0, len(samples), runner.capacity):
        group = samples[start : start + runner.capacity]
        for sample, hypothesis in zip(group, _translate(runner, lane, group), strict=True):
            if is_comparable and is_exact:
                _compare(sample, hypothesis, artifact)
            elif is_comparable and not hypothesis.score > sample.score - LARGEST_LOSS:
                raise SamplesMuchWorse(
                    f"{artifact.path}: sample {sample.source!r} gives score {hypothesis.score} in "
                    f"{runner.precision(lane.artifact)}; expected {sample.score} or not much less"
                )


def measure(runner: Runner, lane: Lane, clock: Callable[[], float], forecast: Forecast) -> None:
    """Enter into `forecast` what steps of few and of many rows take, and how long the samples became."""
    artifact = runner.artifact(lane.artifact)
    if not artifact.samples:
        return
    for sample in artifact.samples:
        forecast.translated(lane, len(sample.source_ids), len(sample.target_ids))
    by_length = sorted(artifact.samples, key=lambda sample: len(sample.target_ids))
    usual = by_length[len(by_length) // 2]
    sizes = [n for n in _MEASURED_ROWS if n < runner.capacity] + [runner.capacity]
    least_s = dict.fromkeys(sizes, math.inf)
    for _ in range(_NUM_ROUNDS):
        for num_rows in sizes:
            segments = _segments(runner, lane, [usual] * num_rows)
            started = clock()
            runner.admit(lane, segments)
            forecast.encoded(lane, num_rows * len(usual.source_ids), clock() - started)
            least_s[num_rows] = min(least_s[num_rows], _least_step_s(runner, lane, clock))
            runner.release(lane, range(num_rows))
    for num_rows, step_s in least_s.items():
        forecast.measured(lane, num_rows, step_s)
    steps = ", ".join(f"{num_rows} in {step_s:.6f}" for num_rows, step_s in least_s.items())
    log.info("%s: seconds of a step of so many rows: %s; enough are %s", lane, steps, forecast.num_enough(lane))


def _least_step_s(runner: Runner, lane: Lane, clock: Callable[[], float]) -> float:
    times = [clock()]
    for _ in range(_NUM_STEPS):
        runner.step(lane, 1)
        times.append(clock())
    return min(after - before for before, after in pairwise(times))


def _segments(runner: Runner, lane: Lane, samples: Sequence[Sample]) -> list[Segment]:
    config = runner.artifact(lane.artifact).config
    return [
        Segment(lane.artifact, lane.beam_size, sample.source_ids, config.max_length(len(sample.source_ids)))
        for sample in samples
    ]


def _translate(runner: Runner, lane: Lane, samples: Sequence[Sample]) -> list[Hypothesis]:
    """Translate `samples` together in an empty arena, each row freed as soon as it is done; leaves it empty."""
    segments = _segments(runner, lane, samples)
    entries = [Entry(segment, 0.0) for segment in segments]
    rows = Rows(len(entries))
    rows.append(entries)
    runner.admit(lane, segments)
    found: dict[Entry, Hypothesis] = {}
    for _ in range(runner.artifact(lane.artifact).config.limits.max_target_tokens):
        found |= _take(runner, lane, rows, runner.step(lane, 1))
        if len(rows) == 0:
            break
    found |= _take(runner, lane, rows, range(len(rows)))  # of a faulty module: what it has is compared as well
    return [found[entry] for entry in entries]


def _take(runner: Runner, lane: Lane, rows: Rows, done: Sequence[int]) -> dict[Entry, Hypothesis]:
    """The best hypothesis of each of the `done` rows, which are released."""
    owners = [owner for row in done if (owner := rows.owners[row]) is not None]
    if not owners:
        return {}
    found = runner.best(lane, done, [owner.segment for owner in owners])
    runner.release(lane, done)
    rows.release(done)
    return {owner: hypotheses[0] for owner, hypotheses in zip(owners, found, strict=True)}


def _compare(sample: Sample, hypothesis: Hypothesis, artifact: Artifact) -> None:
    where = f"{artifact.path}: sample {sample.source!r}"
    if hypothesis.ids != sample.target_ids:
        raise SamplesNotReproduced(f"{where} gives ids {hypothesis.ids}; expected {sample.target_ids}")
    for name, found, expected in (
        ("score", hypothesis.score, sample.score),
        ("log_prob", hypothesis.log_prob, sample.log_prob),
    ):
        if not math.isclose(found, expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            raise SamplesNotReproduced(f"{where} gives {name} {found}; expected {expected}")
