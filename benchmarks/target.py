"""A server under test: started, measured, stopped."""

import os
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.open_loop import HEADERS, Load, run
from benchmarks.point import Point
from benchmarks.service import WITHOUT_CACHE
from training.served import free_port, running_service, serve_command

_EMPTY_TIMEOUT_S = 120.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class CpuTime:
    """Seconds of processor time so far: of the thread with the event loop, and of all threads together."""

    loop_s: float
    total_s: float

    def __sub__(self, other: "CpuTime") -> "CpuTime":
        return CpuTime(self.loop_s - other.loop_s, self.total_s - other.total_s)


@dataclass(frozen=True)
class Target:
    """A server that translates at `url`, in process `pid`."""

    name: str
    url: str
    pid: int

    def measure(self, bodies: Sequence[str], rate_per_s: float, seconds: float, seed: int = 0) -> Point:
        """Let Poisson arrivals come once the server is empty."""
        self.ask(bodies[0])
        return run(Load(f"{self.url}/v1/translate", bodies, rate_per_s, seconds, seed))

    def ask(self, body: str) -> float:
        """Seconds until the answer to one request; it queues behind all others."""
        request = urllib.request.Request(f"{self.url}/v1/translate", body.encode(), HEADERS)
        started = time.perf_counter()
        with _opener.open(request, timeout=_EMPTY_TIMEOUT_S) as response:
            response.read()
        return time.perf_counter() - started

    def cpu_time(self) -> CpuTime:
        """What it has used, as Linux tells."""
        tasks = Path(f"/proc/{self.pid}/task")
        return CpuTime(_cpu_s(tasks / str(self.pid)), sum(_cpu_s(task) for task in tasks.iterdir()))


@contextmanager
def running(name: str, command: Sequence[str], port: int) -> Iterator[Target]:
    """Run the server of `command`, which remembers nothing, until the end of the context."""
    before = _children()
    with running_service(command, port, WITHOUT_CACHE) as url:
        [pid] = _children() - before
        yield Target(name, url, pid)


@contextmanager
def running_dragoman(artifact: Path) -> Iterator[Target]:
    """Run the service as it ships."""
    port = free_port()
    with running("dragoman", serve_command(artifact, port), port) as target:
        yield target


def _children() -> set[int]:
    """Processes that this one has started and that still run."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    return {int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()}


def _cpu_s(task: Path) -> float:
    """User and system time of a thread; nothing of one that has just ended."""
    try:
        fields = (task / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
