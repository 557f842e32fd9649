"""The engine as asyncio sees it: one wake-up of the loop for all results that are ready together."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from service.engine.delivery import Delivery, hand_out
from service.engine.engine import Engine
from service.engine.result import Outcome
from service.engine.segment import Segment


@dataclass(frozen=True, slots=True)
class LoopCourier:
    """Brings outcomes into `loop`; equal for the same loop, so that results of several submissions wake it once."""

    loop: asyncio.AbstractEventLoop

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """Hand out `deliveries` in the loop; called on the engine's thread."""
        self.loop.call_soon_threadsafe(hand_out, deliveries)


class Arrivals:
    """The outcomes of one submission in order of completion, each with its index."""

    def __init__(self, num_open: int) -> None:
        self._arrived: asyncio.Queue[tuple[int, Outcome]] = asyncio.Queue()
        self._num_open = num_open
        self.on_close: Callable[[], None] = lambda: None

    def put(self, index: int, outcome: Outcome) -> None:
        """Let the outcome of segment `index` arrive; to be called in the loop."""
        self._arrived.put_nowait((index, outcome))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[int, Outcome]:
        if self._num_open == 0:
            raise StopAsyncIteration
        arrival = await self._arrived.get()
        self._num_open -= 1
        return arrival

    async def aclose(self) -> None:
        """Give up what has not come yet."""
        if self._num_open > 0:
            self._num_open = 0
            self.on_close()


class AsyncEngine:
    """Translates for the tasks of one event loop; a task that is cancelled takes its segments with it."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._courier = LoopCourier(loop)

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """Return one outcome for each of `segments`, in their order.

        Raises:
            NotReady, QueueFull, DeadlineUnreachable, RequestTooLarge, InvalidSegment: nothing was admitted.
        """
        return await in_order(self.stream(segments))

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """Submit `segments` now; iterate over what returns for (index, outcome) in order of completion.

        Raises as `translate` does. Whoever may leave early closes it, as `contextlib.aclosing` does.
        """
        arrivals = Arrivals(len(segments))
        ticket = self._engine.submit(segments, arrivals.put, self._courier)
        arrivals.on_close = lambda: self._engine.cancel(ticket)
        return arrivals


async def in_order(arrivals: Arrivals) -> list[Outcome]:
    """Wait for all outcomes and return them in the order of their segments; give them up if cancelled."""
    try:
        outcomes = {index: outcome async for index, outcome in arrivals}
    finally:
        await arrivals.aclose()
    return [outcomes[index] for index in range(len(outcomes))]
