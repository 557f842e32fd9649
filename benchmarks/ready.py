"""How soon after its start `dragoman serve` is ready, and what the time goes to.

The parts of a start are told by its own log: `imports` until it listens, artifacts loaded and checked; `warm-up` from
then until every lane has reproduced its samples, which the engine has begun to do before, as soon as the artifacts were
loaded. Between the starts, a bare Python imports torch alone, a floor that no program with torch can pass, and another
one all that the service imports.
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
_IMPORTS = "import service.backend, service.cli.server"


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process: until it listens, until it is ready; and those of imports alone."""

    listening_s: float
    ready_s: float
    torch_s: float
    imports_s: float


def measure(artifact: Path | None, num_starts: int) -> list[Start]:
    """Start the service of `artifact`, or of the default ones, so often; files are in memory from the first on."""
    return [Start(*_start(artifact), _run("import torch"), _run(_IMPORTS)) for _ in range(num_starts)]


def _start(artifact: Path | None) -> tuple[float, float]:
    with started(artifact) as process:
        return process.seconds_until(LISTENING), process.seconds_until(READY)


def _run(program: str) -> float:
    """Seconds of a process of Python."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began


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
        Ratio("   of it until it listens: imports, artifact loaded and checked", medians["imports and loading"]),
        Ratio("   of it the rest of the warm-up of every lane", medians["warm-up"]),
        Ratio("   a Python that only imports torch", medians["torch alone"]),
        Ratio("   a Python that only imports what the service does", medians["imports alone"]),
    ]


def _medians(starts: Sequence[Start]) -> dict[str, float]:
    return {
        "ready": statistics.median(start.ready_s for start in starts),
        "imports and loading": statistics.median(start.listening_s for start in starts),
        "warm-up": statistics.median(start.ready_s - start.listening_s for start in starts),
        "torch alone": statistics.median(start.torch_s for start in starts),
        "imports alone": statistics.median(start.imports_s for start in starts),
    }
