"""A server under test: started, measured, stopped."""

import os
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.closed_loop import WITHOUT_CACHE
from benchmarks.cores import ONE_THREAD, Cores, on_core, pin
from benchmarks.open_loop import HEADERS, Load, run
from benchmarks.point import MAX_LAG_S, Point
from training.served import free_port, running_service, serve_command

_EMPTY_TIMEOUT_S = 120.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class CpuTime:
    """Seconds of processor time so far: of the thread with the event loop, and of all threads together."""

    loop_s: float
    total_s: float

    def __add__(self, other: "CpuTime") -> "CpuTime":
        return CpuTime(self.loop_s + other.loop_s, self.total_s + other.total_s)

    def __sub__(self, other: "CpuTime") -> "CpuTime":
        return CpuTime(self.loop_s - other.loop_s, self.total_s - other.total_s)


@dataclass(frozen=True)
class Target:
    """A server that translates at `url`, in process `pid`; who asks it runs on `cores.client`."""

    name: str
    url: str
    pid: int
    cores: Cores

    def measure(
        self, bodies: Sequence[str], rate_per_s: float, seconds: float, seed: int = 0, shape: float = 1.0
    ) -> Point:
        """Let Poisson arrivals come once the server is empty; once more if the generator itself was late."""
        self.ask(bodies[0])
        load = Load(f"{self.url}/v1/translate", bodies, rate_per_s, seconds, seed, shape)
        with on_core(self.cores.client):
            point = run(load)
            return point if point.lag_s <= MAX_LAG_S else replace(run(load), num_void=len(point.samples))

    def ask(self, body: str) -> float:
        """Seconds until the answer to one request; it queues behind all others."""
        request = urllib.request.Request(f"{self.url}/v1/translate", body.encode(), HEADERS)
        with on_core(self.cores.client):
            started = time.perf_counter()
            with _opener.open(request, timeout=_EMPTY_TIMEOUT_S) as response:
                response.read()
            return time.perf_counter() - started

    def cpu_time(self) -> CpuTime:
        """What it has used, as Linux tells."""
        tasks = Path(f"/proc/{self.pid}/task")
        return CpuTime(_cpu_s(tasks / str(self.pid)), sum(_cpu_s(task) for task in tasks.iterdir()))


@contextmanager
def running(name: str, command: Sequence[str], port: int, cores: Cores) -> Iterator[Target]:
    """Run the server of `command`, which remembers nothing, with one thread on its core until the end of the context.

    It may start on any core.
    """
    before = _children()
    with running_service(command, port, WITHOUT_CACHE | ONE_THREAD) as url:
        [pid] = _children() - before
        pin(pid, cores.server)
        yield Target(name, url, pid, cores)


@contextmanager
def running_dragoman(artifact: Path, cores: Cores) -> Iterator[Target]:
    """Run the service as it ships."""
    port = free_port()
    with running("dragoman", serve_command(artifact, port), port, cores) as target:
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
