"""`POST /v1/translate/stream` over the real translator and an engine that is not there."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_schema_validator import validate

from service.api import stream_answer, stream_writer
from service.api.stream_writer import NDJSON, SSE, prefers_ndjson
from service.core import Core
from service.engine.errors import DeadlineExceeded, EngineFault, QueueFull
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.streaming import Begun, Event, Wording
from service.translation import TextError, Translate
from tests.service.api.doubles import FakeTranslator, fake, make_core, make_settings, serving
from tests.service.api.test_connection import Client, open_app, scope, whole
from tests.service.doubles import FakeEngine
from tests.service.text.models import subword
from tests.service.translating import translator

ROUTE = "/v1/translate/stream"
TEXTS = ["One fox.  Two {name} foxes?\n😀", "12", "unclear", "Three dogs."]
BODY = {"texts": TEXTS, "target": "de", "details": ["score", "segments", "alignment"], "num_alternatives": 1}
ONE = {"texts": ["a"], "source": "en", "target": "de"}


class Answering(FakeEngine):
    """Answers in capitals; `fails` with an error each, `raises` when asked."""

    def __init__(self) -> None:
        super().__init__(subword(), lambda shown: [shown.removeprefix("<2de>").strip().upper(), "zwei"])
        self.fails: Exception | None = None
        self.raises: Exception | None = None

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        return list(map(self._outcome, segments))

    def _result(self, segment: Segment) -> Outcome:
        if self.raises is not None:
            raise self.raises
        return super()._result(segment) if self.fails is None else self.fails  # type: ignore[return-value]

    def _outcome(self, segment: Segment) -> Outcome:
        return self._result(segment)


@contextmanager
def answering(engine: Answering | None = None) -> Iterator[tuple[TestClient, Core]]:
    core = make_core(translator=translator(engine or Answering()))
    with serving(core) as client:
        yield client, core


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream of server-sent events, comments left out."""
    assert text.endswith("\n\n")
    found = []
    for block in text[:-2].split("\n\n"):
        if not block.startswith(":"):
            event, data = block.split("\n")
            found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_the_events_hold_the_whole_answer_byte_for_byte() -> None:
    with answering() as (client, _):
        expected = client.post("/v1/translate", json=BODY)
        answered = client.post(ROUTE, json=BODY, headers={"X-Request-ID": "mine"})
    assert answered.status_code == 200
    assert answered.headers["content-type"] == f"{SSE}; charset=utf-8"
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["x-accel-buffering"] == "no"
    events = events_of(answered.text)
    assert events[0] == ("start", {"request_id": "mine", "model": None, "num_texts": 4})
    assert [name for name, _ in events].count("start") == 1
    assert events[-1][0] == "done"
    translations = {data["index"]: data["translation"] for name, data in events if name == "text"}
    body = {"translations": [translations[index] for index in range(4)], **events[-1][1]}
    assert json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() == expected.content
    for index, text in enumerate(each["text"] for each in expected.json()["translations"]):
        deltas = [data["text"] for name, data in events if name == "delta" and data["index"] == index]
        assert "".join(deltas) == (text or "")
    segments = [data for name, data in events if name == "segment" and data["index"] == 0]
    for number, (segment, report) in enumerate(
        zip(segments, expected.json()["translations"][0]["segments"], strict=True)
    ):
        text = expected.json()["translations"][0]["text"][slice(*report["target"])]
        assert segment["text"] == text
        assert segment["segment"] == number
        assert all(segment[name] == report[name] for name in ("source", "target", "score"))


def test_one_text_may_fail_alone() -> None:
    with answering() as (client, _):
        events = events_of(client.post(ROUTE, json=BODY).text)
    about = [(name, data) for name, data in events if data.get("index") == 2]
    assert [name for name, _ in about] == ["error", "text"]
    assert about[0][1]["error"] == about[1][1]["translation"]["error"]
    assert about[0][1]["error"]["code"] == "source_undetected"


def test_lines_of_json_say_the_same() -> None:
    with answering() as (client, _):
        expected = events_of(client.post(ROUTE, json=BODY, headers={"X-Request-ID": "mine"}).text)
        answered = client.post(ROUTE, json=BODY, headers={"X-Request-ID": "mine", "Accept": NDJSON})
    assert answered.headers["content-type"] == NDJSON
    lines = [json.loads(line) for line in answered.text.splitlines()]
    assert [(line.pop("event"), line) for line in lines] == expected


def test_every_event_is_as_described() -> None:
    with answering() as (client, _):
        described = client.get("/openapi.json").json()
        sent = {**BODY, "details": ["score", "segments", "alignment", "timing"]}
        lines = client.post(ROUTE, json=sent, headers={"Accept": NDJSON}).text.splitlines()
    kinds = described["paths"][ROUTE]["post"]["responses"]["200"]["content"][NDJSON]["x-item-schema"]["oneOf"]
    schema = {"oneOf": kinds, "components": described["components"]}
    assert len(lines) > len(kinds)
    for line in lines:
        validate(json.loads(line), schema)


