"""Usage survives what befalls a real service."""

import signal
import threading
import time
from pathlib import Path

import httpx

from tests.e2e.process import Service, running

TEXT = "How are you today?"


class Clients:
    """Threads that ask until their service is gone, and remember how often they were answered."""

    def __init__(self, service: Service, num_threads: int) -> None:
        self._url = service.url
        self._answered = [0] * num_threads
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(num_threads)]
        for thread in self._threads:
            thread.start()

    @property
    def num_answered(self) -> int:
        return sum(self._answered)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60.0)

    def _ask(self, number: int) -> None:
        asked = {"texts": [TEXT], "source": "en", "target": "de"}
        with httpx.Client(base_url=self._url, timeout=30.0) as client:
            while True:
                try:
                    assert client.post("/v1/translate", json=asked).status_code == 200
                except httpx.TransportError:
                    return
                self._answered[number] += 1


def usage(service: Service) -> tuple[int, int]:
    with service.client() as client:
        used = client.get("/v1/usage").json()
    return used["requests"], used["characters"]


def test_a_kill_under_load_loses_no_answered_request(artifact: Path, tmp_path: Path) -> None:
    num_threads, num_lives = 8, 2
    settings = {"DRAGOMAN_DATABASE": str(tmp_path / "usage.sqlite3")}
    num_answered = 0
    for life in range(num_lives):
        with running(artifact, **settings) as service:
            service.await_ready()
            clients = Clients(service, num_threads)
            ends_at = time.monotonic() + 30.0
            while clients.num_answered < 200 and time.monotonic() < ends_at:
                time.sleep(0.01)
            service.signal(signal.SIGKILL)
            clients.join()
        assert clients.num_answered >= 200
        num_answered += clients.num_answered
        with running(artifact, **settings) as service:
            requests, characters = usage(service)
        # What was counted and not yet answered when it died: at most one request of each client.
        assert num_answered <= requests <= num_answered + (life + 1) * num_threads
        assert characters == requests * len(TEXT)


def test_a_stop_keeps_usage(artifact: Path, tmp_path: Path) -> None:
    settings = {"DRAGOMAN_DATABASE": str(tmp_path / "usage.sqlite3"), "DRAGOMAN_DRAIN_DELAY_S": "0"}
    with running(artifact, **settings) as service, service.client() as client:
        service.await_ready()
        client.post("/v1/translate", json={"texts": [TEXT], "source": "en", "target": "de"})
        service.signal()
        assert service.await_exit() == 0
    with running(artifact, **settings) as service:
        assert usage(service) == (1, len(TEXT))
