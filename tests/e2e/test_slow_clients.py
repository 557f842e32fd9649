"""Clients that send a byte now and then: each is left within its time, and nobody else notices."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import Service, running

WAIT_S = 1.0
PATIENCE_S = 60.0  # for a service that never leaves
ASKED = {"texts": ["How are you today?"], "source": "en", "target": "de"}
LINE = b"POST %s HTTP/1.1\r\nHost: h\r\n"
HEAD = LINE + b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n"


@pytest.fixture(scope="module")
def service(artifact: Path) -> Iterator[Service]:
    waits = {"DRAGOMAN_MAX_HEADER_WAIT_S": str(WAIT_S), "DRAGOMAN_MAX_BODY_WAIT_S": str(WAIT_S)}
    with running(artifact, **waits) as started:
        started.await_ready()
        yield started


class Dribble:
    """Sends `first`, then a byte ten times a second until the other side has had enough."""

    def __init__(self, service: Service, first: bytes) -> None:
        self.answer = b""
        self.seconds = 0.0
        self._service, self._first = service, first
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(2 * PATIENCE_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        url = httpx.URL(self._service.url)
        started = time.monotonic()
        with socket.create_connection((url.host, url.port or 0), timeout=0.1) as connection:
            connection.sendall(self._first)
            while self.seconds < PATIENCE_S:
                self.seconds = time.monotonic() - started
                try:
                    received = connection.recv(65_536)
                except TimeoutError:
                    received = None
                except ConnectionError:
                    return
                if received == b"":
                    return
                self.answer += received or b""
                try:
                    connection.send(b"a")
                except OSError:
                    return


def num_segments(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("dragoman_segments_total{"))


def test_heads_and_bodies_that_dribble_are_left_and_others_are_served(service: Service) -> None:
    paths = (b"/v1/translate", b"/translate", b"/v2/translate")
    heads = [Dribble(service, LINE % path + b"X-Slow: ") for path in paths * 10]
    bodies = [Dribble(service, HEAD % path + b"{") for path in paths]
    with service.client() as client:
        for _ in range(5):
            assert client.post("/v1/translate", json=ASKED).status_code == 200
        before = num_segments(client)
        for each in (*heads, *bodies):
            each.join()
        # A canary may fly meanwhile; what dribbled was no work.
        assert num_segments(client) - before <= 1
    assert all(WAIT_S * 0.9 <= each.seconds < PATIENCE_S for each in (*heads, *bodies))
    assert [each.answer for each in heads] == [b""] * len(heads)
    for each, keys in zip(bodies, ({"error"}, {"error"}, {"message"}), strict=True):
        head, _, body = each.answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in head.lower()
        assert set(json.loads(body)) == keys
