"""Closed loops of clients, each with one text in flight: the next is sent when the answer has come.

The service is to remember nothing, and no text is in flight twice at a time, so that each answer is computed.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

WITHOUT_CACHE = {"DRAGOMAN_MAX_CACHE_BYTES": "0"}
HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Seen:
    """What clients have seen together: rates, and quantiles of the time from a request to its answer."""

    texts_per_s: float
    target_tokens_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Load:
    """`num_clients` that send `bodies` in turn, for `seconds`."""

    def __init__(self, url: str, bodies: Sequence[bytes], num_clients: int, seconds: float) -> None:
        if num_clients >= len(bodies):
            raise ValueError(f"{num_clients} clients need more than {len(bodies)} texts, or some are in flight twice")
        self._address = urlsplit(url).netloc
        self._bodies: Iterator[bytes] = cycle(bodies)
        self._num_clients, self._seconds = num_clients, seconds
        self._lock = threading.Lock()
        self._latencies_s: list[float] = []
        self._num_target_tokens = 0
        self._failures: list[Exception] = []

    def run(self) -> Seen:
        """Send until the time is over.

        Raises:
            RuntimeError: a request was not answered with 200, or not at all.
        """
        started = time.monotonic()
        clients = [
            threading.Thread(target=self._send, args=(started + self._seconds,)) for _ in range(self._num_clients)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        if self._failures:
            raise RuntimeError(f"{len(self._failures)} of {self._num_clients} clients failed") from self._failures[0]
        return self._seen(time.monotonic() - started)

    def _send(self, until: float) -> None:
        try:
            with closing(HTTPConnection(self._address, timeout=120.0)) as connection:
                while (started := time.monotonic()) < until:
                    with self._lock:
                        body = next(self._bodies)
                    num_tokens = _ask(connection, body)
                    with self._lock:
                        self._latencies_s.append(time.monotonic() - started)
                        self._num_target_tokens += num_tokens
        except Exception as error:  # a thread's own would go unheard, and the rates would be of fewer clients
            self._failures.append(error)

    def _seen(self, seconds: float) -> Seen:
        ordered = sorted(self._latencies_s)
        p50, p95, p99 = (1000 * ordered[max(0, round(q * len(ordered)) - 1)] for q in (0.5, 0.95, 0.99))
        return Seen(len(ordered) / seconds, self._num_target_tokens / seconds, p50, p95, p99)


def _ask(connection: HTTPConnection, body: bytes) -> int:
    """The target tokens of the answer."""
    connection.request("POST", "/v1/translate", body, HEADERS)
    response = connection.getresponse()
    answer = json.load(response)
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer}")
    num_tokens: int = answer["usage"]["target_tokens"]
    return num_tokens


def read_bodies(texts: Path, source: str, target: str) -> list[bytes]:
    """A request for each distinct line of `texts`."""
    lines = dict.fromkeys(texts.read_text(encoding="utf-8").splitlines())
    return [json.dumps({"texts": [line], "source": source, "target": target}).encode() for line in lines if line]
