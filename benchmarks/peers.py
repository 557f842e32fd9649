"""Other ways to serve the same weights with the same search: how much load each carries within the objective.

    naive         the search run by Python in float32, a request at a time
    one at a time the service's own scripted module, a request at a time
    timeout       the same in batches of at most 32, for which the first of each waits 5, 10 or 30 ms
    dragoman      the service, measured before and after its peers

The peers have the service's text handling and a lighter HTTP shell (`peer_server`).
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.capacity import Capacity, find_capacity
from benchmarks.peer_server import Kind
from benchmarks.point import INTERACTIVE
from benchmarks.record import Ratio
from benchmarks.target import Target, running, running_dragoman
from benchmarks.texts import Texts
from training.served import free_port

OURS, NAIVE = "dragoman", "naive"


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


PEERS = (
    Peer(NAIVE, Kind.EAGER),
    Peer("one at a time", Kind.SCRIPTED),
    *(Peer(f"timeout {wait_ms} ms", Kind.SCRIPTED, 32, wait_ms) for wait_ms in (5, 10, 30)),
)


@contextmanager
def running_peer(peer: Peer, artifact: Path) -> Iterator[Target]:
    """Run the server of `peer`."""
    port = free_port()
    with running(peer.name, peer.command(artifact, port), port) as target:
        yield target


def measure(artifact: Path, texts: Texts, guess_per_s: float, seconds: float) -> dict[str, list[Capacity]]:
    """The capacity of each; ours twice, so that a machine that changes meanwhile shows."""
    found: dict[str, list[Capacity]] = {OURS: []}

    def capacity(target: Target, guess_per_s: float) -> Capacity:
        bodies = texts.bodies()
        return find_capacity(lambda rate: target.measure(bodies, rate, seconds), INTERACTIVE, guess_per_s)

    with running_dragoman(artifact) as target:
        found[OURS].append(capacity(target, guess_per_s))
    for peer in PEERS:
        with running_peer(peer, artifact) as target:
            found[peer.name] = [capacity(target, guess_per_s * (0.6 if peer.max_batch > 1 else 0.25))]
    with running_dragoman(artifact) as target:
        found[OURS].append(capacity(target, found[OURS][0].rate_per_s or guess_per_s))
    return found


def results(found: Mapping[str, list[Capacity]]) -> dict[str, Any]:
    """All points, ready for JSON."""
    return {
        name: [
            {
                "goodput_per_s": round(each.goodput_per_s(INTERACTIVE.limit_s), 2),
                "points": [point.summary() for point in each.points],
            }
            for each in capacities
        ]
        for name, capacities in found.items()
    }


def ratios(found: Mapping[str, list[Capacity]]) -> list[Ratio]:
    """R3: our goodput over that of each peer, and of the best timeout."""
    goodput = {
        name: sum(each.goodput_per_s(INTERACTIVE.limit_s) for each in capacities) / len(capacities)
        for name, capacities in found.items()
    }
    ours = goodput[OURS]
    first, last = (each.goodput_per_s(INTERACTIVE.limit_s) for each in found[OURS])
    timeouts = [goodput[peer.name] for peer in PEERS if peer.max_batch > 1]
    return [
        Ratio("R3 goodput / best timeout batching", _over(ours, max(timeouts)), 2.0, is_at_least=True),
        Ratio("R3 goodput / naive", _over(ours, goodput[NAIVE]), 8.0, is_at_least=True),
        *(Ratio(f"   goodput / {peer.name}", _over(ours, goodput[peer.name])) for peer in PEERS if peer.name != NAIVE),
        Ratio("   spread: ours after / before the peers", _over(last, first)),
    ]


def _over(value: float, other: float) -> float:
    return value / other if other > 0.0 else float("inf")
