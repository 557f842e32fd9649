"""Text work of long requests: away from the event loop, and in turns with that of other requests."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

LONG_CHARACTERS = 1000  # from here on, text work leaves the event loop: it would hold it for some three milliseconds
TURN_S = 0.005  # of processor time
_MAX_REST_S = 2 * TURN_S

# One thread: each more that runs Python keeps the event loop and the engine waiting for the interpreter's lock.
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="text")


def is_long(texts: Sequence[str]) -> bool:
    """Whether the work on `texts` is too long for the event loop."""
    return sum(map(len, texts)) >= LONG_CHARACTERS


async def each(function: Callable[[S], T], items: Sequence[S], *, away: bool) -> list[T]:
    """`function` of each of `items`; if `away`, on another thread, where requests take turns of about TURN_S."""
    if not away:
        return [function(item) for item in items]
    loop, found = asyncio.get_running_loop(), list[T]()
    while len(found) < len(items):
        found += await loop.run_in_executor(_THREAD, _turn, function, items, len(found))
    return found


def rest_s(wall_s: float, processor_s: float) -> float:
    """How long to leave the processor and the lock to others after work of `wall_s`: as long as they had to be shared.

    So others have at least as much as this thread, wherever it would else be one of two that share a core evenly; and
    it never rests where nobody else works.
    """
    return min(_MAX_REST_S, max(0.0, wall_s - processor_s))


def _turn(function: Callable[[S], T], items: Sequence[S], start: int) -> list[T]:
    """The results from `start` on that a turn has time for, at least one."""
    began, used = time.monotonic(), time.thread_time()
    found: list[T] = []
    for item in islice(items, start, None):
        found.append(function(item))
        if time.thread_time() - used >= TURN_S:
            break
    time.sleep(rest_s(time.monotonic() - began, time.thread_time() - used))
    return found
