"""What an artifact's samples cost before anyone is served."""

from collections import Counter
from collections.abc import Sequence

import pytest

from service.engine.options import EngineOptions
from service.engine.rehearsal import rehearse
from service.engine.runner import Runner
from service.engine.segment import Lane, Priority
from tests.service.factories import make_artifact, make_sample

LENGTHS = (3, 20, 7, 12, 7, 5)


def test_a_sample_steps_until_it_is_done_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [make_sample(*range(5, 4 + length)) for length in LENGTHS]  # as many steps as tokens, the end included
    artifact = make_artifact(samples=samples)
    runner = Runner([artifact], EngineOptions(beam_sizes=(artifact.config.search.beam_size,), num_threads=1))
    lane = Lane(artifact.name, artifact.config.search.beam_size, Priority.INTERACTIVE)
    runner.open(lane)
    steps: Counter[int] = Counter()
    num_rows, step, release = [len(samples)], runner.step, runner.release

    def counted_step(lane: Lane, num_steps: int) -> list[int]:
        steps[num_rows[0]] += num_steps
        return step(lane, num_steps)

    def counted_release(lane: Lane, rows: Sequence[int]) -> None:
        num_rows[0] -= len(rows)
        release(lane, rows)

    monkeypatch.setattr(runner, "step", counted_step)
    monkeypatch.setattr(runner, "release", counted_release)
    rehearse(runner, lane)
    assert sum(rows * number for rows, number in steps.items()) == sum(LENGTHS)
    assert num_rows == [0]
