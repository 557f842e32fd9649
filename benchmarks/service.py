"""Rate and latency of the HTTP service under closed loops of clients, each with one text in flight.

    python -m benchmarks.service --artifact artifacts/tatoeba-en-de

Clients and service share the machine, which the report names. The service remembers nothing, and no text is in flight
twice at a time, so that each answer is computed.
"""

import json
import os
import platform
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import torch
import typer

from training.served import free_port, running_service, serve_command

WITHOUT_CACHE = {"DRAGOMAN_MAX_CACHE_BYTES": "0"}
HEADERS = {"Content-Type": "application/json"}
TITLES = f"{'clients':>8} {'texts/s':>9} {'target tokens/s':>16} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}"


class Load:
    """What `num_clients` see together while they send `bodies` in turn, for `seconds`."""

    def __init__(self, url: str, bodies: Sequence[bytes], num_clients: int, seconds: float) -> None:
        if num_clients >= len(bodies):
            raise ValueError(f"{num_clients} clients need more than {len(bodies)} texts, or some are in flight twice")
        self._address = urlsplit(url).netloc
        self._bodies: Iterator[bytes] = cycle(bodies)
        self._num_clients, self._seconds = num_clients, seconds
        self._lock = threading.Lock()
        self._latencies_s: list[float] = []
        self._num_target_tokens = 0
        self.texts_per_s = 0.0

    def run(self) -> str:
        """Send until the time is over; returns a line of the report, under `TITLES`."""
        started = time.monotonic()
        clients = [
            threading.Thread(target=self._send, args=(started + self._seconds,)) for _ in range(self._num_clients)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        seconds_taken = time.monotonic() - started
        self.texts_per_s = len(self._latencies_s) / seconds_taken
        return self._report(seconds_taken)

    def _send(self, until: float) -> None:
        with closing(HTTPConnection(self._address, timeout=120.0)) as connection:
            while (started := time.monotonic()) < until:
                with self._lock:
                    body = next(self._bodies)
                connection.request("POST", "/v1/translate", body, HEADERS)
                response = connection.getresponse()
                answer = json.load(response)
                if response.status != 200:
                    raise RuntimeError(f"{response.status}: {answer}")
                with self._lock:
                    self._latencies_s.append(time.monotonic() - started)
                    self._num_target_tokens += answer["usage"]["target_tokens"]

    def _report(self, seconds: float) -> str:
        ordered = sorted(self._latencies_s)
        quantiles = [1000 * ordered[max(0, round(q * len(ordered)) - 1)] for q in (0.5, 0.95, 0.99)]
        rates = f"{self.texts_per_s:9.1f} {self._num_target_tokens / seconds:16.0f}"
        return f"{self._num_clients:8d} {rates} " + " ".join(f"{each:8.1f}" for each in quantiles)


def read_bodies(texts: Path, source: str, target: str) -> list[bytes]:
    """A request for each distinct line of `texts`."""
    lines = dict.fromkeys(texts.read_text(encoding="utf-8").splitlines())
    return [json.dumps({"texts": [line], "source": source, "target": target}).encode() for line in lines if line]


def describe_machine() -> str:
    """Processor, cores, torch and commit: without them a number means nothing."""
    facts = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    cpu = next((line.partition(":")[2].strip() for line in facts if line.startswith("model name")), platform.machine())
    git = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return f"{cpu}, {os.cpu_count()} cores; torch {torch.__version__}; commit {git.stdout.strip() or 'unknown'}"


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    texts: Annotated[Path, typer.Option(help="Lines to translate.")] = Path("tests/data/captions.en"),
    source: Annotated[str, typer.Option(help="Their language.")] = "en",
    target: Annotated[str, typer.Option(help="Language to translate into.")] = "de",
    clients: Annotated[list[int] | None, typer.Option(help="How many at a time; repeatable.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Duration of each loop.")] = 10.0,
) -> None:
    """Start the service and measure it with each number of clients."""
    bodies, port = read_bodies(texts, source, target), free_port()
    with running_service(serve_command(artifact, port), port, WITHOUT_CACHE) as url:
        Load(url, bodies, 4, min(2.0, seconds)).run()  # the first requests of a process are not its usual ones
        typer.echo(f"{artifact}; {len(bodies)} texts of {texts}, {seconds:g} s each; {describe_machine()}\n{TITLES}")
        for num_clients in clients or [1, 4, 16, 32]:
            typer.echo(Load(url, bodies, num_clients, seconds).run())


if __name__ == "__main__":
    typer.run(main)
