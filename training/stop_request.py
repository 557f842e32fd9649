"""SIGTERM and SIGINT as a wish: the update in hand is finished and saved, then the process ends with 128 + signal."""

import signal
from types import FrameType
from typing import Self


class StopRequest:
    """Remembers the first signal that asked to stop; a second one ends the process at once."""

    SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.signal: int | None = None

    def __enter__(self) -> Self:
        self._former = {number: signal.signal(number, self._remember) for number in self.SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def is_made(self) -> bool:
        """Whether a signal has come."""
        return self.signal is not None

    @property
    def exit_code(self) -> int:
        """0, or what a shell reports of a process that the signal ended."""
        return 0 if self.signal is None else 128 + self.signal

    def _remember(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)
