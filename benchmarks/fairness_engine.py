"""What someone with one sentence feels in the engine alone while another client keeps it full.

    python -m benchmarks.fairness_engine --artifact artifacts/tatoeba-en-de

The engine's own turns, without HTTP and without threads, on a clock that counts the processor time of this thread and
jumps over idle time: other load on the machine hardly shows. A watched client sends a sentence every so often; the
other one has thousands waiting, as bulk or as urgent.
"""

import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from benchmarks.invariance import make_segments, read_lines
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from service.artifact import Artifact, load
from service.engine.batcher import Batcher
from service.engine.delivery import Ticket, hand_out
from service.engine.entry import Entry
from service.engine.gate import Gate
from service.engine.observer import SilentObserver
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.runner import Runner
from service.engine.segment import Priority, Segment
from service.text.subword import describe

_NUM_OF_OTHER = 5000
_WARM_S = 0.5  # of the other one alone, before the watched client begins
_GOAL = 2.0


class ProcessorTime:
    """Seconds of this thread's processor time, plus what was skipped."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def __call__(self) -> float:
        """The time now."""
        return time.thread_time() + self._skipped_s

    def skip_to(self, when: float) -> None:
        """Let it be `when`, if it is not later already."""
        self._skipped_s += max(0.0, when - self())


class Situation:
    """An engine that is driven turn by turn, and what its clients feel."""

    def __init__(self, artifact: Artifact, sentences: Sequence[Segment]) -> None:
        options = EngineOptions((sentences[0].beam_size,), num_threads=1)
        self._clock = ProcessorTime()
        gate = Gate(options.max_waiting_tokens)
        self._batcher = Batcher(Runner([artifact], options), gate, options, self._clock, SilentObserver())
        self._batcher.prepare()
        self._sentences = sentences
        self.latencies_s: dict[str, list[float]] = {"watched": [], "other": []}

    def watch(self, num_watched: int, every_s: float, other: Priority | None) -> float:
        """Send `num_watched` sentences, one every `every_s`, beside `other` if there is one; returns the seconds."""
        if other is not None:
            self._submit("other", [replace(each, priority=other) for each in self._cycle(_NUM_OF_OTHER)])
        started = self._clock()
        next_at, coming = started + _WARM_S, self._cycle(num_watched)
        while len(self.latencies_s["watched"]) < num_watched:
            if self._clock() >= next_at and (sentence := next(coming, None)) is not None:
                self._submit("watched", [sentence], next_at)
                next_at += every_s
            if self._batcher.has_work:
                self._batcher.turn()
            else:
                self._clock.skip_to(next_at)
        return self._clock() - started

    def sentences_per_s(self, num_sentences: int) -> float:
        """The rate of a client that has the engine to itself."""
        started = self._clock()
        self._submit("other", list(self._cycle(num_sentences)))
        while self._batcher.has_work:
            self._batcher.turn()
        return num_sentences / (self._clock() - started)

    def _cycle(self, count: int) -> Iterator[Segment]:
        return itertools.islice(itertools.cycle(self._sentences), count)

    def _submit(self, client: str, segments: Sequence[Segment], when: float | None = None) -> None:
        submitted_at = self._clock() if when is None else when

        def receive(_index: int, _outcome: Outcome) -> None:
            self.latencies_s[client].append(self._clock() - submitted_at)

        entries = tuple(Entry(replace(segment, client=client), submitted_at) for segment in segments)
        self._batcher.accept(Ticket(entries, receive, hand_out))


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in ms."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {
        "p50_ms": round(1e3 * cuts[49], 1),
        "p95_ms": round(1e3 * cuts[94], 1),
        "max_ms": round(1e3 * max(seconds), 1),
    }


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/everyday.en"),
    watched: Annotated[int, typer.Option(min=2, help="Sentences of the watched client, in each situation.")] = 60,
    every_s: Annotated[float, typer.Option(help="Between two of them.")] = 0.25,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Compare the watched client alone and beside another one, write a line of JSON, and print the ratios."""
    torch.set_num_threads(1)
    loaded = load(artifact, describe)
    beam_size = loaded.config.search.beam_size
    sentences = list(dict.fromkeys(make_segments(loaded, read_lines(texts, 200), beam_size)))
    rate = Situation(loaded, sentences).sentences_per_s(4 * watched)
    rows: dict[str, dict[str, float]] = {}
    for name, other in {"alone": None, **{str(priority): priority for priority in Priority}}.items():
        situation = Situation(loaded, sentences)
        seconds = situation.watch(watched, every_s, other)
        others_per_s = round(len(situation.latencies_s["other"]) / seconds, 1)
        rows[name] = summary(situation.latencies_s["watched"]) | {"others_sentences_per_s": others_per_s}
    ratios = [
        Ratio(
            f"engine fairness: p95 beside 5,000 {each} / alone", rows[each]["p95_ms"] / rows["alone"]["p95_ms"], _GOAL
        )
        for each in Priority
    ]
    config = {"hash": loaded.hash, "beam_size": beam_size, "watched": watched, "every_s": every_s}
    record = Record(command_line("benchmarks.fairness_engine"), config, output)
    results = {"watched_client": rows, "sentences_per_s_alone": round(rate, 1)}
    record.add("fairness-engine", results, ratios)
    typer.echo(record.table())


if __name__ == "__main__":
    typer.run(main)
