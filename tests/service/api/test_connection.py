"""A client that hangs up takes its own work with it and nobody else's."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import Message, Scope

from service.api.json_body import WHOLE_BODY
from service.app import create_app
from service.core import Core
from tests.service.api.doubles import FakeBackend, fake, make_core, make_settings

BODY = json.dumps({"texts": ["a"], "source": "en", "target": "de"}).encode()


class Client:
    """One request over plain ASGI; it hangs up when told to."""

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)
        self.gone = asyncio.Event()
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status


def scope(path: str = "/v1/translate") -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def whole(body: bytes = BODY) -> Message:
    return {"type": "http.request", "body": body, "more_body": False}


def open_app(core: Core) -> Any:
    FakeBackend(core).start()
    return create_app(core.settings, FakeBackend(core))


def test_a_client_that_hangs_up_cancels_its_work() -> None:
    core = make_core()
    fake(core).is_held = True

    async def scenario() -> Client:
        app, client = open_app(core), Client(whole())
        serving = asyncio.create_task(app(scope(), client.receive, client.send))
        while not fake(core).commands:
            await asyncio.sleep(0.001)
        client.gone.set()
        await asyncio.wait_for(serving, 60.0)
        return client

    client = asyncio.run(scenario())
    assert fake(core).num_cancelled == 1
    assert client.status == 499
    assert core.metrics.registry.get_sample_value(
        "dragoman_http_requests_total",
        {"dialect": "native", "route": "/v1/translate", "method": "POST", "status": "499"},
    )


def test_its_neighbours_get_their_answers() -> None:
    core = make_core()
    fake(core).is_held = True

    async def scenario() -> list[Client]:
        app, clients = open_app(core), [Client(whole()) for _ in range(5)]
        serving = [asyncio.create_task(app(scope(), each.receive, each.send)) for each in clients]
        while len(fake(core).commands) < 5:
            await asyncio.sleep(0.001)
        clients[2].gone.set()
        await serving[2]
        fake(core).is_held = False
        await asyncio.gather(*serving)
        return clients

    assert [client.status for client in asyncio.run(scenario())] == [200, 200, 499, 200, 200]
    assert fake(core).num_cancelled == 1


def test_a_client_that_hangs_up_while_it_sends_costs_no_work() -> None:
    core = make_core()

    async def scenario() -> Client:
        client = Client({"type": "http.request", "body": BODY[:5], "more_body": True})
        client.gone.set()
        await open_app(core)(scope(), client.receive, client.send)
        return client

    assert asyncio.run(scenario()).status == 499
    assert fake(core).commands == []


def test_a_client_that_hangs_up_when_it_has_sent_costs_no_work() -> None:
    core = make_core()

    async def scenario() -> Client:
        client = Client({"type": "http.disconnect"})
        await open_app(core)({**scope(), "state": {WHOLE_BODY: True}}, client.receive, client.send)
        return client

    assert asyncio.run(scenario()).status == 499
    assert fake(core).commands == []


@pytest.mark.parametrize("path", ["/v1/translate", "/translate", "/v2/translate"])
@pytest.mark.parametrize("form", [b"multipart/form-data; boundary=x", b"application/x-www-form-urlencoded"])
def test_a_body_that_came_with_its_head_is_read_as_any_other(path: str, form: bytes) -> None:
    """Some readers ask for the body once more, when it has been read."""
    fields = {"q": "a", "text": "a", "source": "en", "target": "de", "target_lang": "de"}
    if form.startswith(b"multipart"):
        part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
        body = "".join(part.format(*field) for field in fields.items()) + "--x--\r\n"
    else:
        body = urlencode(fields)
    statuses = []
    for state in ({}, {WHOLE_BODY: True}):
        client = Client(whole(body.encode()))
        asked = {**scope(path), "headers": [(b"content-type", form)], "state": state}
        asyncio.run(asyncio.wait_for(open_app(make_core())(asked, client.receive, client.send), 60.0))
        statuses.append(client.status)
    assert statuses == [415, 415] if path == "/v1/translate" else [200, 200]


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    core = make_core(make_settings(max_body_wait_s=0.05))

    async def scenario() -> Client:
        client = Client({"type": "http.request", "body": BODY[:5], "more_body": True})
        await asyncio.wait_for(open_app(core)(scope(), client.receive, client.send), 60.0)
        return client

    assert asyncio.run(scenario()).status == 408


def test_a_stop_waits_for_who_is_inside_and_lets_nobody_in() -> None:
    core = make_core()
    fake(core).is_held = True

    async def scenario() -> tuple[list[int], bool, bool]:
        app, clients = open_app(core), [Client(whole()) for _ in range(3)]
        serving = [asyncio.create_task(app(scope(), each.receive, each.send)) for each in clients]
        while len(fake(core).commands) < 3:
            await asyncio.sleep(0.001)
        core.admission.close()
        late = Client(whole())
        await app(scope(), late.receive, late.send)
        too_soon = await core.admission.emptied(0.0)
        fake(core).is_held = False
        in_time = await core.admission.emptied(60.0)
        await asyncio.gather(*serving)
        return [each.status for each in (*clients, late)], too_soon, in_time

    assert asyncio.run(scenario()) == ([200, 200, 200, 503], False, True)
