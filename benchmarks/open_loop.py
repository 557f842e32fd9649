"""Sends requests when they are due, whether or not earlier ones have been answered, from a process of its own.

A server that stalls is not spared the requests of that time, and a latency counts from when its request was due: a
closed loop would send fewer and see none of the waiting (Schroeder et al. 2006; Tene's "coordinated omission").
"""

import asyncio
import json
import math
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import cycle
from random import Random

import aiohttp

from benchmarks.arrivals import arrivals
from benchmarks.point import Point, Sample

WARM_UP_S = 0.5  # requests due before are sent and not counted
URGENCY = 10  # of the generator over the server, where they share cores and the user may ask for it
PATIENCE_S = 1.5  # after the last request was due; what is not answered then has failed
HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Load:
    """What to send to `url`: `bodies` in a random order, over and over. `address` is the client's own."""

    url: str
    bodies: Sequence[str]
    rate_per_s: float
    seconds: float
    seed: int = 0
    shape: float = 1.0
    address: str = "127.0.0.1"


def run(load: Load) -> Point:
    """Run `load` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.open_loop"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), stdout=subprocess.PIPE, text=True, check=True)
    return Point(load.rate_per_s, load.seconds, [Sample(*times) for times in json.loads(done.stdout)])


def punctual_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are exact to some tens of microseconds.

    The usual one rounds waits up to milliseconds; to stay awake for the last one would take a sibling thread's time.
    """
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


async def send_all(load: Load) -> list[Sample]:
    """Run `load` here; one sample for each request that was due after the warm-up."""
    generator = Random(load.seed)
    bodies = [body.encode() for body in load.bodies]
    generator.shuffle(bodies)
    due = arrivals(load.rate_per_s, WARM_UP_S + load.seconds, generator, load.shape)
    connector = aiohttp.TCPConnector(limit=0, local_addr=(load.address, 0))
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:
        started = time.monotonic()
        tasks: list[asyncio.Task[Sample]] = []
        for due_s, body in zip(due, cycle(bodies), strict=False):
            await asyncio.sleep(max(0.0, started + due_s - time.monotonic()))
            tasks.append(asyncio.create_task(_send(session, load.url, body, started, due_s)))
        await asyncio.wait(tasks, timeout=max(0.0, started + WARM_UP_S + load.seconds + PATIENCE_S - time.monotonic()))
        for task in tasks:
            task.cancel()
        samples = await asyncio.gather(*tasks)
    return [sample for sample in samples if sample.due_s >= WARM_UP_S]


async def _send(session: aiohttp.ClientSession, url: str, body: bytes, started: float, due_s: float) -> Sample:
    sent_s = time.monotonic() - started
    try:
        async with session.post(url, data=body) as response:
            await response.read()
            is_good = response.status == 200
    except (aiohttp.ClientError, asyncio.CancelledError):
        is_good = False
    return Sample(due_s, sent_s, time.monotonic() - started if is_good else math.inf)


def main() -> None:
    """Read a load from standard input, run it, write its samples."""
    with suppress(PermissionError):
        os.nice(-URGENCY)
    load = Load(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=punctual_loop) as runner:
        samples = runner.run(send_all(load))
    json.dump([(sample.due_s, sample.sent_s, sample.done_s) for sample in samples], sys.stdout)


if __name__ == "__main__":
    main()
