"""What any server could reach with the steps that this machine takes, if it did nothing else.

    taskset -c 0 python -m benchmarks.bound --artifact artifacts/tatoeba-en-de

Measured are steps of one to 32 rows, and how many each sentence needs. In simulated time, requests then come to servers
that do nothing but step: no HTTP, no text, no encoding. `refilled` gives a free row to whoever came first, with the
number of rows that serves best; `batched` gathers up to 32, and steps until the last of them has ended.
"""

import statistics
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Annotated

import torch
import typer

from benchmarks.arrivals import arrivals
from benchmarks.capacity import Search, find_capacity
from benchmarks.engine_step import NUM_ROWS, time_steps
from benchmarks.invariance import alone, make_segments, read_lines
from benchmarks.point import INTERACTIVE, Point, Sample, milliseconds
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from service.artifact import load
from service.engine.options import EngineOptions
from service.engine.runner import Runner
from service.text.subword import describe

WAITS_S = (0.005, 0.010, 0.030)
_SECONDS = 240.0
_PRECISION = 0.02
_LOW_RATE_PER_S = 0.5

StepTime = Callable[[int], float]


@dataclass(frozen=True)
class Request:
    """A sentence of `num_steps` that is due at `due_s`."""

    due_s: float
    num_steps: int


Server = Callable[[Sequence[Request]], list[Sample]]


def refilled(step_s: StepTime, max_rows: int, requests: Sequence[Request]) -> list[Sample]:
    """Serve `requests`, which are in order; a step of n rows takes `step_s(n)`, and rows are refilled after each."""
    waiting, running = deque(requests), list[tuple[Request, int]]()
    samples: list[Sample] = []
    now = 0.0
    while waiting or running:
        if not running:
            now = max(now, waiting[0].due_s)
        while waiting and waiting[0].due_s <= now and len(running) < max_rows:
            request = waiting.popleft()
            running.append((request, request.num_steps))
        now += step_s(len(running))
        running = [(request, left - 1) for request, left in running]
        samples += [Sample(request.due_s, request.due_s, now) for request, left in running if left == 0]
        running = [each for each in running if each[1] > 0]
    return samples


def batched(step_s: StepTime, max_rows: int, wait_s: float, requests: Sequence[Request]) -> list[Sample]:
    """Serve `requests` in batches whose first waits up to `wait_s` for others; all wait for the longest."""
    waiting = deque(requests)
    samples: list[Sample] = []
    now = 0.0
    while waiting:
        closes = max(now, waiting[0].due_s + wait_s)
        batch: list[Request] = []
        while waiting and waiting[0].due_s <= closes and len(batch) < max_rows:
            batch.append(waiting.popleft())
        started = max(now, batch[-1].due_s) if len(batch) == max_rows else closes
        now = started + max(request.num_steps for request in batch) * step_s(len(batch))
        samples += [Sample(request.due_s, request.due_s, now) for request in batch]
    return samples


def interpolated(measured: dict[int, float]) -> StepTime:
    """Seconds of a step of any number of rows, on straight lines between those that were `measured`."""
    table = {}
    for low, high in pairwise(sorted(measured)):
        for rows in range(low, high + 1):
            part = (rows - low) / (high - low)
            table[rows] = measured[low] + part * (measured[high] - measured[low])
    return table.__getitem__


def point(server: Server, num_steps: Sequence[int], rate_per_s: float) -> Point:
    """What `server` makes of some minutes of requests, whose lengths are drawn from `num_steps`."""
    generator = Random(0)
    due = arrivals(rate_per_s, _SECONDS, generator)
    requests = [Request(due_s, generator.choice(num_steps)) for due_s in due]
    return Point(rate_per_s, _SECONDS, server(requests))


def capacity(server: Server, num_steps: Sequence[int]) -> float:
    """The highest rate at which `server` keeps p97 <= 250 ms."""
    search = Search(INTERACTIVE, 10.0, _PRECISION)
    return find_capacity(partial(point, server, num_steps), search).rate_per_s


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/everyday.en"),
    limit: Annotated[int, typer.Option(help="Lines at most.")] = 100,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure steps, put requests through them, write a line of JSON, and print the ratios."""
    torch.set_num_threads(1)
    loaded = load(artifact, describe)
    segments = make_segments(loaded, read_lines(texts, limit), loaded.config.search.beam_size)
    runner = Runner([loaded], EngineOptions((loaded.config.search.beam_size,), num_threads=1))
    runner.start()
    lane = segments[0].lane
    measured = {rows: statistics.median(time_steps(runner, lane, segments[0], rows)) for rows in NUM_ROWS}
    num_steps = [len(ids) for ids in alone(runner, lane, segments).values()]
    step_s = interpolated(measured)

    most = max(NUM_ROWS)
    offline_per_s = most / step_s(most) / statistics.mean(num_steps)
    rates = {rows: capacity(partial(refilled, step_s, rows), num_steps) for rows in NUM_ROWS}
    best = max(rates, key=rates.__getitem__)
    loads = {"unloaded": _LOW_RATE_PER_S, "at 80 %": 0.8 * rates[best]}
    p50_s = {
        name: point(partial(refilled, step_s, best), num_steps, rate).latency_s(0.5) for name, rate in loads.items()
    }
    static = max(capacity(partial(batched, step_s, most, wait_s), num_steps) for wait_s in WAITS_S)

    results = {
        "step_ms": {f"{rows} rows": milliseconds(seconds) for rows, seconds in measured.items()},
        "capacity_per_s": {f"{rows} rows": round(rate, 1) for rows, rate in rates.items()},
        "offline_per_s": round(offline_per_s, 1),
    }
    record = Record(command_line("benchmarks.bound"), {"hash": loaded.hash}, output)
    record.add(
        "bound",
        results,
        [
            Ratio("R1 at best: capacity / offline", rates[best] / offline_per_s, 0.9, is_at_least=True),
            Ratio("R2 at best: p50 at 80 % of it / unloaded", p50_s["at 80 %"] / p50_s["unloaded"], 2.0),
            Ratio("R3 at best: capacity / best timeout batching", rates[best] / static, 2.0, is_at_least=True),
        ],
    )
    typer.echo(record.table())


if __name__ == "__main__":
    typer.run(main)
