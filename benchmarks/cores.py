"""Which core computes for the server and which for its clients: apart, so that neither eats of the other unnoticed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What a server on one core gets: threads beyond it would only take turns.
ONE_THREAD = {"DRAGOMAN_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Cores:
    """A core for whoever computes, and another one, if there is one, for whoever asks."""

    server: int
    client: int


def two_cores() -> Cores:
    """The first and the last of those that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[-1])


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this thread, and the threads and processes that it starts meanwhile, on `core`."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def pin(pid: int, core: int) -> None:
    """Move all threads of a process to `core`; those that it starts later follow."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})
