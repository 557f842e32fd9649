"""The benchmarks of serving: what is measured is named, figures go to a file, ratios to a table.

python -m benchmarks serving|engine|unloaded|fairness|soak|ready|all [--artifact ...]
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import engine_run, fairness, ready, soak, unloaded
from benchmarks import serving as serving_part
from benchmarks.cores import Cores, on_core, two_cores
from benchmarks.plots import plot_latency
from benchmarks.record import OUTPUT, Record, command_line
from benchmarks.serving import Effort
from benchmarks.target import running_dragoman
from benchmarks.texts import Texts, read_texts
from service.artifact import Artifact, load
from service.settings import DEFAULT_ARTIFACTS
from service.text.subword import describe

_WATCHED_PER_S = 4.0
_WATCHED_ROUNDS = 2


class Part(StrEnum):
    """What can be measured."""

    SERVING = "serving"
    ENGINE = "engine"
    UNLOADED = "unloaded"
    FAIRNESS = "fairness"
    SOAK = "soak"
    READY = "ready"
    ALL = "all"


@dataclass(frozen=True)
class Run:
    """One invocation: what is measured, how long, and where it is written."""

    artifact: Artifact
    texts: Texts
    cores: Cores
    seconds: float
    minutes: float
    record: Record

    def serving(self) -> None:
        """Rates and latencies against the same work in process, and against other ways to serve."""
        effort = Effort(round(60 * self.seconds), round(20 * self.seconds), self.seconds, 60 * self.minutes)
        served = serving_part.measure(self.artifact, self.texts, effort, self.cores)
        self.record.add("serving", served.results(), served.ratios())
        plot_latency(served.curves(), self.record.output / "latency.png")

    def engine(self) -> None:
        """The engine alone under load, against static batches in this process."""
        found = engine_run.measure(self.artifact, self.texts, round(200 * self.seconds), self.seconds, self.cores)
        self.record.add("engine", found.results(), found.ratios())
        plot_latency(found.curves(), self.record.output / "engine-latency.png")

    def unloaded(self, num_starts: int) -> None:
        """What one sentence takes that is alone, over HTTP and in process."""
        starts = unloaded.measure(self.artifact.path, self.texts, num_starts, round(40 * self.seconds), self.cores)
        self.record.add("unloaded", unloaded.results(starts), unloaded.ratios(starts))

    def fairness(self) -> None:
        """What one client feels of another."""
        with running_dragoman(self.artifact.path, self.cores) as target, on_core(self.cores.client):
            found = asyncio.run(fairness.measure(target, self.texts, _WATCHED_PER_S, 3 * self.seconds, _WATCHED_ROUNDS))
        self.record.add("fairness", fairness.results(found), fairness.ratios(found))

    def soak(self, num_requests: int) -> None:
        """Whether every answer is there once, right, and of who asked."""
        found = soak.run(self.artifact, self.texts, num_requests, self.cores)
        self.record.add("soak", found.results(), found.ratios())

    def ready(self, num_starts: int) -> None:
        """How soon after its start the service is ready: with all default artifacts, unless another one is named."""
        is_default = self.artifact.path.resolve() in DEFAULT_ARTIFACTS
        starts = ready.measure(None if is_default else self.artifact.path, num_starts)
        self.record.add("ready", ready.results(starts), ready.ratios(starts))


def main(
    part: Annotated[Part, typer.Argument(help="What to measure; `all` is serving, unloaded and fairness.")],
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")] = DEFAULT_ARTIFACTS[0],
    texts: Annotated[Path | None, typer.Option(help="Lines in the first pair's source language.")] = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="Duration of a point.")] = 2.5,
    minutes: Annotated[float, typer.Option(min=0.0, help="For all points of `serving` together.")] = 3.0,
    requests: Annotated[int, typer.Option(min=1, help="Of `soak`.")] = 10_000,
    starts: Annotated[int, typer.Option(min=1, help="Of `ready` and `unloaded`.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the order of the texts.")] = 0,
    output: Annotated[Path, typer.Option(help="Where figures and pictures go.")] = OUTPUT,
) -> None:
    """Measure, write a line of JSON for each part, and print all ratios beside their goals."""
    loaded, cores = load(artifact, describe), two_cores()
    found = read_texts(loaded.config, texts, seed)
    config = {
        "artifact": loaded.name,
        "hash": loaded.hash,
        "num_texts": len(found.sentences),
        "pair": f"{found.source}-{found.target}",
        "beam_size": loaded.config.search.beam_size,
        "server_core": cores.server,
        "client_core": cores.client,
        "seconds": seconds,
        "seed": seed,
    }
    run = Run(loaded, found, cores, seconds, minutes, Record(command_line("benchmarks"), config, output))
    if part in (Part.SERVING, Part.ALL):
        run.serving()
    if part in (Part.UNLOADED, Part.ALL):
        run.unloaded(starts)
    if part in (Part.FAIRNESS, Part.ALL):
        run.fairness()
    if part is Part.ENGINE:
        run.engine()
    if part is Part.SOAK:
        run.soak(requests)
    if part is Part.READY:
        run.ready(starts)
    typer.echo(run.record.table())


if __name__ == "__main__":
    typer.run(main)
