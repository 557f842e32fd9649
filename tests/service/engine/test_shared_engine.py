"""Equal segments are translated once, and nobody can tell."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from service.engine.cache import ResultCache
from service.engine.delivery import Ticket
from service.engine.engine import Engine
from service.engine.errors import DeadlineExceeded, EngineFault, InvalidSegment, QueueFull
from service.engine.options import EngineOptions
from service.engine.result import Origin, Outcome, Result
from service.engine.segment import Priority
from service.engine.shared_engine import SharedEngine
from tests.service.engine.harness import PATIENCE_S, Valve, ids
from tests.service.factories import EchoTranslator, Interposed, echo, make_artifact, make_segment

SEGMENT = make_segment(7, 8, client="a")
SAME = replace(SEGMENT, client="b")


@asynccontextmanager
async def running(
    before: Callable[[str], None] = lambda verb: None, cache_bytes: int = 1_000_000, **changes: Any
) -> AsyncIterator[tuple[SharedEngine, Engine]]:
    is_scoped = changes.pop("is_scoped", lambda: False)
    artifact = make_artifact(Interposed(EchoTranslator(), before))
    engine = Engine([artifact], EngineOptions(**{"max_rows": 8, **changes}))
    await asyncio.to_thread(engine.start)
    try:
        yield SharedEngine(engine, {"echo": artifact.hash}, ResultCache(cache_bytes), is_scoped=is_scoped), engine
    finally:
        await asyncio.to_thread(engine.stop, PATIENCE_S)


def origin(outcome: Outcome) -> Origin:
    assert isinstance(outcome, Result)
    return outcome.origin


async def held(engine: Engine, num_waiting: int = 0) -> None:
    """Wait until the engine stands in a step with everything taken in."""
    while engine.stats().rows_running == 0 or sum(engine.stats().waiting_segments.values()) > num_waiting:
        await asyncio.sleep(0.001)


def test_what_was_asked_before_comes_from_memory_bit_for_bit() -> None:
    async def main() -> None:
        async with running() as (shared, engine):
            segment = replace(SEGMENT, wants_attention=True)
            [fresh] = await shared.translate([segment])
            [cached] = await shared.translate([replace(segment, client="b", priority=Priority.BULK)])
            assert (origin(fresh), origin(cached)) == (Origin.FRESH, Origin.CACHED)
            assert isinstance(fresh, Result)
            assert isinstance(cached, Result)
            assert cached.hypotheses is fresh.hypotheses
            assert engine.stats().done == 1
            attention = cached.hypotheses[0].attention
            assert attention is not None
            with pytest.raises(ValueError, match="read-only"):
                attention[0, 0] = 2.0

    asyncio.run(main())


def test_who_asks_for_the_same_meanwhile_joins() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve) as (shared, engine):
            valve.is_open.clear()
            tasks = [asyncio.create_task(shared.translate([SEGMENT]))]
            await held(engine)
            tasks += [asyncio.create_task(shared.translate([SAME])) for _ in range(2)]
            await asyncio.sleep(0)
            valve.is_open.set()
            outcomes = [outcome for [outcome] in await asyncio.gather(*tasks)]
            assert [origin(outcome) for outcome in outcomes] == [Origin.FRESH, Origin.JOINED, Origin.JOINED]
            assert {ids(outcome) for outcome in outcomes} == {(8, 7, 3)}
            assert engine.stats().done == 1

    asyncio.run(main())


def test_nobody_joins_what_waits_behind_the_work_of_another_client() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve, max_rows=1) as (shared, engine):
            valve.is_open.clear()
            many = [make_segment(5, 5 + i, client="a") for i in range(3)]
            greedy = asyncio.create_task(shared.translate(many))
            await held(engine, num_waiting=2)
            again = asyncio.create_task(shared.translate(many[1:]))
            light = asyncio.create_task(shared.translate([replace(many[2], client="b")]))
            await asyncio.sleep(0)
            valve.is_open.set()
            assert [origin(outcome) for outcome in await greedy] == [Origin.FRESH] * 3
            assert [origin(outcome) for outcome in await again] == [Origin.JOINED] * 2
            assert [origin(outcome) for outcome in await light] == [Origin.FRESH]
            assert engine.stats().done == 4

    asyncio.run(main())


def test_equal_segments_of_one_submission_are_one() -> None:
    async def main() -> None:
        async with running() as (shared, engine):
            segments = [make_segment(5 + i % 3) for i in range(9)]
            assert [ids(outcome) for outcome in await shared.translate(segments)] == [(5 + i % 3, 3) for i in range(9)]
            assert engine.stats().done == 3

    asyncio.run(main())


def test_the_first_to_leave_takes_nothing_away_and_the_last_gives_up() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve) as (shared, engine):
            valve.is_open.clear()
            other = make_segment(9, 9, client="a")
            streams = [shared.stream([SEGMENT, other])]
            await held(engine)
            streams += [shared.stream([SAME]), shared.stream([SAME])]
            await streams[0].aclose()
            await streams[1].aclose()
            valve.is_open.set()
            assert [ids(outcome) async for _, outcome in streams[2]] == [(8, 7, 3)]
            while engine.stats().done + engine.stats().cancelled < 2:
                await asyncio.sleep(0.001)
            assert (engine.stats().done, engine.stats().cancelled) == (1, 1)
            again = await shared.translate([other])
            assert ids(again[0]) == (9, 9, 3)

    asyncio.run(main())


def test_who_leaves_gives_up_each_submission_with_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve) as (shared, engine):
            given_up: list[list[int]] = []
            cancel = engine.cancel

            def count(ticket: Ticket, indices: Sequence[int] | None = None) -> None:
                given_up.append(list(indices or []))
                cancel(ticket, indices)

            monkeypatch.setattr(engine, "cancel", count)
            valve.is_open.clear()
            first, second = make_segment(9, 9, client="a"), make_segment(7, 9, client="a")
            early = shared.stream([first, SEGMENT, second])
            late = shared.stream([second, *(make_segment(5, 5 + i, client="a") for i in range(20)), first])
            staying = shared.stream([SEGMENT])
            await early.aclose()
            assert given_up == []
            await late.aclose()
            assert [sorted(indices) for indices in given_up] == [[0, 2], list(range(20))]
            valve.is_open.set()
            assert [ids(outcome) async for _, outcome in staying] == [(8, 7, 3)]
            while engine.stats().done + engine.stats().cancelled < 23:
                await asyncio.sleep(0.001)
            assert (engine.stats().done, engine.stats().cancelled) == (1, 22)

    asyncio.run(main())


@pytest.mark.parametrize(("first_s", "second_s"), [(0.05, 1e6), (1e6, 0.05)])
def test_each_waits_until_its_own_deadline(first_s: float, second_s: float) -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve) as (shared, engine):
            now = asyncio.get_running_loop().time()
            valve.is_open.clear()
            # Both deadlines are far off when the second one joins; then the nearer one is reached.
            waits = sorted([(first_s, 0), (second_s, 1)])
            segments = [replace(SEGMENT, deadline=now + 2.0 + wait_s) for wait_s in (first_s, second_s)]
            tasks = [asyncio.create_task(shared.translate([segment])) for segment in segments]
            await held(engine)
            [expired] = await tasks[waits[0][1]]
            assert isinstance(expired, DeadlineExceeded)
            valve.is_open.set()
            [outcome] = await tasks[waits[1][1]]
            assert ids(outcome) == (8, 7, 3)
            assert (engine.stats().done, engine.stats().expired) == (1, 0)

    asyncio.run(main())


def test_a_flight_about_to_expire_is_not_joined_by_who_can_wait() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve) as (shared, engine):
            valve.is_open.clear()
            soon = asyncio.get_running_loop().time() + 0.5
            late = asyncio.create_task(shared.translate([replace(SEGMENT, deadline=soon)]))
            await asyncio.sleep(0)
            patient = asyncio.create_task(shared.translate([SAME]))
            await asyncio.sleep(0.6)
            valve.is_open.set()
            assert isinstance((await late)[0], DeadlineExceeded)
            assert ids((await patient)[0]) == (8, 7, 3)
            assert (engine.stats().done, engine.stats().expired) == (1, 1)

    asyncio.run(main())


def test_nobody_urgent_joins_what_is_not() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve) as (shared, engine):
            valve.is_open.clear()
            tasks = [
                asyncio.create_task(shared.translate([replace(SEGMENT, priority=priority)])) for priority in Priority
            ]
            await asyncio.sleep(0.01)
            valve.is_open.set()
            assert [origin(outcome) for [outcome] in await asyncio.gather(*tasks)] == [Origin.FRESH] * 2
            assert engine.stats().done == 2

    asyncio.run(main())


def test_tenants_share_nothing_when_told_so() -> None:
    async def main() -> None:
        async with running(is_scoped=lambda: True) as (shared, engine):
            for segment in (SEGMENT, SAME):
                assert origin((await shared.translate([segment]))[0]) is Origin.FRESH
            assert origin((await shared.translate([SAME]))[0]) is Origin.CACHED
            assert engine.stats().done == 2

    asyncio.run(main())


def test_tenants_share_nothing_from_the_moment_that_it_is_told_so() -> None:
    async def main() -> None:
        scoped = False
        async with running(is_scoped=lambda: scoped) as (shared, _):
            await shared.translate([SEGMENT])
            assert origin((await shared.translate([SAME]))[0]) is Origin.CACHED
            scoped = True
            assert origin((await shared.translate([SAME]))[0]) is Origin.FRESH
            assert origin((await shared.translate([SAME]))[0]) is Origin.CACHED

    asyncio.run(main())


def test_failures_are_not_remembered() -> None:
    async def main() -> None:
        left = [0]

        def before(verb: str) -> None:
            if verb == "step" and left[0] > 0:
                left[0] -= 1
                raise RuntimeError("injected")

        async with running(before) as (shared, _):
            left[0] = 1
            assert isinstance((await shared.translate([SEGMENT]))[0], EngineFault)
            assert ids((await shared.translate([SEGMENT]))[0]) == (8, 7, 3)

    asyncio.run(main())


def test_a_refusal_leaves_no_trace() -> None:
    async def main() -> None:
        valve = Valve()
        async with running(valve, max_rows=1, max_waiting_tokens=12) as (shared, engine):
            valve.is_open.clear()
            first = asyncio.create_task(shared.translate([SEGMENT]))
            await held(engine)
            second = asyncio.create_task(shared.translate([make_segment(9, 9, 9), make_segment(9, 9)]))
            await asyncio.sleep(0)
            refused = [make_segment(40, 5, 5), make_segment(7, 8), make_segment(41, 5, 5)]
            with pytest.raises(QueueFull):
                shared.stream(refused)
            with pytest.raises(InvalidSegment):
                await shared.translate([make_segment(7, artifact="unknown")])
            valve.is_open.set()
            assert ids((await first)[0]) == (8, 7, 3)
            await second
            assert [ids(outcome)[0] for outcome in await shared.translate(refused)] == [5, 8, 5]

    asyncio.run(main())


def test_two_hundred_clients_who_ask_for_much_the_same_get_what_they_get_alone() -> None:
    async def client(number: int, shared: SharedEngine) -> None:
        generator = random.Random(number)
        await asyncio.sleep(generator.random() * 0.1)
        segments = [
            make_segment(
                *range(5, 5 + generator.randint(0, 15)), client=str(number), beam_size=generator.choice((1, 3))
            )
            for _ in range(4)
        ]
        work = asyncio.create_task(shared.translate(segments))
        if number % 3 == 0:
            await asyncio.sleep(generator.random() * 0.01)
            work.cancel()
        try:
            assert [ids(outcome) for outcome in await work] == [echo(segment.ids) for segment in segments]
        except asyncio.CancelledError:
            assert number % 3 == 0

    async def main() -> None:
        async with running(cache_bytes=3000) as (shared, engine):
            await asyncio.gather(*(client(number, shared) for number in range(200)))
        stats = engine.stats()
        assert stats.failed == 0
        assert (
            0 < stats.done < 700
        )  # of some 750 that are asked for; who waits for a row is joined by its own client only
        assert stats.rows_running == 0

    asyncio.run(main())
