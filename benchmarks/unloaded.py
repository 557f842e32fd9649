"""One sentence while nobody else asks, over and over with new processes: what HTTP adds, and what eager PyTorch takes.

A process keeps its weights where it happened to put them, and two engines with the same weights differ by some percent
for as long as they live. So the server and the engine in process are started anew several times, each time all ways are
measured in turns, and the figures are medians over the starts.
"""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.cores import Cores, on_core
from benchmarks.kinds import Kind, computed_by
from benchmarks.latency import AROUND, ENGINE, HTTP, alone, unloaded
from benchmarks.point import milliseconds
from benchmarks.record import Ratio
from benchmarks.target import running_dragoman
from benchmarks.texts import Texts
from service.artifact import load
from service.text.subword import describe

Start = Mapping[str, float]  # median seconds of each way


def measure(artifact: Path, texts: Texts, num_starts: int, num_rounds: int, cores: Cores) -> list[Start]:
    """Start a service and an engine so often, and let `num_rounds` sentences go all ways each time."""
    context = get_context("spawn")
    starts: list[Start] = []
    for _ in range(num_starts):
        with ProcessPoolExecutor(1, mp_context=context) as process:
            starts.append(process.submit(_start, artifact, texts, num_rounds, cores).result())
    return starts


def _start(path: Path, texts: Texts, num_rounds: int, cores: Cores) -> Start:
    torch.set_num_threads(1)
    artifact = load(path, describe)
    with on_core(cores.server):
        modules = {kind: computed_by(kind, artifact) for kind in Kind}
    with running_dragoman(path, cores) as target, on_core(cores.server):
        return asyncio.run(unloaded(target, modules, texts, num_rounds))


def results(starts: Sequence[Start]) -> dict[str, Any]:
    """All starts, ready for JSON."""
    return {
        "unloaded_p50_ms": {
            f"start {number}": {name: milliseconds(seconds) for name, seconds in start.items()}
            | {"http beyond engine": milliseconds(_added_s(start))}
            for number, start in enumerate(starts, start=1)
        }
    }


def ratios(starts: Sequence[Start]) -> list[Ratio]:
    """What is compared with goals: medians over the starts of what was found within each."""
    added_ms = sorted(1000 * _added_s(start) for start in starts)
    return [
        Ratio("R4 unloaded HTTP / module in process", _median(starts, HTTP, alone(Kind.SCRIPTED)), 1.05),
        Ratio("R8 latency: eager / engine", _median(starts, alone(Kind.EAGER), ENGINE), 5.0, is_at_least=True),
        Ratio(
            "   latency: eager / scripted, without the engine", _median(starts, alone(Kind.EAGER), alone(Kind.SCRIPTED))
        ),
        Ratio("   latency: onnx / engine", _median(starts, alone(Kind.ONNX), ENGINE)),
        Ratio("R9 HTTP adds at p50, ms", statistics.median(added_ms), 1.0),
        Ratio("   in the best start", added_ms[0]),
        Ratio("   in the worst start", added_ms[-1]),
        Ratio(
            "   HTTP takes around the translation at p50, ms",
            1000 * statistics.median(start[AROUND] for start in starts),
        ),
    ]


def _added_s(start: Start) -> float:
    return start[HTTP] - start[ENGINE]


def _median(starts: Sequence[Start], over: str, under: str) -> float:
    return statistics.median(start[over] / start[under] for start in starts)
