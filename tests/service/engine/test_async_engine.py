"""Many tasks, one loop, one engine: everyone gets their own."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from service.engine.async_engine import AsyncEngine
from service.engine.engine import Engine
from service.engine.errors import QueueFull
from service.engine.options import EngineOptions
from service.engine.result import Result
from service.engine.segment import Segment
from tests.service.engine.harness import PATIENCE_S, Valve, ids
from tests.service.factories import EchoTranslator, Interposed, echo, make_artifact, make_segment


@asynccontextmanager
async def running(
    before: Callable[[str], None] = lambda verb: None, **changes: Any
) -> AsyncIterator[tuple[AsyncEngine, Engine]]:
    options = EngineOptions(**{"max_rows": 8, **changes})
    engine = Engine([make_artifact(Interposed(EchoTranslator(), before))], options)
    await asyncio.to_thread(engine.start)
    try:
        yield AsyncEngine(engine, asyncio.get_running_loop()), engine
    finally:
        await asyncio.to_thread(engine.stop, PATIENCE_S)


def random_segments(generator: random.Random, client: str) -> list[Segment]:
    return [
        make_segment(*generator.choices(range(4, 50), k=generator.randint(0, 20)), beam_size=beam_size, client=client)
        for beam_size in generator.choices((1, 3), k=generator.randint(1, 5))
    ]


def test_two_hundred_clients_get_what_they_get_alone_while_others_leave() -> None:
    async def client(number: int, engine: AsyncEngine) -> bool:
        generator = random.Random(number)
        segments = random_segments(generator, client=f"client {number}")
        await asyncio.sleep(generator.random() * 0.1)
        work = asyncio.create_task(engine.translate(segments))
        if number % 4 == 0:
            await asyncio.sleep(generator.random() * 0.05)
            if work.cancel():
                with pytest.raises(asyncio.CancelledError):
                    await work
                return False
        outcomes = await work
        assert [ids(outcome) for outcome in outcomes] == [echo(segment.ids) for segment in segments]
        return True

    async def main() -> None:
        async with running() as (asynchronous, engine):
            finished = await asyncio.gather(*(client(number, asynchronous) for number in range(200)))
            assert sum(finished) >= 150
            assert not all(finished)
        stats = engine.stats()
        assert stats.rows_running == 0
        assert sum(stats.waiting_tokens.values()) == 0
        assert stats.failed == 0

    asyncio.run(main())


def test_a_cancelled_task_gives_its_rows_back() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve, max_rows=1) as (asynchronous, engine):
            valve.is_open.clear()
            leaves = asyncio.create_task(asynchronous.translate([make_segment(7)] * 9))
            stays = asyncio.create_task(asynchronous.translate([make_segment(8)]))
            await asyncio.sleep(0.01)
            leaves.cancel()
            await asyncio.sleep(0.01)
            valve.is_open.set()
            assert ids((await stays)[0]) == (8, 3)
        assert engine.stats().cancelled == 9

    asyncio.run(main())


def test_a_turn_wakes_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve, max_rows=8) as (asynchronous, _):
            loop = asyncio.get_running_loop()
            wake_ups = 0
            call_soon_threadsafe = loop.call_soon_threadsafe

            def counted(*arguments: Any, **keywords: Any) -> Any:
                nonlocal wake_ups
                wake_ups += 1
                return call_soon_threadsafe(*arguments, **keywords)

            monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
            valve.is_open.clear()
            first = asyncio.create_task(asynchronous.translate([make_segment(9)]))
            await asyncio.sleep(0.01)
            others = [
                asyncio.create_task(asynchronous.translate([make_segment(5, 6 + i)]))
                for i in range(6)  # as many steps
            ]
            await asyncio.sleep(0.01)
            valve.is_open.set()
            await asyncio.gather(first, *others)
            assert wake_ups == 2

    asyncio.run(main())


def test_a_stream_brings_each_outcome_as_it_is_done() -> None:
    async def main() -> None:
        async with running(max_steps=1) as (asynchronous, _):
            segments = [make_segment(*range(5, 25)), make_segment(7), make_segment(*range(5, 12))]
            async with aclosing(asynchronous.stream(segments)) as arrivals:
                found = [(index, ids(outcome)) async for index, outcome in arrivals]
        assert found == [(index, echo(segments[index].ids)) for index in (1, 2, 0)]

    asyncio.run(main())


def test_leaving_a_stream_gives_the_rest_up() -> None:
    async def main() -> None:
        async with running(max_rows=1) as (asynchronous, engine):
            arrivals = asynchronous.stream([make_segment(7)] * 200)
            _, outcome = await anext(arrivals)
            assert isinstance(outcome, Result)
            await arrivals.aclose()
        stats = engine.stats()
        assert stats.done + stats.cancelled == 200
        assert stats.cancelled > 100

    asyncio.run(main())


def test_a_refusal_comes_before_the_first_outcome_is_awaited() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve, max_rows=1, max_waiting_tokens=10) as (asynchronous, _):
            valve.is_open.clear()
            waiting = asynchronous.stream([make_segment(7)] * 5)
            with pytest.raises(QueueFull):
                asynchronous.stream([make_segment(7)] * 5)
            with pytest.raises(QueueFull):
                await asynchronous.translate([make_segment(7)] * 5)
            await waiting.aclose()
            valve.is_open.set()

    asyncio.run(main())


def test_nothing_to_translate_is_no_work() -> None:
    async def main() -> None:
        async with running() as (asynchronous, _):
            assert await asynchronous.translate([]) == []

    asyncio.run(main())


def test_a_loop_that_is_gone_harms_nobody() -> None:
    engine = Engine([make_artifact()], EngineOptions())
    engine.start()

    async def abandon() -> None:
        AsyncEngine(engine, asyncio.get_running_loop()).stream([make_segment(7)] * 100)

    async def use() -> None:
        outcomes = await AsyncEngine(engine, asyncio.get_running_loop()).translate([make_segment(8)])
        assert ids(outcomes[0]) == (8, 3)

    asyncio.run(abandon())
    asyncio.run(use())
    engine.stop(PATIENCE_S)
