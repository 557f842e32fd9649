"""The slope of memory, and a service that does not start."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.memory import Memory
from benchmarks.process import READY, started

NO_PROCESS: Any = None  # samples are made up


def test_slope_is_that_of_what_comes_after_the_warm_up() -> None:
    warm_up = [(0, 0), (100, 900 * 1024)]
    steady = [(number, (1000 + 2 * number) * 1024) for number in range(300, 1001, 100)]
    assert Memory(NO_PROCESS, [*warm_up, *steady]).kib_a_request() == pytest.approx(2.0)


def test_no_slope_without_samples() -> None:
    assert Memory(NO_PROCESS).kib_a_request() == 0.0
    assert Memory(NO_PROCESS, [(5, 1024)]).kib_a_request() == 0.0


def test_curve_is_short_and_ends_with_the_last_sample() -> None:
    curve = Memory(NO_PROCESS, [(number, 2**20 * number) for number in range(1000)]).curve_mib()
    assert len(curve) < 30
    assert curve[-1] == (999, 999.0)


@pytest.mark.slow
def test_a_service_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    with started(tmp_path / "nothing") as process, pytest.raises(RuntimeError, match="nothing"):
        process.seconds_until(READY)
