"""When requests of an open loop are due: decided beforehand, whatever the server does."""

from collections.abc import Iterator
from random import Random


def arrivals(rate_per_s: float, seconds: float, generator: Random, shape: float = 1.0) -> Iterator[float]:
    """Times below `seconds` at which requests are due, ascending, on average `rate_per_s` of them a second.

    Gaps are gamma distributed with `shape`: 1 is a Poisson process, below 1 comes in bursts.
    """
    time_s = generator.gammavariate(shape, 1.0 / (rate_per_s * shape))
    while time_s < seconds:
        yield time_s
        time_s += generator.gammavariate(shape, 1.0 / (rate_per_s * shape))
