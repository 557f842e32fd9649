"""What a second process brings: two service processes pinned to one core each, against one on one core.

    python -m benchmarks.replicas --artifact artifacts/tatoeba-en-de

Both arrangements take turns in one run, so that a machine that gets slower meanwhile slows both; reported are the
medians and their ratio. Each process has as many clients; these share the machine with the services.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.closed_loop import WITHOUT_CACHE, Load, read_bodies
from benchmarks.cores import ONE_THREAD
from benchmarks.record import OUTPUT, Ratio, Record, command_line
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
        with ThreadPoolExecutor(len(loads)) as threads:
            self.rates.append(sum(seen.texts_per_s for seen in threads.map(Load.run, loads)))
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


def results(one: Sequence[float], two: Sequence[float]) -> dict[str, Any]:
    """The rates of each turn of both arrangements, and their medians."""
    rates = {"one process": one, "two processes": two}
    return {
        "median_texts_per_s": {name: round(statistics.median(each), 1) for name, each in rates.items()},
        "texts_per_s": {
            f"turn {number}": {name: round(each[number - 1], 1) for name, each in rates.items()}
            for number in range(1, len(one) + 1)
        },
    }


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/everyday.en"),
    source: Annotated[str, typer.Option(help="Their language.")] = "en",
    target: Annotated[str, typer.Option(help="Language to translate into.")] = "de",
    clients: Annotated[int, typer.Option(min=1, help="For each process.")] = 16,
    seconds: Annotated[float, typer.Option(min=0.1, help="Duration of each turn.")] = 10.0,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each arrangement.")] = 5,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure both arrangements in turns, write a line of JSON and print the ratio."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise typer.BadParameter("this needs two cores")
    bodies = read_bodies(texts, source, target)
    with pinned(artifact, cores[:1]) as one, pinned(artifact, cores) as two:
        for arrangement in (one, two):  # the first requests of a process are not its usual ones
            arrangement.measure(bodies, clients, min(2.0, seconds))
            arrangement.rates.clear()
        for _ in range(turns):
            for arrangement in (one, two):
                arrangement.measure(bodies, clients, seconds)
    config = {"artifact": str(artifact), "texts": str(texts), "clients": clients, "seconds": seconds}
    record = Record(command_line("benchmarks.replicas"), config, output)
    ratio = statistics.median(two.rates) / statistics.median(one.rates)
    found = {"clients of each process": clients, "seconds of a turn": seconds, **results(one.rates, two.rates)}
    record.add("replicas", found, [Ratio("two processes on a core each, over one on one core", ratio)])
    typer.echo(record.table())


if __name__ == "__main__":
    typer.run(main)
