"""What becomes of work whose client has left: it goes on for a moment, unless others wait."""

import asyncio
import time
from dataclasses import replace

import pytest

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


async def leave(queue: Queue, translator: FakeTranslator) -> int:
    """Ask and hang up; the status in the log."""
    core = make_core(stats=queue, translator=translator)
    app, client = open_app(core), Client(whole())
    serving = asyncio.create_task(app(scope(), client.receive, client.send))
    while not translator.commands:
        await asyncio.sleep(0.001)
    client.gone.set()
    await asyncio.wait_for(serving, 60.0)
    assert await core.admission.emptied(0.0)
    return client.status


async def await_cancelled(translator: FakeTranslator) -> None:
    """Wait until the work was given up."""
    ends_at = time.monotonic() + 60.0
    while translator.num_cancelled == 0:
        await asyncio.sleep(0.001)
        assert time.monotonic() < ends_at


def test_work_that_is_done_soon_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 60.0)

    async def scenario() -> None:
        translator = FakeTranslator()
        translator.delay_s = 0.05
        assert await leave(Queue(), translator) == 499
        while connection._lingering:
            await asyncio.sleep(0.001)
        assert translator.num_cancelled == 0

    asyncio.run(scenario())


def test_work_that_takes_longer_is_given_up() -> None:
    async def scenario() -> None:
        translator, asked = FakeTranslator(), time.monotonic()
        translator.delay_s = 600.0
        assert await leave(Queue(), translator) == 499
        await await_cancelled(translator)
        assert time.monotonic() - asked >= connection.GRACE_S

    asyncio.run(scenario())


def test_work_that_keeps_others_waiting_is_given_up_at_once() -> None:
    async def scenario() -> None:
        translator, queue = FakeTranslator(), Queue()
        translator.delay_s, queue.num_waiting = 600.0, 1
        await leave(queue, translator)
        assert translator.num_cancelled == 1

    asyncio.run(scenario())


def test_work_that_others_begin_to_wait_for_is_given_up_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GRACE_S", 60.0)

    async def scenario() -> None:
        translator, queue = FakeTranslator(), Queue()
        translator.delay_s = 600.0
        await leave(queue, translator)
        assert translator.num_cancelled == 0
        queue.num_waiting = 1
        await await_cancelled(translator)

    asyncio.run(scenario())


def test_work_that_fails_when_nobody_listens_is_no_trouble() -> None:
    class Failing(FakeTranslator):
        async def translate(self, command: Translate) -> Outcome:
            self.commands.append(command)
            await asyncio.sleep(0.02)
            raise RuntimeError("late")

    async def scenario() -> None:
        assert await leave(Queue(), Failing()) == 499
        while connection._lingering:
            await asyncio.sleep(0.001)

    asyncio.run(scenario())