@pytest.mark.parametrize(
    ("accept", "is_ndjson"),
    [
        ("", False),
        ("*/*", False),
        (SSE, False),
        (NDJSON, True),
        (f"{NDJSON}, {SSE};q=0.5", True),
        (f"{NDJSON};q=0.1, {SSE}", False),
        ("Application/X-NDJSON; charset=utf-8; q=0.9,*/*", True),
        (f"{NDJSON};q=0", False),
        (f"{NDJSON};q=much", False),
    ],
)
def test_the_client_chooses(accept: str, is_ndjson: bool) -> None:
    assert prefers_ndjson(accept) is is_ndjson


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({**BODY, "tragte": "de"}, "invalid_field"),
        ({"texts": ["unclear", "unclear"], "target": "de"}, "source_undetected"),
        ({"texts": ["a" * 5001], "source": "en", "target": "de"}, "text_too_long"),
        ({"texts": ["a"], "source": "en", "target": "xx"}, "unsupported_language"),
    ],
)
def test_what_fails_before_the_first_event_fails_as_elsewhere(sent: dict[str, Any], code: str) -> None:
    with answering() as (client, _):
        expected, answered = client.post("/v1/translate", json=sent), client.post(ROUTE, json=sent)
    assert answered.status_code == expected.status_code == 400
    assert answered.json()["error"]["code"] == expected.json()["error"]["code"] == code


def test_a_full_queue_has_its_status() -> None:
    engine = Answering()
    engine.raises = QueueFull(3.0)
    with answering(engine) as (client, _):
        answered = client.post(ROUTE, json=ONE)
    assert (answered.status_code, answered.headers["retry-after"]) == (503, "3")


@pytest.mark.parametrize(
    ("error", "code"), [(DeadlineExceeded("late"), "deadline_exceeded"), (EngineFault("no"), "internal")]
)
def test_a_request_that_fails_later_ends_with_its_error(error: Exception, code: str) -> None:
    engine = Answering()
    engine.fails = error
    with answering(engine) as (client, _):
        events = events_of(client.post(ROUTE, json={**ONE, "texts": ["one", "two"]}).text)
    name, data = events[-1]
    assert (name, data["error"]["code"], "index" in data) == ("error", code, False)
    assert data["error"]["request_id"] == events[0][1]["request_id"]
    assert "done" not in [name for name, _ in events]


class Breaking(FakeTranslator):
    """Breaks after its first words."""

    async def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
        yield Begun((None,))
        yield Wording(0, "A")
        raise RuntimeError("a secret")


def test_a_fault_of_ours_ends_the_stream_and_says_nothing() -> None:
    with serving(make_core(translator=Breaking())) as client:
        events = events_of(client.post(ROUTE, json=ONE).text)
    assert [name for name, _ in events] == ["start", "delta", "error"]
    assert events[-1][1]["error"]["code"] == "internal"
    assert "secret" not in json.dumps(events)


def test_a_pause_is_a_comment_for_events_and_nothing_for_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_answer, "HEARTBEAT_S", 0.01)

    class Thinking(FakeTranslator):
        async def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
            async for event in super().stream(command):
                yield event
                await asyncio.sleep(0.05)

    with serving(make_core(translator=Thinking())) as client:
        events, lines = (client.post(ROUTE, json=ONE, headers={"Accept": kind}).text for kind in (SSE, NDJSON))
    assert events.count("\n: still here\n\n") >= 2
    assert [name for name, _ in events_of(events)] == ["start", "delta", "segment", "text", "done"]
    assert [json.loads(line)["event"] for line in lines.splitlines()] == ["start", "delta", "segment", "text", "done"]


class Waiting(FakeTranslator):
    """Says a word and then waits for ever; knows whether it was cancelled."""

    is_closed = False

    async def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
        self.commands.append(command)
        try:
            yield Begun((None,))
            yield Wording(0, "A")
            await asyncio.sleep(600.0)
        finally:
            self.is_closed = True


def test_a_client_that_hangs_up_ends_its_stream() -> None:
    waiting = Waiting()
    core = make_core(translator=waiting)

    async def scenario() -> None:
        app, client = open_app(core), Client(whole())
        serving = asyncio.create_task(app(scope(ROUTE), client.receive, client.send))
        while len(client.sent) < 3:
            await asyncio.sleep(0.001)
        assert not waiting.is_closed
        client.gone.set()
        await asyncio.wait_for(serving, 60.0)
        assert waiting.is_closed
        assert await core.admission.emptied(0.0)

    asyncio.run(scenario())


def test_a_client_that_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_writer, "MAX_SEND_S", 0.02)
    waiting = Waiting()

    class Deaf(Client):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if message["type"] == "http.response.body":
                await asyncio.sleep(600.0)

    async def scenario() -> None:
        client = Deaf(whole())
        await asyncio.wait_for(open_app(make_core(translator=waiting))(scope(ROUTE), client.receive, client.send), 60.0)

    asyncio.run(scenario())
    assert waiting.is_closed


def test_the_deadline_of_a_header_reaches_the_engine() -> None:
    core = make_core(make_settings())
    with serving(core) as client:
        client.post(ROUTE, json=ONE, headers={"X-Deadline-Ms": "1500", "X-Priority": "bulk"})
    assert (fake(core).commands[0].deadline_s, fake(core).commands[0].priority) == (1.5, "bulk")


def test_the_first_text_is_timed_once_for_each_stream() -> None:
    core = make_core()
    fake(core).fails["b"] = TextError("unsupported_pair", "no")
    with serving(core) as client:
        client.post(ROUTE, json={**ONE, "texts": ["a", "b", "c"]})
        client.post("/v1/translate", json=ONE)
        client.post(ROUTE, json={**ONE, "texts": ["b"]})
    assert core.metrics.registry.get_sample_value("dragoman_first_text_seconds_count") == 1
    assert core.metrics.registry.get_sample_value(
        "dragoman_http_requests_total", {"dialect": "native", "route": ROUTE, "method": "POST", "status": "200"}
    )
