"""Who is inside: counts the requests that are being answered, so that a stop can wait for them."""

import asyncio

from service.errors import NotReady

_RETRY_AFTER_S = 5.0


class Admission:
    """A door for one event loop's requests, each `with` it: closed while the service starts, open, closed for good."""

    def __init__(self) -> None:
        self._closed_because: str | None = "the service is starting"
        self._num_inside = 0
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def open(self) -> None:
        """Let requests in."""
        self._closed_because = None

    def close(self) -> None:
        """Let nobody in any more; who is inside stays."""
        self._closed_because = "the service is stopping"

    def check_open(self) -> None:
        """Raise NotReady when the door is closed."""
        if self._closed_because is not None:
            raise NotReady(self._closed_because, _RETRY_AFTER_S)

    def __enter__(self) -> None:
        """Be inside from now on; raises NotReady when the door is closed."""
        self.check_open()
        self._num_inside += 1
        self._is_empty.clear()

    def __exit__(self, *_: object) -> None:
        self._num_inside -= 1
        if self._num_inside == 0:
            self._is_empty.set()

    async def emptied(self, timeout_s: float) -> bool:
        """Wait until nobody is inside; False if somebody still is after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._is_empty.wait()
        except TimeoutError:
            return False
        return True
