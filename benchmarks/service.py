"""Rate and latency of the HTTP service under closed loops of clients, each with one text in flight.

    python -m benchmarks.service --artifact artifacts/multi30k-en-de

The texts are the artifact's own samples. Client and service share the machine, which the report names.
"""

import json
import os
import platform
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import torch
import typer

from training.served import free_port, running_service, serve_command

HEADER = f"{'clients':>8} {'texts/s':>9} {'target tokens/s':>16} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}"


@dataclass
class Load:
    """What `num_clients` saw together."""

    num_clients: int
    latencies_s: list[float] = field(default_factory=list)
    target_tokens: int = 0
    seconds: float = 0.0

    def row(self) -> str:
        """One line of the report, under `HEADER`."""
        rates = f"{len(self.latencies_s) / self.seconds:9.1f} {self.target_tokens / self.seconds:16.0f}"
        return f"{self.num_clients:8d} {rates} " + " ".join(
            f"{1000 * self.quantile(q):8.1f}" for q in (0.5, 0.95, 0.99)
        )

    def quantile(self, q: float) -> float:
        """The latency in seconds that a part `q` of the answers did not exceed."""
        return sorted(self.latencies_s)[max(0, round(q * len(self.latencies_s)) - 1)]


def read_requests(artifact: Path) -> list[bytes]:
    """The artifact's samples as bodies of requests."""
    lines = (artifact / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    samples = [json.loads(line) for line in lines if line.strip()]
    return [
        json.dumps(
            {"texts": [each["source"]], "source": each["source_language"], "target": each["target_language"]}
        ).encode()
        for each in samples
    ]


def measure(url: str, requests: list[bytes], num_clients: int, seconds: float) -> Load:
    """Let `num_clients` send `requests`, in turn, for `seconds`."""
    load, lock = Load(num_clients), threading.Lock()
    started = time.monotonic()
    clients = [
        threading.Thread(target=_run_client, args=(url, requests[i:] + requests[:i], started + seconds, load, lock))
        for i in (client % len(requests) for client in range(num_clients))
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    load.seconds = time.monotonic() - started
    return load


def _run_client(url: str, requests: Sequence[bytes], until: float, load: Load, lock: threading.Lock) -> None:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=120.0)) as connection:
        turn = 0
        while (started := time.monotonic()) < until:
            connection.request(
                "POST", "/v1/translate", requests[turn % len(requests)], {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            answer = json.load(response)
            if response.status != 200:
                raise RuntimeError(f"{response.status}: {answer}")
            with lock:
                load.latencies_s.append(time.monotonic() - started)
                load.target_tokens += answer["usage"]["target_tokens"]
            turn += 1


def describe_machine() -> str:
    """Processor, cores, torch and commit: without them a number means nothing."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    git = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    commit = git.stdout.strip() or "unknown"
    return f"{cpu or platform.machine()}, {os.cpu_count()} cores; torch {torch.__version__}; commit {commit}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    clients: Annotated[list[int] | None, typer.Option(help="How many at a time; repeatable.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Duration of each loop.")] = 10.0,
) -> None:
    """Start the service and measure it with each number of clients."""
    requests, port = read_requests(artifact), free_port()
    with running_service(serve_command(artifact, port), port) as url:
        measure(url, requests, 4, min(2.0, seconds))  # the first requests of a process are not its usual ones
        typer.echo(f"{artifact}: {len(requests)} samples in turn, {seconds:g} s each; {describe_machine()}\n{HEADER}")
        for num_clients in clients or [1, 4, 16, 64]:
            typer.echo(measure(url, requests, num_clients, seconds).row())


if __name__ == "__main__":
    typer.run(main)
