"""Text work of long requests: away from the event loop, and in turns with that of other requests."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

LONG_CHARACTERS = 1000  # from here on, text work leaves the event loop: it would hold it for some three milliseconds
MAX_ITEMS = 32  # of a turn: sentences or texts, some thirty milliseconds

# One thread: each more that runs Python keeps the event loop and the engine waiting for the interpreter's lock.
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="text")


def is_long(texts: Sequence[str]) -> bool:
    """Whether the work on `texts` is too long for the event loop."""
    return sum(map(len, texts)) >= LONG_CHARACTERS


async def each(function: Callable[[S], T], items: Sequence[S], *, away: bool) -> list[T]:
    """`function` of each of `items`; if `away`, on another thread, where requests take turns of MAX_ITEMS."""
    if not away:
        return [function(item) for item in items]
    loop, found = asyncio.get_running_loop(), list[T]()
    for start in range(0, len(items), MAX_ITEMS):
        turn = items[start : start + MAX_ITEMS]
        found += await loop.run_in_executor(_THREAD, _all_of, function, turn)
    return found


def _all_of(function: Callable[[S], T], items: Sequence[S]) -> list[T]:
    return [function(item) for item in items]
