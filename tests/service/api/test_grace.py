"""What becomes of work whose client has left: it goes on for a moment, unless others wait."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from service.access.control import AccessControl
from service.access.keys import Key, Limits, digest, make_secret
from service.access.store import Store
from service.api import connection
from service.engine.segment import Priority
from service.engine.stats import EngineStats
from service.translation import Outcome, Translate
from tests.service.api.doubles import STATS, FakeTranslator, make_core
from tests.service.api.test_connection import Client, open_app, scope, whole


class Queue:
    """The engine's facts, with as many waiting segments as the test says."""

    def __init__(self) -> None:
        self.num_waiting = 0

    def __call__(self) -> EngineStats:
        return replace(STATS, waiting_segments=dict.fromkeys(Priority, self.num_waiting))


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 0.2)


async def leave(queue: Queue, translator: FakeTranslator) -> "asyncio.Task[int]":
    """Ask and hang up; the status in the log, once the request is over."""
    core = make_core(stats=queue, translator=translator)
    app, client = open_app(core), Client(whole())

    async def serve() -> int:
        await asyncio.wait_for(app(scope(), client.receive, client.send), 60.0)
        assert await core.admission.emptied(0.0)
        return client.status

    serving = asyncio.create_task(serve())
    while not translator.commands:
        await asyncio.sleep(0.001)
    client.gone.set()
    return serving


def test_work_that_is_done_soon_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 60.0)

    async def scenario() -> None:
        translator = FakeTranslator()
        translator.delay_s = 0.05
        assert await (await leave(Queue(), translator)) == 499
        assert translator.num_cancelled == 0

    asyncio.run(scenario())


def test_work_that_takes_longer_is_given_up() -> None:
    async def scenario() -> None:
        translator, asked = FakeTranslator(), time.monotonic()
        translator.delay_s = 600.0
        assert await (await leave(Queue(), translator)) == 499
        assert translator.num_cancelled == 1
        assert time.monotonic() - asked >= connection.GRACE_S

    asyncio.run(scenario())


def test_work_that_keeps_others_waiting_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 600.0)

    async def scenario() -> None:
        translator, queue = FakeTranslator(), Queue()
        translator.delay_s, queue.num_waiting = 600.0, 1
        assert await (await leave(queue, translator)) == 499
        assert translator.num_cancelled == 1

    asyncio.run(scenario())


def test_work_that_others_begin_to_wait_for_is_given_up_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 600.0)

    async def scenario() -> None:
        translator, queue = FakeTranslator(), Queue()
        translator.delay_s = 600.0
        serving = await leave(queue, translator)
        await asyncio.sleep(0.1)
        assert translator.num_cancelled == 0
        queue.num_waiting = 1
        assert await serving == 499
        assert translator.num_cancelled == 1

    asyncio.run(scenario())


def test_who_asks_again_finds_its_quota_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 600.0)
    key_id, secret = make_secret()
    with Store(tmp_path / "s") as store:
        store.add_key(Key(key_id, "k", digest(secret), 0.0, limits=Limits(characters_per_month=10)))
    head = {**scope(), "headers": [*scope()["headers"], (b"x-api-key", secret.encode())]}
    body = json.dumps({"texts": ["a" * 6], "source": "en", "target": "de"}).encode()

    async def scenario() -> int:
        translator = FakeTranslator()
        translator.delay_s = 600.0
        app = open_app(make_core(stats=Queue(), translator=translator, access=AccessControl(tmp_path / "s")))
        left, again = Client(whole(body)), Client(whole(body))
        serving = asyncio.create_task(app({**head}, left.receive, left.send))
        while not translator.commands:
            await asyncio.sleep(0.001)
        left.gone.set()
        await asyncio.sleep(0.1)
        translator.delay_s = 0.0
        await app({**head}, again.receive, again.send)
        serving.cancel()
        return again.status

    assert asyncio.run(scenario()) == 200


def test_who_is_cancelled_by_others_stays_so() -> None:
    async def scenario() -> None:
        translator = FakeTranslator()
        translator.delay_s = 600.0
        serving = await leave(Queue(), translator)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(scenario())


def test_work_that_fails_when_nobody_listens_is_no_trouble() -> None:
    class Failing(FakeTranslator):
        async def translate(self, command: Translate) -> Outcome:
            self.commands.append(command)
            await asyncio.sleep(0.02)
            raise RuntimeError("late")

    async def scenario() -> None:
        assert await (await leave(Queue(), Failing())) == 499

    asyncio.run(scenario())
