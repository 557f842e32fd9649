"""Other ways to serve the same weights with the same search, and the load that each carries within the objective.

    dragoman              the service as it ships
    naive                 the search run by Python in float32, a request at a time
    timeout 5, 10, 30 ms  our scripted module, in batches of at most 32, for which the first of each waits so long
    onnx                  Python over graphs of ONNX Runtime in float32, a request at a time
    onnx, timeout 10 ms   the same in batches of at most 32

The peers have the service's text handling and a lighter HTTP shell (`peer_server`). All servers are up at the same time
and idle but for the one whose turn it is; every way is measured at one rate before any is measured at its next.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import offline
from benchmarks.cores import Cores
from benchmarks.kinds import Kind
from benchmarks.point import Point
from benchmarks.target import Target, running, running_dragoman
from benchmarks.texts import Texts
from training.served import free_port

OURS, NAIVE = "dragoman", "naive"
BATCH = 32
_LIKELY_LOAD = 0.5  # of the rate at which a way translates in process: where its search begins
_MIN_REQUESTS = 60  # in a point, so that its quantiles are more than its worst request; a slow way takes longer,
_PATIENCE = 2  # but no more than so many times as long as a fast one


@dataclass(frozen=True)
class Peer:
    """How a peer computes and batches."""

    name: str
    kind: Kind
    max_batch: int = 1
    wait_ms: float = 0.0

    def command(self, artifact: Path, port: int) -> list[str]:
        """The command line that serves it."""
        options = {"artifact": artifact, "port": port, "kind": self.kind}
        batching = {"max-batch": self.max_batch, "wait-ms": self.wait_ms}
        flags = [f"--{name}={value}" for name, value in (options | batching).items()]
        return [sys.executable, "-m", "benchmarks.peer_server", *flags]

    @property
    def offline_way(self) -> str:
        """The same in process, with everything there at once."""
        return offline.one_at_a_time(self.kind) if self.max_batch == 1 else offline.length_bucketed(self.kind)


PEERS = (
    Peer(NAIVE, Kind.EAGER),
    *(Peer(f"timeout {wait_ms} ms", Kind.SCRIPTED, BATCH, wait_ms) for wait_ms in (5, 10, 30)),
    Peer("onnx", Kind.ONNX),
    Peer("onnx, timeout 10 ms", Kind.ONNX, BATCH, 10),
)
PEER_NAMES = tuple(peer.name for peer in PEERS)
TIMEOUTS = tuple(peer.name for peer in PEERS if peer.max_batch > 1 and peer.kind is Kind.SCRIPTED)


@contextmanager
def all_running(artifact: Path, cores: Cores) -> Iterator[dict[str, Target]]:
    """Run our server and those of all peers."""
    with ExitStack() as stack:
        targets = {OURS: stack.enter_context(running_dragoman(artifact, cores))}
        for peer in PEERS:
            port = free_port()
            context = running(peer.name, peer.command(artifact, port), port, cores)
            targets[peer.name] = stack.enter_context(context)
        yield targets


def guesses(rates: Mapping[str, float]) -> dict[str, float]:
    """Where to begin the search for each capacity, from the `rates` in process."""
    ways = {OURS: offline.REFILLED} | {peer.name: peer.offline_way for peer in PEERS}
    return {name: _LIKELY_LOAD * rates[way] for name, way in ways.items()}


@dataclass(frozen=True)
class Meter:
    """Measures points of `texts`, each at least `seconds` long."""

    texts: Texts
    seconds: float

    def point(self, target: Target, rate_per_s: float, seed: int = 0, shape: float = 1.0) -> Point:
        """What `target` does at that rate; `shape` is that of `Load`."""
        seconds = max(self.seconds, min(_MIN_REQUESTS / rate_per_s, _PATIENCE * self.seconds))
        return target.measure(self.texts.bodies(), rate_per_s, seconds, seed, shape)
