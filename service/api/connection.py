"""Work for a client that may hang up: the end of the connection ends the work as well.

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


async def while_connected(
    request: Request,
    work: Coroutine[Any, Any, T],
    do_others_wait: Callable[[], bool] = lambda: True,
    on_gone: Callable[[], None] = lambda: None,
) -> T:
    """Await `work`, after the body was read; raise ClientGone if the client hangs up before its end.

    Then `on_gone` is called at once, and `work` is cancelled: at once if others wait, else as soon as they do, and
    `GRACE_S` later at the latest.
    """
    watch = _Watch(do_others_wait, on_gone)
    watching = asyncio.create_task(watch.run(request.receive))
    try:
        outcome = await work
    except asyncio.CancelledError:
        if not watch.takes_back():
            raise
    except Exception:
        if not watch.is_gone:  # else nobody hears of it
            raise
    finally:
        watching.cancel()
    if watch.is_gone:
        raise ClientGone("the client hung up before its answer")
    return outcome


class _Watch:
    """Looks whether the client of the task that makes it hangs up, and cancels that task."""

    def __init__(self, do_others_wait: Callable[[], bool], on_gone: Callable[[], None]) -> None:
        task = asyncio.current_task()
        assert task is not None, "a request is served by a task"
        self._task = task
        self._do_others_wait = do_others_wait
        self._on_gone = on_gone
        self._has_cancelled = False
        self.is_gone = False

    async def run(self, receive: Receive) -> None:
        """Wait until the client is gone and its time is over, then cancel its task."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self._on_gone()
        clock = asyncio.get_running_loop().time
        ends_at = clock() + GRACE_S
        while clock() < ends_at and not self._do_others_wait():
            await asyncio.sleep(_LOOK_S)
        self._has_cancelled = True
        self._task.cancel()

    def takes_back(self) -> bool:
        """Whether the task was cancelled by this watch alone; it goes on then."""
        return self._has_cancelled and self._task.uncancel() == 0
