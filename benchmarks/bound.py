"""What any server could reach with the steps that this machine takes: if it did nothing else, and with all else.

    taskset -c 0 python -m benchmarks.bound --artifact artifacts/tatoeba-en-de

Measured are steps of one to 32 rows, what encoding as many takes, and how many steps each sentence needs. In simulated
time, requests then come to servers that do nothing but step, and to servers that encode as well and spend `request_ms`
on the text and the HTTP of each, on the same core. `refilled` gives a free row to whoever came first, with the number
of rows that serves best, and also lets newcomers wait until fewer than some rows run; `batched` gathers up to 32, and
steps until the last of them has ended.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Annotated

import torch
import typer

from benchmarks.arrivals import arrivals
from benchmarks.capacity import Search, find_capacity
from benchmarks.engine_step import NUM_ROWS, time_steps
from benchmarks.invariance import alone, make_segments, read_lines
from benchmarks.point import INTERACTIVE, Point, milliseconds
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from benchmarks.simulated import Costs, Request, Server, batched, interpolated, refilled
from service.artifact import load
from service.engine.options import EngineOptions
from service.engine.runner import Runner
from service.engine.segment import Segment
from service.text.subword import describe

WAITS_S = (0.005, 0.010, 0.030)
ENOUGH_ROWS = (4, 8)  # beside which newcomers may wait
_SECONDS = 240.0
_PRECISION = 0.02
_LOW_RATE_PER_S = 0.5


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


def time_encodes(runner: Runner, segment: Segment, num_rows: int) -> list[float]:
    """Seconds in which `num_rows` newcomers are encoded together and begun, a few times."""
    seconds = []
    for _ in range(6):
        started = time.thread_time()
        runner.admit(segment.lane, [segment] * num_rows)
        seconds.append(time.thread_time() - started)
        runner.release(segment.lane, range(num_rows))
    return seconds


@dataclass(frozen=True)
class Bound:
    """What simulated servers with these costs reach; with steps alone, hardly any that keeps the order does better."""

    per_s: dict[str, float]  # capacity of each refilled one
    offline_per_s: float
    p50_ratio: float  # at 80 % of the best capacity, to unloaded
    batched_per_s: float

    def ratios(self, how: str) -> list[Ratio]:
        """R1, R2 and R3 at best, `how` being what is counted."""
        best = max(self.per_s.values())
        return [
            Ratio(f"R1 at best, {how}: capacity / offline", best / self.offline_per_s, 0.9, is_at_least=True),
            Ratio(f"R2 at best, {how}: p50 at 80 % of it / unloaded", self.p50_ratio, 2.0),
            Ratio(f"R3 at best, {how}: capacity / timeout batching", best / self.batched_per_s, 2.0, is_at_least=True),
        ]


def bound(costs: Costs, num_steps: Sequence[int]) -> Bound:
    """Put requests of `num_steps` through the simulated servers."""
    most = max(NUM_ROWS)
    servers: dict[str, Server] = {f"{rows} rows": partial(refilled, costs, rows) for rows in NUM_ROWS}
    for enough in ENOUGH_ROWS:
        servers[f"{most} rows, none begun beside {enough}"] = partial(refilled, costs, most, enough=enough)
    per_s = {name: capacity(server, num_steps) for name, server in servers.items()}
    best = max(per_s, key=per_s.__getitem__)
    rates = (_LOW_RATE_PER_S, 0.8 * per_s[best])
    unloaded, loaded = (point(servers[best], num_steps, rate).latency_s(0.5) for rate in rates)
    return Bound(
        per_s,
        costs.offline_per_s(most, statistics.mean(num_steps)),
        loaded / unloaded,
        max(capacity(partial(batched, costs, most, wait_s), num_steps) for wait_s in WAITS_S),
    )


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/everyday.en"),
    limit: Annotated[int, typer.Option(help="Lines at most.")] = 100,
    request_ms: Annotated[float, typer.Option(help="Text and HTTP of a request: Serving's share over its rate.")] = 1.5,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure steps, put requests through them, write a line of JSON, and print the ratios."""
    torch.set_num_threads(1)
    loaded = load(artifact, describe)
    segments = make_segments(loaded, read_lines(texts, limit), loaded.config.search.beam_size)
    runner = Runner([loaded], EngineOptions((loaded.config.search.beam_size,), num_threads=1))
    runner.start()
    usual = sorted(segments, key=lambda segment: segment.num_tokens)[len(segments) // 2]
    steps = {rows: statistics.median(time_steps(runner, usual.lane, usual, rows)) for rows in NUM_ROWS}
    encodes = {rows: statistics.median(time_encodes(runner, usual, rows)) for rows in NUM_ROWS}
    num_steps = [len(ids) for ids in alone(runner, usual.lane, segments).values()]
    steps_alone, whole = (
        bound(costs, num_steps)
        for costs in (
            Costs(interpolated(steps)),
            Costs(interpolated(steps), interpolated(encodes), request_ms / 1e3),
        )
    )
    results = {
        "step_ms": {f"{rows} rows": milliseconds(seconds) for rows, seconds in steps.items()},
        "encode_ms": {f"{rows} rows": milliseconds(seconds) for rows, seconds in encodes.items()},
        "capacity_per_s": {name: round(rate, 1) for name, rate in steps_alone.per_s.items()},
        "capacity_with_all_per_s": {name: round(rate, 1) for name, rate in whole.per_s.items()},
        "offline_per_s": round(steps_alone.offline_per_s, 1),
        "offline_with_encoding_per_s": round(whole.offline_per_s, 1),
        "request_ms": request_ms,
    }
    record = Record(command_line("benchmarks.bound"), {"hash": loaded.hash}, output)
    record.add("bound", results, [*steps_alone.ratios("steps alone"), *whole.ratios("with all")])
    typer.echo(record.table())


if __name__ == "__main__":
    typer.run(main)
