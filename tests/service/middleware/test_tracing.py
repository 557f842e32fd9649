"""Traces: one span a request, in the client's trace, without a word of what it sent."""

import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from service.core import Core
from service.logs import JsonFormatter
from service.settings import Settings
from service.tracing import TracingError, make_provider
from tests.service.api.doubles import fake, make_core, make_settings, serving

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
MARK = "Rumpelstilzchen"
ASKED = {"texts": [MARK], "source": "en", "target": "de"}


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Where a collector would listen, and all that it was sent."""
    received = list[bytes]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server, ThreadPoolExecutor(1) as pool:
        serving_it = pool.submit(server.serve_forever, 0.01)
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
        finally:
            server.shutdown()
            serving_it.result()


def traced(endpoint: str, **settings: object) -> Core:
    return make_core(make_settings(tracing_endpoint=endpoint, access_log=True, **settings))


def test_a_collector_gets_a_span_without_words() -> None:
    with collector() as (endpoint, received):
        core = traced(endpoint)
        with serving(core) as client:
            client.post("/v1/translate", json=ASKED, headers=TRACEPARENT)
            fake(core).raises = ValueError(MARK)
            client.post("/translate", json={"q": MARK, "source": "en", "target": "de", "api_key": MARK})
            client.get(f"/{MARK}?{MARK}", headers={"User-Agent": MARK, "X-API-Key": MARK, "tracestate": f"a={MARK}"})
            client.get("/livez")
        sent = b"".join(received)
    assert bytes.fromhex(TRACE) in sent
    for name in (b"POST /v1/translate", b"POST /translate", b"GET other", b"dragoman.num_characters"):
        assert name in sent
    assert b"livez" not in sent
    assert MARK.encode() not in sent


def test_without_a_collector_there_are_no_spans() -> None:
    assert make_provider(Settings()) is None


def test_nobody_waits_for_a_collector_that_is_away() -> None:
    with serving(traced("http://127.0.0.1:1/v1/traces", tracing_sample_ratio=0.0)) as client:
        assert client.post("/v1/translate", json=ASKED).status_code == 200


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingError, match=r"DRAGOMAN_TRACING_ENDPOINT needs .*dragoman\[tracing\]"):
        make_provider(Settings(tracing_endpoint="http://127.0.0.1:1"))


class Lines(logging.Handler):
    """Formats each record where it is made: the ids are those of the running request."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "request":
            self.entries.append(json.loads(JsonFormatter().format(record)))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, log = Lines(), logging.getLogger("service.access")
    log.addHandler(handler)
    level = log.level
    log.setLevel(logging.INFO)
    yield handler
    log.setLevel(level)
    log.removeHandler(handler)


@pytest.mark.parametrize(
    ("traceparent", "found"),
    [
        (TRACEPARENT["traceparent"], TRACE),
        (f"cc-{TRACE}-b7ad6b7169203331-01-later", TRACE),
        (f"ff-{TRACE}-b7ad6b7169203331-01", None),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-b7ad6b7169203331-01", None),
        (MARK, None),
        ("", None),
    ],
)
def test_the_log_names_the_clients_trace(lines: Lines, traceparent: str, found: str | None) -> None:
    with serving(make_core(make_settings(access_log=True))) as client:
        client.post("/v1/translate", json=ASKED, headers={"traceparent": traceparent})
    assert [entry.get("trace_id") for entry in lines.entries] == [found]


def test_a_trace_that_begins_here_is_in_the_log_too(lines: Lines) -> None:
    with collector() as (endpoint, received), serving(traced(endpoint)) as client:
        client.post("/v1/translate", json=ASKED)
    [entry] = lines.entries
    assert bytes.fromhex(str(entry["trace_id"])) in b"".join(received)
