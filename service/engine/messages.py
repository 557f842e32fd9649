"""What other threads ask of the engine's: functions that it runs, in order.

There is no batching time-out: an idle engine blocks on its messages, a busy one looks at them between turns.
"""

import logging
import queue
from collections.abc import Callable

log = logging.getLogger(__name__)


class Messages:
    """Put by any thread, run by the engine's."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def put(self, message: Callable[[], None]) -> None:
        """Let the engine's thread call `message` when it looks next."""
        self._queue.put(message)

    def take(self, *, may_wait: bool, timeout_s: float) -> None:
        """Run all messages; where there is none and `may_wait`, wait for one for at most `timeout_s`."""
        try:
            message = self._queue.get(block=may_wait, timeout=timeout_s)
            while True:
                message()
                message = self._queue.get_nowait()
        except queue.Empty:
            return

    def take_rest(self) -> None:
        """Run what is there, without waiting; one that fails keeps no other from its turn, and is logged."""
        while not self._queue.empty():
            try:
                self._queue.get_nowait()()
            except Exception:
                log.exception("a message to the engine failed")
