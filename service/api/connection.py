"""Work for a client that may hang up: whichever ends first, the work or the connection, ends the other.

A client that was too impatient often asks again at once. So its work goes on for a moment, for the same request to join
it or to find it remembered, unless others wait for what it occupies.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive

from service.errors import ClientGone

T = TypeVar("T")

GRACE_S = 0.5
_LOOK_S = 0.02

_lingering: set[asyncio.Task[None]] = set()  # a loop itself holds its tasks weakly


async def while_connected(
    request: Request, work: Coroutine[Any, Any, T], do_others_wait: Callable[[], bool] = lambda: True
) -> T:
    """Await `work`, after the body was read; raise ClientGone as soon as the client hangs up.

    `work` is then cancelled: at once if others wait, else as soon as they do, and `GRACE_S` later at the latest.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_hung_up(request.receive))
    ours: list[asyncio.Future[Any]] = [working, watching]
    try:
        await asyncio.wait(ours, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if not do_others_wait():
            ours.remove(working)
            _let_linger(working, do_others_wait)
        raise ClientGone("the client hung up before its answer")
    finally:
        for each in ours:
            each.cancel()
        if not working.done():  # else the answer need not wait for a turn of the loop
            await asyncio.gather(*ours, return_exceptions=True)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _let_linger(working: asyncio.Future[Any], do_others_wait: Callable[[], bool]) -> None:
    lingering = asyncio.create_task(_linger(working, do_others_wait))
    _lingering.add(lingering)
    lingering.add_done_callback(_lingering.discard)


async def _linger(working: asyncio.Future[Any], do_others_wait: Callable[[], bool]) -> None:
    """Leave `working` alone for a while, then cancel it; nobody reads what comes of it."""
    clock = asyncio.get_running_loop().time
    ends_at = clock() + GRACE_S
    try:
        while not working.done() and clock() < ends_at and not do_others_wait():
            await asyncio.wait([working], timeout=_LOOK_S)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
