"""The end of a service: nobody who was let in is lost."""

import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import Service, running

LONG = {"texts": ["The quick brown fox jumps over the lazy dog. " * 10] * 4, "source": "en", "target": "de"}
SHORT = {"texts": ["Hello."], "source": "en", "target": "de"}


class Load:
    """Clients that each send one long request."""

    def __init__(self, service: Service, num_clients: int) -> None:
        self.statuses: list[int] = []
        self._url = service.url
        self._threads = [threading.Thread(target=self._ask) for _ in range(num_clients)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60.0)

    def _ask(self) -> None:
        answered = httpx.post(f"{self._url}/v1/translate", json=LONG, timeout=60.0)
        self.statuses.append(answered.status_code)


def await_running(client: httpx.Client) -> None:
    """Wait until the engine is at work."""
    ends_at = time.monotonic() + 30.0
    while "dragoman_rows_running 0.0" in client.get("/metrics").text:
        assert time.monotonic() < ends_at


def test_a_stop_under_load_loses_nobody(artifact: Path) -> None:
    with running(artifact, DRAGOMAN_DRAIN_DELAY_S="1.0") as service, service.client() as client:
        service.await_ready()
        load = Load(service, 6)
        await_running(client)
        service.signal(signal.SIGTERM)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        assert ready.headers["Connection"] == "close"
        assert client.get("/livez").status_code == 200
        assert client.post("/v1/translate", json=SHORT).status_code == 200
        load.join()
        assert load.statuses == [200] * 6
        assert service.await_exit() == 0
        assert not any("exception" in entry for entry in service.entries())


def test_newcomers_are_sent_away_and_the_rest_fails_in_time(artifact: Path) -> None:
    settings = {"DRAGOMAN_DRAIN_DELAY_S": "0", "DRAGOMAN_DRAIN_TIMEOUT_S": "1.0"}
    with running(artifact, **settings) as service, service.client() as client:
        service.await_ready()
        load = Load(service, 8)
        await_running(client)
        service.signal(signal.SIGTERM)
        time.sleep(0.2)
        late = client.post("/v1/translate", json=SHORT)
        assert (late.status_code, late.json()["error"]["code"]) == (503, "not_ready")
        assert late.headers["Connection"] == "close"
        assert int(late.headers["Retry-After"]) >= 1
        load.join()
        assert set(load.statuses) <= {200, 503}
        assert len(load.statuses) == 8
        assert service.await_exit(20.0) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_service_stops_at_once(artifact: Path, number: signal.Signals) -> None:
    with running(artifact, DRAGOMAN_DRAIN_DELAY_S="0") as service:
        service.await_ready()
        service.signal(number)
        assert service.await_exit(20.0) == 0
