"""How soon after its start `dragoman serve` is ready, and what the time goes to.

The parts of a start are told by its own log: `imports` until it listens, artifacts loaded and checked; `warm-up` from
then until every lane has reproduced its samples. Between the starts, a bare Python imports torch alone: a floor that no
program with torch can pass.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.process import LISTENING, READY, started
from benchmarks.record import Ratio

GOAL_S = 5.0


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process: until it listens, until it is ready; and those of torch's import alone."""

    listening_s: float
    ready_s: float
    torch_s: float


def measure(artifact: Path, num_starts: int) -> list[Start]:
    """Start the service so often, one after the other; files are in the system's cache from the first time on."""
    return [Start(*_start(artifact), _import_torch()) for _ in range(num_starts)]


def _start(artifact: Path) -> tuple[float, float]:
    with started(artifact) as process:
        return process.seconds_until(LISTENING), process.seconds_until(READY)


def _import_torch() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - started


def results(starts: Sequence[Start]) -> dict[str, Any]:
    """Medians and all starts, ready for JSON."""
    return {
        "median_s": {name: round(value, 2) for name, value in _medians(starts).items()},
        "starts": {
            f"start {number}": {name: round(value, 2) for name, value in asdict(start).items()}
            for number, start in enumerate(starts, start=1)
        },
    }


def ratios(starts: Sequence[Start]) -> list[Ratio]:
    """The goal and the parts, in seconds."""
    medians = _medians(starts)
    return [
        Ratio("start to ready, s", medians["ready"], GOAL_S),
        Ratio("   imports, artifact loaded and checked", medians["imports and loading"]),
        Ratio("   warm-up of every lane", medians["warm-up"]),
        Ratio("   the import of torch alone", medians["torch alone"]),
    ]


def _medians(starts: Sequence[Start]) -> dict[str, float]:
    return {
        "ready": statistics.median(start.ready_s for start in starts),
        "imports and loading": statistics.median(start.listening_s for start in starts),
        "warm-up": statistics.median(start.ready_s - start.listening_s for start in starts),
        "torch alone": statistics.median(start.torch_s for start in starts),
    }
