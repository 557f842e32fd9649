"""Closed loops: each client waits for its answer, no text is in flight twice, and a failure is not measured over."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.closed_loop import Load, read_bodies
from benchmarks.replicas import results

NUM_TOKENS = 7


class Counting(ThreadingHTTPServer):
    """Answers after a moment, and knows what was in flight together."""

    daemon_threads = True
    status = 200
    most_at_once = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.in_flight: list[str] = []
        self.has_doubles = False
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def do_POST(self) -> None:
        [text] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["texts"]
        with self.server.lock:
            self.server.has_doubles |= text in self.server.in_flight
            self.server.in_flight.append(text)
            self.server.most_at_once = max(self.server.most_at_once, len(self.server.in_flight))
        threading.Event().wait(0.005)
        with self.server.lock:
            self.server.in_flight.remove(text)
        body = json.dumps({"usage": {"target_tokens": NUM_TOKENS}}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(status: int = 200) -> Iterator[tuple[Counting, str]]:
    with Counting() as server:
        server.status = status
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def bodies(tmp_path: Path) -> list[bytes]:
    path = tmp_path / "texts"
    path.write_text("One.\nTwo.\n\nTwo.\nThree.\nFour.\n", encoding="utf-8")
    return read_bodies(path, "en", "de")


def test_each_distinct_line_is_a_request(bodies: list[bytes]) -> None:
    assert [json.loads(body)["texts"] for body in bodies] == [["One."], ["Two."], ["Three."], ["Four."]]


def test_clients_wait_for_their_answers_and_never_ask_for_what_is_in_flight(bodies: list[bytes]) -> None:
    with serving() as (server, url):
        seen = Load(url, bodies, 2, 0.3).run()
    assert (server.most_at_once, server.has_doubles) == (2, False)
    assert seen.target_tokens_per_s == pytest.approx(NUM_TOKENS * seen.texts_per_s)
    assert 5.0 <= seen.p50_ms <= seen.p95_ms <= seen.p99_ms


def test_more_clients_than_texts_are_refused(bodies: list[bytes]) -> None:
    with pytest.raises(ValueError, match="4 clients need more than 4 texts"):
        Load("http://127.0.0.1:1", bodies, 4, 0.1)


def test_an_error_ends_the_measurement(bodies: list[bytes]) -> None:
    with serving(status=503) as (_, url), pytest.raises(RuntimeError, match="2 of 2 clients failed"):
        Load(url, bodies, 2, 5.0).run()


def test_replicas_are_told_with_each_turn_and_the_medians() -> None:
    found = results([10.0, 30.0, 20.0], [20.0, 60.0, 41.26])
    assert found["median_texts_per_s"] == {"one process": 20.0, "two processes": 41.3}
    assert list(found["texts_per_s"]) == ["turn 1", "turn 2", "turn 3"]
    assert found["texts_per_s"]["turn 2"] == {"one process": 30.0, "two processes": 60.0}
