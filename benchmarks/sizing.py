"""What a service brings and needs on one core, and on more: the rows of the table in docs/deployment.md.

    python -m benchmarks.sizing --artifact artifacts/tatoeba-en-de

Threads are those that torch computes with; the event loop has one more. Clients take the cores that are left, or share
the service's where none is.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.closed_loop import WITHOUT_CACHE, Load, read_bodies
from benchmarks.process import READY, Process, started
from benchmarks.record import OUTPUT, Record, command_line

CLIENTS = (1, 16, 32)
_WARM_UP_S = 2.0
Row = dict[str, float]


@contextmanager
def limited(artifact: Path, num_threads: int, cores: list[int]) -> Iterator[Process]:
    """A service that computes with `num_threads` on `cores`, which it is kept to; it remembers nothing."""
    settings = {"DRAGOMAN_NUM_THREADS": str(num_threads)}
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


def measure(
    artifact: Path, num_threads: int, cores: list[int], bodies: Sequence[bytes], seconds: float
) -> dict[str, Row]:
    """A row of the table for each number of clients; memory is what the service has in the end of it."""
    found = {}
    setup = f"{_num(len(cores), 'core')}, {_num(num_threads, 'thread')}"
    with limited(artifact, num_threads, cores) as service:
        ready_s = service.seconds_until(READY)
        Load(service.url, bodies, 4, min(_WARM_UP_S, seconds)).run()
        for num_clients in CLIENTS:
            seen = asdict(Load(service.url, bodies, num_clients, seconds).run())
            row = {"ready_s": ready_s, **seen, "memory_mb": service.resident_bytes() / 1e6}
            found[f"{setup}, {_num(num_clients, 'client')}"] = {name: round(value, 1) for name, value in row.items()}
    return found


def _num(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/everyday.en"),
    source: Annotated[str, typer.Option(help="Their language.")] = "en",
    target: Annotated[str, typer.Option(help="Language to translate into.")] = "de",
    seconds: Annotated[float, typer.Option(min=0.1, help="Duration of each row.")] = 15.0,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure the rows, on one core and on all with one thread and with all, and write them as a line of JSON."""
    cores, bodies = sorted(os.sched_getaffinity(0)), read_bodies(texts, source, target)
    rows: dict[str, Row] = {}
    for num_cores, num_threads in sorted({(1, 1), (len(cores), 1), (len(cores), len(cores))}):
        rows |= measure(artifact, num_threads, cores[:num_cores], bodies, seconds)
    record = Record(command_line("benchmarks.sizing"), {"artifact": str(artifact), "texts": str(texts)}, output)
    record.add("sizing", {"artifact": artifact.name, "seconds_a_row": seconds, "rows": rows}, [])


if __name__ == "__main__":
    typer.run(main)
