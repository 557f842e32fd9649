"""The generator against a server of the test's own."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks.open_loop import Load, send_all
from benchmarks.point import Sample

Handler = Callable[[web.Request], Awaitable[web.Response]]


def send(handler: Handler, rate_per_s: float = 100.0, seconds: float = 0.5) -> list[Sample]:
    async def run() -> list[Sample]:
        app = web.Application()
        app.router.add_post("/", handler)
        async with TestServer(app) as server:
            return await send_all(Load(str(server.make_url("/")), ["{}", "[]"], rate_per_s, seconds))

    return asyncio.run(run())


def test_stalled_server_is_not_spared_the_requests_of_that_time() -> None:
    started = time.monotonic()

    async def stalls_for_a_second(request: web.Request) -> web.Response:
        await asyncio.sleep(max(0.0, started + 1.0 - time.monotonic()))
        return web.Response()

    samples = send(stalls_for_a_second)
    assert len(samples) > 20  # a closed loop would have sent one
    latencies_s = [sample.latency_s for sample in samples]
    assert max(latencies_s) - min(latencies_s) > 0.3  # who was due first waited longest
    assert samples[0].latency_s > samples[-1].latency_s


@pytest.mark.parametrize("status", [400, 429, 503])
def test_refusal_is_a_failure(status: int) -> None:
    async def refuses(request: web.Request) -> web.Response:
        return web.Response(status=status)

    samples = send(refuses)
    assert samples
    assert all(sample.done_s == math.inf for sample in samples)


def test_bodies_take_turns() -> None:
    seen: list[str] = []

    async def remembers(request: web.Request) -> web.Response:
        seen.append(await request.text())
        return web.Response()

    send(remembers)
    assert abs(seen.count("{}") - seen.count("[]")) <= 1


def test_hung_server_ends_with_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.open_loop.PATIENCE_S", 0.1)

    async def hangs(request: web.Request) -> web.Response:
        await asyncio.sleep(3600.0)
        return web.Response()

    samples = send(hangs, seconds=0.2)
    assert samples
    assert all(sample.done_s == math.inf for sample in samples)
