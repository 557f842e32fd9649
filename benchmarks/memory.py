"""What a process has in memory, while it works."""

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.process import Process

WARM_UP = 0.25  # part of the requests that may still make it grow
_EVERY_S = 0.5
_SHOWN = 20


@dataclass
class Memory:
    """Samples of resident bytes, each with the number of requests until then."""

    process: Process
    samples: list[tuple[int, int]] = field(default_factory=list)

    async def watch(self, count: Callable[[], int]) -> None:
        """Take samples until cancelled; `count` tells the requests so far."""
        while True:
            self.samples.append((count(), self.process.resident_bytes()))
            await asyncio.sleep(_EVERY_S)

    def kib_a_request(self) -> float:
        """The slope of the line through all samples after the warm-up; 0 with fewer than two of them."""
        last = max((number for number, _ in self.samples), default=0)
        warm = [(number, size) for number, size in self.samples if number >= WARM_UP * last]
        numbers, sizes = [float(number) for number, _ in warm], [size / 1024 for _, size in warm]
        return statistics.linear_regression(numbers, sizes).slope if len(set(numbers)) > 1 else 0.0

    def curve_mib(self) -> list[tuple[int, float]]:
        """Some of the samples, evenly spread, the last one among them."""
        chosen = self.samples[:: max(1, len(self.samples) // _SHOWN)] + self.samples[-1:]
        return [(number, round(size / 2**20, 1)) for number, size in chosen]
