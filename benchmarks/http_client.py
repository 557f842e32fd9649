"""A client that keeps its connection, as clients do that mind latency.

One that connects anew for each request, as `urllib` does, is busy with that for longer than the server is with HTTP.
"""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Self
from urllib.parse import urlsplit

from benchmarks.cores import on_core
from benchmarks.open_loop import HEADERS

_PATH = "/v1/translate"
_TIMEOUT_S = 120.0


class KeptConnection:
    """Asks the server at `url` from a thread of its own on `core`; a context that hangs up at its end."""

    def __init__(self, url: str, core: int) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
        self._core = core
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="http client")

    def __enter__(self) -> Self:
        self._connection.connect()
        self._connection.sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # head and body are two writes
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._connection.close()

    async def ask(self, body: str) -> float:
        """Seconds from the request to the last byte of its answer.

        Raises:
            ValueError: the status is not 200.
        """
        seconds, _ = await self._answered(body)
        return seconds

    async def ask_around(self, body: str) -> float:
        """What of these seconds the answer to `body`, which asks for its timing, does not claim for the translation.

        That is all but text, queue and engine: the client, the network, HTTP, JSON, the application.

        Raises:
            ValueError: as `ask` does.
        """
        seconds, content = await self._answered(body)
        total_ms: float = json.loads(content)["timing"]["total_ms"]
        return seconds - total_ms / 1000

    async def _answered(self, body: str) -> tuple[float, bytes]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, body.encode())

    def _ask(self, body: bytes) -> tuple[float, bytes]:
        with on_core(self._core):
            started = time.perf_counter()
            self._connection.request("POST", _PATH, body, HEADERS)
            response = self._connection.getresponse()
            content = response.read()
            seconds = time.perf_counter() - started
        if response.status != 200:
            raise ValueError(f"status {response.status}: {content[:200]!r}")
        return seconds, content
