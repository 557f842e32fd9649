"""What someone with one sentence feels while another client has 5,000 under way: latency with and without it.

Both classes of the other client are tried: bulk, and as urgent as the one that is watched. Clients are told apart by
their addresses, as the service does. The three situations take turns.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from benchmarks.open_loop import HEADERS, Load, send_all
from benchmarks.point import MAX_LAG_S, Point
from benchmarks.record import Ratio
from benchmarks.target import Target
from benchmarks.texts import Texts
from service.engine.segment import Priority

NUM_SENTENCES = 5000
_ALONE = "alone"
_OTHER_ADDRESS = "127.0.0.2"
_TEXTS_PER_REQUEST = 250
_SETTLE_S = 1.0  # until the other client's sentences are in the queue
_RETRY_S = 1.0


async def measure(target: Target, texts: Texts, rate_per_s: float, seconds: float, rounds: int) -> dict[str, Point]:
    """Points of the watched client, of all `rounds` together: alone, and beside another one of either class."""
    found: dict[str, list[Point]] = {name: [] for name in (_ALONE, *Priority)}
    for seed in range(rounds):
        load = Load(f"{target.url}/v1/translate", texts.bodies(), rate_per_s, seconds, seed)
        found[_ALONE].append(await _point(load))
        for priority in Priority:
            async with _under_way(load.url, texts, priority):
                await asyncio.sleep(_SETTLE_S)
                found[priority].append(await _point(load))
            await asyncio.to_thread(target.ask, load.bodies[0])
    return {name: _together(points) for name, points in found.items()}


async def _point(load: Load) -> Point:
    return Point(load.rate_per_s, load.seconds, await send_all(load))


def _together(points: Sequence[Point]) -> Point:
    samples = [sample for point in points for sample in point.samples]
    return Point(points[0].rate_per_s, sum(point.seconds for point in points), samples)


@asynccontextmanager
async def _under_way(url: str, texts: Texts, priority: Priority) -> AsyncIterator[None]:
    """Another client wants its sentences, over and over; on leaving it hangs up."""
    connector = aiohttp.TCPConnector(limit=0, local_addr=(_OTHER_ADDRESS, 0))
    headers = HEADERS | {"X-Priority": priority, "X-Deadline-Ms": "600000"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        parts = _parts(texts.many(NUM_SENTENCES))
        tasks = [asyncio.create_task(_ask_for_ever(session, url, texts.body(part))) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _ask_for_ever(session: aiohttp.ClientSession, url: str, body: str) -> None:
    while True:
        async with session.post(url, data=body.encode()) as response:
            await response.read()
            if response.status != 200:
                await asyncio.sleep(float(response.headers.get("Retry-After", _RETRY_S)))


def _parts(sentences: Sequence[str]) -> Iterator[Sequence[str]]:
    return (sentences[i : i + _TEXTS_PER_REQUEST] for i in range(0, len(sentences), _TEXTS_PER_REQUEST))


def results(found: Mapping[str, Point]) -> dict[str, Any]:
    """The points, ready for JSON."""
    return {"watched_client": {name: point.summary() for name, point in found.items()}}


def ratios(found: Mapping[str, Point]) -> list[Ratio]:
    """The watched client's p95 beside another one over its p95 alone."""
    alone_s = found[_ALONE].latency_s(0.95)
    lag_s = max(point.lag_s for point in found.values())
    return [
        *(
            Ratio(f"fairness: p95 beside 5,000 {priority} / alone", found[priority].latency_s(0.95) / alone_s, 2.0)
            for priority in Priority
        ),
        Ratio("fairness: generator's own lag at p99, ms", 1000 * lag_s, 1000 * MAX_LAG_S),
    ]
