"""What clients do to a service, and what it does to them: too many, too impatient, gone, and very many."""

import asyncio
import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import deepl
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.settings import DEFAULT_ARTIFACTS
from tests.e2e.process import Service, running
from tests.service.text.models import SENTENCES

SLOW = {"DRAGOMAN_MAX_ROWS": "1"}
EN_DE = {"source": "en", "target": "de"}
STATUSES = {"/v1/translate": 503, "/translate": 429, "/v2/translate": 429}  # of a request for which there is no room
REFUSAL_SHARE = 0.2  # of the time of who was let in, and had to wait for the queue
DEEPL_TIMEOUT_S = 1.0
MEGABYTE = 1024 * 1024


@contextmanager
def ready(artifact: Path, **settings: str) -> Iterator[Service]:
    """A service that has just become ready."""
    with running(artifact, **settings) as service:
        service.await_ready()
        yield service


def metric(client: httpx.Client, name: str) -> float:
    """The sum of all samples of that name."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def long_text(num_sentences: int, number: int = 0) -> str:
    """Different sentences, so that none is remembered from another."""
    return " ".join(f"The quick brown fox number {number}-{i} jumps over the dog." for i in range(num_sentences))


def work_of(service: Service) -> float:
    """Rows times steps that the engine has done."""
    with service.client() as client:
        return metric(client, "dragoman_step_rows_sum")


@pytest.fixture(scope="module")
def seconds_a_sentence(artifact: Path) -> float:
    """How long a sentence takes when only one is translated at a time."""
    with ready(artifact, **SLOW, DRAGOMAN_MAX_CACHE_BYTES="0") as service, service.client() as client:
        started = time.monotonic()
        assert client.post("/v1/translate", json={"texts": [long_text(20)], **EN_DE}).status_code == 200
        return (time.monotonic() - started) / 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_overload_is_refused_at_once_and_recovered_from(artifact: Path) -> None:
    settings = {**SLOW, "DRAGOMAN_MAX_WAITING_TOKENS": "300", "DRAGOMAN_MAX_CACHE_BYTES": "0"}
    with ready(artifact, **settings) as service, service.client() as client:
        with crowd(service, num_clients=12):
            refused = _refusals(client, num_wanted=4)
        logged = service.entries_of_answered()
        entries = {each["request_id"]: each for each in logged if each.get("error") == "overloaded"}
        let_in = [each for each in logged if (each.get("route"), each.get("status")) == ("/v1/translate", 200)]
        let_in_ms = statistics.median(each["duration_ms"] for each in let_in)
        for path, answers in refused.items():
            assert {each.status_code for each in answers} == {STATUSES[path]}
            assert all(int(each.headers["Retry-After"]) >= 1 for each in answers)
            took = [entries[each.headers["X-Request-ID"]]["duration_ms"] for each in answers]
            assert statistics.median(took) <= REFUSAL_SHARE * let_in_ms, path
        assert [client.post(path, json=body).status_code for path, body in one_of_each(0)] == [200, 200, 200]


def _refusals(client: httpx.Client, num_wanted: int) -> dict[str, list[httpx.Response]]:
    """That many answers of each dialect to a request for which there was no room."""
    found: dict[str, list[httpx.Response]] = {path: [] for path in STATUSES}
    for number in range(1, 1000):
        for path, body in one_of_each(number):
            if (answered := client.post(path, json=body)).status_code != 200:
                found[path].append(answered)
        if min(map(len, found.values())) >= num_wanted:
            return found
    raise AssertionError("there was always room")


@contextmanager
def crowd(service: Service, num_clients: int) -> Iterator[None]:
    """Clients that keep the queue full."""
    is_over = threading.Event()

    def ask(number: int) -> None:
        with service.client() as client:
            while not is_over.is_set():
                number += num_clients
                texts = [long_text(2, number)]
                if client.post("/v1/translate", json={"texts": texts, **EN_DE}).status_code != 200:
                    is_over.wait(0.02)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(num_clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60.0)


def one_of_each(number: int) -> list[tuple[str, dict[str, object]]]:
    """A request of each dialect, no two with the same text: equal ones would be translated once."""
    texts = [f"The {name} fox number {number} jumps over the lazy dog." for name in ("quick", "brown", "small")]
    return [
        ("/v1/translate", {"texts": [texts[0]], **EN_DE}),
        ("/translate", {"q": texts[1], **EN_DE}),
        ("/v2/translate", {"text": [texts[2]], "source_lang": "EN", "target_lang": "DE"}),
    ]


@pytest.mark.slow
def test_an_impatient_client_of_deepl_finishes_without_the_work_being_done_twice(
    artifact: Path, seconds_a_sentence: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    num_sentences = round(2.5 * DEEPL_TIMEOUT_S / seconds_a_sentence)
    with ready(artifact, **SLOW, DRAGOMAN_MAX_CACHE_BYTES="0") as service, service.client() as client:
        took_s = 0.0
        while took_s < 2.0 * DEEPL_TIMEOUT_S:  # the machine may have become faster
            before, started = work_of(service), time.monotonic()
            text = long_text(num_sentences)
            asked = {"texts": [text], **EN_DE}
            expected = client.post("/v1/translate", json=asked).json()["translations"][0]["text"]
            took_s, num_sentences = time.monotonic() - started, 2 * num_sentences
        once = work_of(service) - before
    monkeypatch.setattr(deepl.http_client, "min_connection_timeout", DEEPL_TIMEOUT_S)
    with ready(artifact, **SLOW) as service:
        before = work_of(service)
        client_of_deepl = deepl.DeepLClient("k", server_url=service.url)
        result = client_of_deepl.translate_text(text, source_lang="EN", target_lang="DE")
        assert isinstance(result, deepl.TextResult)
        assert result.text == expected
        num_asked = sum(each.get("route") == "/v2/translate" for each in service.entries_of_answered())
        assert num_asked >= 2, "it was not slow"
        assert work_of(service) - before < 2 * once


def test_who_leaves_makes_room_for_who_waits(artifact: Path, seconds_a_sentence: float) -> None:
    num_sentences = min(300, round(10.0 / seconds_a_sentence))  # as many as a text may have
    with ready(artifact, **SLOW, DRAGOMAN_MAX_CACHE_BYTES="0") as service, service.client() as client:
        with closing(http.client.HTTPConnection("127.0.0.1", httpx.URL(service.url).port)) as leaving:
            asked = json.dumps({"texts": [long_text(num_sentences)], **EN_DE})
            leaving.request("POST", "/v1/translate", asked, {"Content-Type": "application/json"})
            _until(lambda: metric(client, "dragoman_rows_running") > 0, "its work never began")
        waiting = client.post("/v1/translate", json={"texts": ["How are you today?"], **EN_DE})
        assert waiting.status_code == 200
        names = ("dragoman_rows_running", "dragoman_waiting_segments")
        _until(lambda: sum(metric(client, name) for name in names) == 0, "something runs on")
        assert 1 <= num_done(client) < num_sentences, "its work went on"


def _until(is_so: Callable[[], bool], complaint: str) -> None:
    ends_at = time.monotonic() + 60.0
    while not is_so():
        assert time.monotonic() < ends_at, complaint
        time.sleep(0.01)


def num_done(client: httpx.Client) -> float:
    """Segments that were translated."""
    samples = [
        sample
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "dragoman_segments_total" and sample.labels["outcome"] == "done"
    ]
    return sum(sample.value for sample in samples)


@pytest.mark.slow
@pytest.mark.skipif(not (DEFAULT_ARTIFACTS[0] / "SHA256SUMS").exists(), reason="the default artifact is not here")
def test_the_first_request_is_no_more_work_than_the_hundredth() -> None:
    seconds: list[float] = []
    with ready(DEFAULT_ARTIFACTS[0], DRAGOMAN_MAX_CACHE_BYTES="0") as service, service.client() as client:
        client.get("/livez")
        for _ in range(101):
            before = cpu_seconds(service)
            assert client.post("/v1/translate", json={"texts": ["How are you today?"], **EN_DE}).status_code == 200
            seconds.append(cpu_seconds(service) - before)
    # A few milliseconds for what else the process does meanwhile, and the usual of the last ones in place of one.
    assert seconds[0] <= 2 * statistics.median(seconds[81:]) + 0.01


def cpu_seconds(service: Service) -> float:
    """Processor time of all its threads, which does not depend on what else runs on the machine."""
    tasks = Path(f"/proc/{service.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


@pytest.mark.nightly
@pytest.mark.timeout(1200)
def test_ten_thousand_requests_take_no_more_memory_than_two_thousand(artifact: Path) -> None:
    with ready(artifact, DRAGOMAN_MAX_CACHE_BYTES=str(4 * MEGABYTE)) as service:
        _mixed(service, 2_000)
        before = resident_bytes(service)
        _mixed(service, 8_000)
        grown = resident_bytes(service) - before
    assert grown <= 16 * MEGABYTE, f"{grown / MEGABYTE:.1f} MiB more"


def _mixed(service: Service, num_requests: int) -> None:
    """Requests of every dialect, long and short, good and bad, and of clients that leave."""
    sent: list[tuple[str, dict[str, object]]] = []
    for i in range(num_requests):
        text = f"{SENTENCES[i % len(SENTENCES)]} {i}"
        texts = [text] * (1 + i % 4)
        bodies: list[tuple[str, dict[str, object]]] = [
            ("/v1/translate", {"texts": texts, **EN_DE, "details": ["alignment", "segments"]}),
            ("/translate", {"q": texts, "source": "auto", "target": "de", "alternatives": 1}),
            ("/v2/translate", {"text": texts, "target_lang": "DE", "tag_handling": "html"}),
            ("/v1/translate", {"texts": texts, "source": "en", "target": "xx"}),
            ("/v1/detect", {"texts": texts}),
        ]
        sent.append(bodies[i % len(bodies)])

    async def ask_all() -> None:
        async with httpx.AsyncClient(base_url=service.url, timeout=60.0) as client:
            places = asyncio.Semaphore(16)

            async def ask(i: int, path: str, body: dict[str, object]) -> None:
                async with places:
                    if i % 50 == 0:
                        with suppress(httpx.TimeoutException):
                            await client.post(path, json=body, timeout=0.001)
                    else:
                        assert (await client.post(path, json=body)).status_code in (200, 400)

            await asyncio.gather(*(ask(i, path, body) for i, (path, body) in enumerate(sent)))

    asyncio.run(ask_all())


def resident_bytes(service: Service) -> int:
    """What the process has in memory."""
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024
