"""What a second process brings: two service processes pinned to one core each, against one on one core.

    python -m benchmarks.replicas --artifact artifacts/tatoeba-en-de

Both arrangements take turns in one run, so that a machine that gets slower meanwhile slows both; reported are the
medians and their ratio. Each process has as many clients; these share the machine with the services.
"""

import os
import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cores import ONE_THREAD
from benchmarks.service import WITHOUT_CACHE, Load, describe_machine, read_bodies
from training.served import free_port, running_service, serve_command


class Arrangement:
    """Running services, and the rates that were measured of them together."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.urls = urls
        self.rates: list[float] = []

    def measure(self, bodies: Sequence[bytes], num_clients: int, seconds: float) -> float:
        """Texts per second of all processes together, each with clients and texts of its own."""
        share = len(bodies) // len(self.urls)
        loads = [
            Load(url, bodies[number * share : (number + 1) * share], num_clients, seconds)
            for number, url in enumerate(self.urls)
        ]
        threads = [threading.Thread(target=load.run) for load in loads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.rates.append(sum(load.texts_per_s for load in loads))
        return self.rates[-1]


@contextmanager
def pinned(artifact: Path, cores: Sequence[int]) -> Iterator[Arrangement]:
    """A service on each of `cores`, which computes with one thread and remembers nothing."""
    with ExitStack() as stack:
        urls = []
        for core in cores:
            port = free_port()
            command = ["taskset", "--cpu-list", str(core), *serve_command(artifact, port)]
            urls.append(stack.enter_context(running_service(command, port, WITHOUT_CACHE | ONE_THREAD)))
        yield Arrangement(urls)


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/captions.en"),
    source: Annotated[str, typer.Option(help="Their language.")] = "en",
    target: Annotated[str, typer.Option(help="Language to translate into.")] = "de",
    clients: Annotated[int, typer.Option(min=1, help="For each process.")] = 16,
    seconds: Annotated[float, typer.Option(min=0.1, help="Duration of each turn.")] = 10.0,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each arrangement.")] = 5,
) -> None:
    """Measure both arrangements in turns and report the ratio."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise typer.BadParameter("this needs two cores")
    bodies = read_bodies(texts, source, target)
    with pinned(artifact, cores[:1]) as one, pinned(artifact, cores) as two:
        typer.echo(
            f"{artifact}; {clients} clients for each process, {turns} turns of {seconds:g} s; {describe_machine()}"
        )
        for arrangement in (one, two):  # the first requests of a process are not its usual ones
            arrangement.measure(bodies, clients, min(2.0, seconds))
            arrangement.rates.clear()
        for turn in range(turns):
            rates = [arrangement.measure(bodies, clients, seconds) for arrangement in (one, two)]
            typer.echo(f"turn {turn + 1}: one process {rates[0]:.1f} texts/s, two {rates[1]:.1f}")
        medians = [statistics.median(arrangement.rates) for arrangement in (one, two)]
        typer.echo(f"median: one {medians[0]:.1f} texts/s, two {medians[1]:.1f}; ratio {medians[1] / medians[0]:.2f}")


if __name__ == "__main__":
    typer.run(main)
