"""A client that keeps its connection and does no more than it must, so that what is measured is the service.

One that connects anew for each request, as `urllib` does, is busy with that for longer than the server is with HTTP;
and `http.client` takes a tenth of a millisecond to write a head and to read one.
"""

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Self
from urllib.parse import urlsplit

from httptools import HttpResponseParser

from benchmarks.cores import on_core
from benchmarks.open_loop import HEADERS

_PATH = "/v1/translate"
_TIMEOUT_S = 120.0
_READ_BYTES = 65_536


class _Answer:
    """What the parser of HTTP tells of one answer."""

    def __init__(self) -> None:
        self.content = b""
        self.is_complete = False

    def on_body(self, part: bytes) -> None:
        self.content += part

    def on_message_complete(self) -> None:
        self.is_complete = True


class KeptConnection:
    """Asks the server at `url` from a thread of its own on `core`; a context that hangs up at its end."""

    def __init__(self, url: str, core: int) -> None:
        address = urlsplit(url)
        self._address = (address.hostname, address.port)
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        self._head = f"POST {_PATH} HTTP/1.1\r\nHost: {address.netloc}\r\n{headers}Content-Length: ".encode()
        self._core = core
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="http client")

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(self._address, _TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._socket.close()

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
        answer = _Answer()
        parser = HttpResponseParser(answer)
        with on_core(self._core):
            started = time.perf_counter()
            self._socket.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            while not answer.is_complete:
                received = self._socket.recv(_READ_BYTES)
                if not received:
                    raise ValueError("the server hung up")
                parser.feed_data(received)
            seconds = time.perf_counter() - started
        if (status := parser.get_status_code()) != 200:
            raise ValueError(f"status {status}: {answer.content[:200]!r}")
        return seconds, answer.content
