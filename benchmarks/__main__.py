"""The benchmarks of serving.

python -m benchmarks latency|peers|fairness|all [--artifact ...]
"""

import asyncio
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import fairness as fairness_part
from benchmarks import latency as latency_part
from benchmarks import peers as peers_part
from benchmarks.plots import plot_latency
from benchmarks.record import OUTPUT, Record
from benchmarks.target import running_dragoman
from benchmarks.texts import Texts, read_texts
from service.artifact import Artifact, load
from service.settings import DEFAULT_ARTIFACT
from service.text.subword import describe

_NUM_UNLOADED = 120
_NUM_OFFLINE = 600
_WATCHED_PER_S = 2.0

cli = typer.Typer(no_args_is_help=True, add_completion=False)

ArtifactOption = Annotated[Path, typer.Option("--artifact", help="Directory of the artifact.")]
TextsOption = Annotated[Path | None, typer.Option("--texts", help="Lines in the first pair's source language.")]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.5, help="Duration of each point.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the order of the texts.")]
ImagesOption = Annotated[Path, typer.Option("--images", help="Where pictures go.")]


@dataclass(frozen=True)
class Run:
    """One invocation: what is measured, and where it is written."""

    artifact: Artifact
    texts: Texts
    seconds: float
    images: Path
    record: Record

    def latency(self) -> None:
        """Latency and rate of the service against the same work in process."""
        rates = latency_part.offline_rates(self.artifact, self.texts, _NUM_OFFLINE)
        with running_dragoman(self.artifact.path) as target:
            alone = asyncio.run(latency_part.unloaded(target, self.artifact, self.texts, _NUM_UNLOADED))
            served = latency_part.under_load(target, self.texts, 0.7 * max(rates.values()), self.seconds)
        results = {
            "offline_per_s": {name: round(rate, 2) for name, rate in rates.items()},
            "unloaded_p50_ms": {
                "http": round(1000 * alone.http_s, 2),
                "engine": round(1000 * alone.engine_s, 2),
                "module": round(1000 * alone.module_s, 2),
            },
            **served.results(),
        }
        self.record.add("latency", results, latency_part.ratios(alone, served, rates))
        plot_latency({"dragoman": served.interactive.points}, self.images / "latency.png")

    def peers(self) -> None:
        """Load that each way to serve carries."""
        guess = 0.7 * max(latency_part.offline_rates(self.artifact, self.texts, _NUM_OFFLINE // 2).values())
        found = peers_part.measure(self.artifact.path, self.texts, guess, self.seconds)
        self.record.add("peers", peers_part.results(found), peers_part.ratios(found))
        curves = {name: capacities[-1].points for name, capacities in found.items()}
        plot_latency(curves, self.images / "peers.png")

    def fairness(self) -> None:
        """What one client feels of another."""
        with running_dragoman(self.artifact.path) as target:
            found = asyncio.run(fairness_part.measure(target, self.texts, _WATCHED_PER_S, 5 * self.seconds))
        self.record.add("fairness", fairness_part.results(found), fairness_part.ratios(found))


def _run(artifact: Path, texts: Path | None, seconds: float, seed: int, images: Path) -> Run:
    loaded = load(artifact, describe)
    found = read_texts(loaded.config, texts, seed)
    config = {
        "artifact": loaded.name,
        "hash": loaded.hash,
        "num_texts": len(found.sentences),
        "pair": f"{found.source}-{found.target}",
        "beam_size": loaded.config.search.beam_size,
        "seconds": seconds,
        "seed": seed,
    }
    return Run(
        loaded, found, seconds, images, Record(shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]), config)
    )


@cli.command()
def latency(
    artifact: ArtifactOption = DEFAULT_ARTIFACT,
    texts: TextsOption = None,
    seconds: SecondsOption = 6.0,
    seed: SeedOption = 0,
    images: ImagesOption = OUTPUT,
) -> None:
    """Compare serving with the same work in process."""
    run = _run(artifact, texts, seconds, seed, images)
    run.latency()
    typer.echo(run.record.table())


@cli.command()
def peers(
    artifact: ArtifactOption = DEFAULT_ARTIFACT,
    texts: TextsOption = None,
    seconds: SecondsOption = 6.0,
    seed: SeedOption = 0,
    images: ImagesOption = OUTPUT,
) -> None:
    """Compare the service with other ways to serve the same weights."""
    run = _run(artifact, texts, seconds, seed, images)
    run.peers()
    typer.echo(run.record.table())


@cli.command()
def fairness(
    artifact: ArtifactOption = DEFAULT_ARTIFACT,
    texts: TextsOption = None,
    seconds: SecondsOption = 6.0,
    seed: SeedOption = 0,
    images: ImagesOption = OUTPUT,
) -> None:
    """Measure what one client feels of another that has 5,000 sentences."""
    run = _run(artifact, texts, seconds, seed, images)
    run.fairness()
    typer.echo(run.record.table())


@cli.command("all")
def everything(
    artifact: ArtifactOption = DEFAULT_ARTIFACT,
    texts: TextsOption = None,
    seconds: SecondsOption = 6.0,
    seed: SeedOption = 0,
    images: ImagesOption = OUTPUT,
) -> None:
    """Run all three, and print one table."""
    run = _run(artifact, texts, seconds, seed, images)
    run.latency()
    run.peers()
    run.fairness()
    typer.echo(run.record.table())


if __name__ == "__main__":
    cli()
