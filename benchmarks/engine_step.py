"""What the engine gains over eager PyTorch: step times, latency of one sentence, throughput; all in one process.

    taskset -c 0 python -m benchmarks.engine_step --artifact artifacts/tatoeba-en-de

Peers have the artifact's own weights in float32, its beam and its penalties, and the same rules of search:

    textbook   one sentence after the other, a Python list of hypotheses, the decoder called for each of them
    eager      one sentence after the other through the search's own code, not scripted, its beam as a batch
    batched    the same for 32 sentences of similar length at a time, until the last of them has ended
    engine     the served one: scripted, refilled at every step

Rounds of all of them alternate. Times are the thread's processor time, so that other load on the machine weighs less;
everything runs in one thread.
"""

import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import torch
import typer

from benchmarks.engine_peers import Peers
from benchmarks.floor import Floor
from benchmarks.invariance import make_segments, read_lines
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from service.artifact import load
from service.engine.precision import AUTO
from service.engine.runner import Runner
from service.engine.segment import Lane, Segment
from service.text.subword import describe

NUM_ROWS = (1, 2, 4, 8, 16, 32)


def time_steps(runner: Runner, lane: Lane, segment: Segment, num_rows: int) -> list[float]:
    """Seconds of each of a few steps of `num_rows` rows in the middle of their search."""
    runner.admit(lane, [segment] * num_rows)
    runner.step(lane, 2)
    seconds = []
    for _ in range(6):
        started = time.thread_time()
        runner.step(lane, 1)
        seconds.append(time.thread_time() - started)
    runner.release(lane, range(num_rows))
    return seconds


def ratios(p50_ms: Mapping[str, float], rate: Mapping[str, float]) -> list[Ratio]:
    """The engine against each peer: one sentence, and all of them."""
    goals = {"eager": 5.0}
    return [
        *(
            Ratio(f"latency: {name} / engine", p50_ms[name] / p50_ms["engine"], goals.get(name), is_at_least=True)
            for name in ("textbook", "eager")
        ),
        *(
            Ratio(f"rate: engine / {name}", rate["engine"] / rate[name], goals.get(name), is_at_least=True)
            for name in ("textbook", "eager", "batched")
        ),
    ]


def steps(peers: Peers, segment: Segment) -> dict[str, dict[str, float]]:
    """Steps of a few numbers of rows, against the products alone, which are their floor."""
    floor = Floor(peers.network, peers.runner.form(peers.artifact.name))
    found: dict[str, dict[str, float]] = {}
    for num_rows in NUM_ROWS:
        step_s = statistics.median(time_steps(peers.runner, segment.lane, segment, num_rows))
        floor_s = floor.seconds(num_rows * segment.beam_size)
        found[f"{num_rows} x {segment.beam_size}"] = {
            "step_ms": round(1e3 * step_s, 2),
            "floor_ms": round(1e3 * floor_s, 2),
            "step_over_floor": round(step_s / floor_s, 2),
            "target_tokens_per_s": round(num_rows / step_s),
        }
    return found


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/captions.en"),
    limit: Annotated[int, typer.Option(help="Lines at most.")] = 96,
    rounds: Annotated[int, typer.Option(help="How often each way is taken.")] = 3,
    precision: Annotated[str, typer.Option(help="The engine's.")] = AUTO,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Compare the engine with its peers, write a line of JSON, and print the ratios."""
    torch.set_num_threads(1)
    loaded = load(artifact, describe)
    beam_size = loaded.config.search.beam_size
    segments = list(dict.fromkeys(make_segments(loaded, read_lines(texts, limit), beam_size)))
    peers = Peers(loaded, beam_size, precision)
    some = segments[:12]
    singles = {"textbook": peers.textbook, "eager": peers.eager, "engine": peers.engine_alone}
    totals = {"batched": peers.batched, "engine": peers.engine}
    latency_s: dict[str, list[float]] = {name: [] for name in singles}
    total_s: dict[str, list[float]] = {name: [] for name in totals}
    identical: dict[str, float] = {}
    expected = peers.eager(segments)
    for _ in range(rounds):
        for name, way in singles.items():
            for segment in some:
                started = time.thread_time()
                way([segment])
                latency_s[name].append(time.thread_time() - started)
        for name, way in totals.items():
            started = time.thread_time()
            found = way(segments)
            total_s[name].append(time.thread_time() - started)
            identical[name] = sum(a == b for a, b in zip(found, expected, strict=True)) / len(segments)
    identical["textbook"] = sum(a == b for a, b in zip(peers.textbook(some), expected, strict=False)) / len(some)
    p50_ms = {name: 1e3 * statistics.median(seconds) for name, seconds in latency_s.items()}
    rate = {name: len(some) * rounds / sum(latency_s[name]) for name in ("textbook", "eager")}
    rate |= {name: len(segments) / min(seconds) for name, seconds in total_s.items()}
    results = {
        "sentence_p50_ms": {name: round(value, 1) for name, value in p50_ms.items()},
        "sentences_per_s": {name: round(value, 1) for name, value in rate.items()},
        "rows_x_beam": steps(peers, segments[0]),
        "identical_to_eager": identical,
    }
    config = {"precision": peers.runner.precision(loaded.name), "beam_size": beam_size, "hash": loaded.hash}
    record = Record(command_line("benchmarks.engine_step"), config, output)
    record.add("engine-step", results, ratios(p50_ms, rate))
    typer.echo(record.table())


if __name__ == "__main__":
    typer.run(main)
