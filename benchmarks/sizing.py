"""What a service brings and needs on one core, and on more: the rows of the table in docs/deployment.md.

    python -m benchmarks.sizing --artifact artifacts/tatoeba-en-de

The service is kept to as many cores as it has threads; its clients take what is left, or share them where nothing is.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.process import READY, Process, started
from benchmarks.service import WITHOUT_CACHE, Load, describe_machine, read_bodies

TITLES = "| threads | seconds to ready | clients | texts/s | target tokens/s | p50 ms | p95 ms | p99 ms | memory MB |"
CLIENTS = (1, 16, 32)
_WARM_UP_S = 2.0


@contextmanager
def limited(artifact: Path, cores: list[int]) -> Iterator[Process]:
    """A service with a thread for each of `cores`, which it is kept to; it remembers nothing."""
    num_threads = str(len(cores))
    settings = {"DRAGOMAN_NUM_THREADS": num_threads, "OMP_NUM_THREADS": num_threads}
    with ExitStack() as stack:
        with kept_to(cores):  # what is started inherits it
            process = stack.enter_context(started(artifact, WITHOUT_CACHE | settings))
        yield process


@contextmanager
def kept_to(cores: list[int]) -> Iterator[None]:
    """Keep this thread, and what it starts meanwhile, to `cores`."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def rows(artifact: Path, cores: list[int], bodies: list[bytes], seconds: float) -> Iterator[str]:
    """A row of the table for each number of clients; memory is what the service has in the end of it."""
    with limited(artifact, cores) as service:
        seconds_to_ready = service.seconds_until(READY)
        Load(service.url, bodies, 4, min(_WARM_UP_S, seconds)).run()
        for num_clients in CLIENTS:
            measured = Load(service.url, bodies, num_clients, seconds).run().split()
            cells = [str(len(cores)), f"{seconds_to_ready:.1f}", *measured, f"{service.resident_bytes() / 1e6:.0f}"]
            yield f"| {' | '.join(cells)} |"


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/everyday.en"),
    source: Annotated[str, typer.Option(help="Their language.")] = "en",
    target: Annotated[str, typer.Option(help="Language to translate into.")] = "de",
    threads: Annotated[list[int] | None, typer.Option(help="How many; repeatable. Else 1 and all cores.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Duration of each row.")] = 20.0,
) -> None:
    """Measure and print the rows as Markdown."""
    cores, bodies = sorted(os.sched_getaffinity(0)), read_bodies(texts, source, target)
    chosen = threads or sorted({1, len(cores)})
    if not all(1 <= number <= len(cores) for number in chosen):
        raise typer.BadParameter(f"threads must be from 1 to the {len(cores)} cores that there are: {chosen}")
    typer.echo(f"{artifact}; {len(bodies)} texts of {texts}, {seconds:g} s a row; {describe_machine()}\n\n{TITLES}")
    typer.echo("|---" * TITLES.count(" | ") + "|---|")
    for number in chosen:
        for row in rows(artifact, cores[:number], bodies, seconds):
            typer.echo(row)


if __name__ == "__main__":
    typer.run(main)
