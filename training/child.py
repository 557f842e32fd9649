"""A process that is stopped when its context ends, also where a signal ends this program."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

Process = subprocess.Popen[bytes]


@contextmanager
def child(start: Callable[[], Process], stop: Callable[[Process], None]) -> Iterator[Process]:
    """The process that `start` gives; `stop` ends it on leaving.

    SIGTERM and SIGHUP, unless they are ignored, leave the context by SystemExit: what they do to a program otherwise
    is to end it at once. While the process is started or stopped they wait, so that none is ever left behind.
    """
    arrived: list[int] = []
    is_interruptible = False

    def heed(number: int, _: FrameType | None) -> None:
        arrived.append(number)
        if is_interruptible:
            _leave(number)

    former = {number: signal.signal(number, heed) for number in _heeded()}
    try:
        process = start()
        try:
            is_interruptible = True
            if arrived:
                _leave(arrived[0])
            yield process
        finally:
            is_interruptible = False
            stop(process)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    if arrived:
        _leave(arrived[0])


def _heeded() -> list[signal.Signals]:
    """The signals that would end this program; only its main thread may say what they do."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [number for number in _SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]


def _leave(number: int) -> None:
    raise SystemExit(128 + number)  # as a shell tells of a program that the signal has ended
