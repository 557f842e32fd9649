"""The end of a service: nobody who was let in is lost."""

import signal
import threading
import time
from pathlib import Path

import httpx

from tests.e2e.process import Service, running

SHORT = {"texts": ["Hello."], "source": "en", "target": "de"}


# Two rows and no cache: seconds of work, whatever the machine.
SLOW = {"DRAGOMAN_MAX_ROWS": "2", "DRAGOMAN_MAX_CACHE_BYTES": "0"}


class Load:
    """Clients that each send one request of many sentences."""

    def __init__(self, service: Service, num_clients: int, num_texts: int) -> None:
        self.statuses: list[int] = []
        self._url = service.url
        self._threads = [threading.Thread(target=self._ask, args=(i, num_texts)) for i in range(num_clients)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(150.0)

    def _ask(self, number: int, num_texts: int) -> None:
        texts = [f"The quick brown fox number {i} jumps over the lazy dog {number}." for i in range(num_texts)]
        asked = {"texts": texts, "source": "en", "target": "de"}
        answered = httpx.post(f"{self._url}/v1/translate", json=asked, timeout=150.0)
        self.statuses.append(answered.status_code)


def await_running(client: httpx.Client) -> None:
    """Wait until the engine is at work."""
    ends_at = time.monotonic() + 30.0
    while "dragoman_rows_running 0.0" in client.get("/metrics").text:
        assert time.monotonic() < ends_at


def await_unready(client: httpx.Client) -> httpx.Response:
    """The first answer after the signal has arrived, which takes a moment."""
    ends_at = time.monotonic() + 60.0
    while (ready := client.get("/readyz")).status_code == 200 and time.monotonic() < ends_at:
        time.sleep(0.01)
    return ready


def test_a_stop_under_load_loses_nobody(artifact: Path) -> None:
    settings = {**SLOW, "DRAGOMAN_DRAIN_DELAY_S": "8.0", "DRAGOMAN_DRAIN_TIMEOUT_S": "120"}
    with running(artifact, **settings) as service, service.client() as client:
        service.await_ready()
        load = Load(service, 5, 10)
        await_running(client)
        service.signal(signal.SIGTERM)
        ready = await_unready(client)
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        assert ready.headers["Connection"] == "close"
        assert client.get("/livez").status_code == 200
        assert httpx.post(f"{service.url}/v1/translate", json=SHORT, timeout=60.0).status_code == 200
        load.join()
        assert load.statuses == [200] * 5
        assert service.await_exit() == 0
        assert not any("exception" in entry for entry in service.entries())


def test_newcomers_are_sent_away_and_the_rest_fails_in_time(artifact: Path) -> None:
    settings = {**SLOW, "DRAGOMAN_DRAIN_DELAY_S": "0", "DRAGOMAN_DRAIN_TIMEOUT_S": "5.0"}
    with running(artifact, **settings) as service, service.client() as client:
        service.await_ready()
        load = Load(service, 10, 200)
        await_running(client)
        service.signal(signal.SIGTERM)
        assert await_unready(client).status_code == 503
        late = client.post("/v1/translate", json=SHORT)
        assert (late.status_code, late.json()["error"]["code"]) == (503, "not_ready")
        assert late.headers["Connection"] == "close"
        assert int(late.headers["Retry-After"]) >= 1
        load.join()
        assert set(load.statuses) == {200, 503} or set(load.statuses) == {503}
        assert len(load.statuses) == 10
        assert service.await_exit() == 0


def test_an_idle_service_stops_at_once_when_someone_interrupts_it(artifact: Path) -> None:
    with running(artifact, DRAGOMAN_DRAIN_DELAY_S="600") as service:
        service.await_ready()
        service.signal(signal.SIGINT)
        assert service.await_exit(120.0) == 0
