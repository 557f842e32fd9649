"""A client that keeps its connection."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks.cores import two_cores
from benchmarks.http_client import KeptConnection


@contextmanager
def server(status: int) -> Iterator[tuple[str, list[object]]]:
    """A server that answers with the body that it got, and who connected, once for each request."""
    connections: list[object] = []

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            connections.append(self.client_address)
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as running:
        running.daemon_threads = True
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}", connections
        finally:
            running.shutdown()
            thread.join()


def test_all_requests_take_one_connection_and_are_timed() -> None:
    async def ask(url: str) -> list[float]:
        with KeptConnection(url, two_cores().client) as connection:
            return [await connection.ask(f"body {i}") for i in range(3)]

    with server(200) as (url, connections):
        seconds = asyncio.run(ask(url))
    assert len(connections) == 3
    assert len(set(connections)) == 1
    assert all(each > 0.0 for each in seconds)


def test_what_the_translation_took_is_not_counted_around_it() -> None:
    async def ask(url: str) -> list[float]:
        bodies = [json.dumps({"timing": {"total_ms": total_ms}}) for total_ms in (0.0, 3_600_000.0)]
        with KeptConnection(url, two_cores().client) as connection:
            return [await connection.ask_around(body) for body in bodies]

    with server(200) as (url, _):
        at_once, an_hour = asyncio.run(ask(url))
    assert at_once > 0.0
    assert -3600.0 < an_hour < 0.0


def test_an_answer_that_is_an_error_is_no_latency() -> None:
    async def ask(url: str) -> float:
        with KeptConnection(url, two_cores().client) as connection:
            return await connection.ask("body")

    with server(503) as (url, _), pytest.raises(ValueError, match="status 503: b'body'"):
        asyncio.run(ask(url))
