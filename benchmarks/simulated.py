"""Servers in simulated time: what comes of requests where steps, encoding and texts take given times of one core."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.point import Sample

StepTime = Callable[[int], float]


@dataclass(frozen=True)
class Request:
    """A sentence of `num_steps` that is due at `due_s`."""

    due_s: float
    num_steps: int


@dataclass(frozen=True)
class Costs:
    """Seconds of the one core for a step of n rows, for encoding n newcomers together, and for each request."""

    step_s: StepTime
    encode_s: StepTime = lambda _: 0.0
    request_s: float = 0.0

    def offline_per_s(self, num_rows: int, mean_steps: float) -> float:
        """Sentences a second, `num_rows` always encoded and stepped together, without text and HTTP."""
        return num_rows / (mean_steps * self.step_s(num_rows) + self.encode_s(num_rows))


Server = Callable[[Sequence[Request]], list[Sample]]


def refilled(costs: Costs, max_rows: int, requests: Sequence[Request], enough: float = math.inf) -> list[Sample]:
    """Serve `requests`, which are in order; rows are refilled after each step, while fewer than `enough` run."""
    waiting, running = deque(requests), list[tuple[Request, int]]()
    samples: list[Sample] = []
    now = 0.0
    while waiting or running:
        if not running:
            now = max(now, waiting[0].due_s)
        num_newcomers, holds = 0, len(running) >= enough
        while waiting and waiting[0].due_s <= now and len(running) < max_rows and not holds:
            request = waiting.popleft()
            running.append((request, request.num_steps))
            now += costs.request_s
            num_newcomers += 1
        if num_newcomers > 0:
            now += costs.encode_s(num_newcomers)
        now += costs.step_s(len(running))
        running = [(request, left - 1) for request, left in running]
        samples += [Sample(request.due_s, request.due_s, now) for request, left in running if left == 0]
        running = [each for each in running if each[1] > 0]
    return samples


def batched(costs: Costs, max_rows: int, wait_s: float, requests: Sequence[Request]) -> list[Sample]:
    """Serve `requests` in batches whose first waits up to `wait_s` for others; all wait for the longest.

    The texts of a batch are prepared while it gathers, as far as there is time.
    """
    waiting = deque(requests)
    samples: list[Sample] = []
    now = 0.0
    while waiting:
        closes = max(now, waiting[0].due_s + wait_s)
        batch: list[Request] = []
        while waiting and waiting[0].due_s <= closes and len(batch) < max_rows:
            batch.append(waiting.popleft())
        gathered = max(now, batch[-1].due_s) if len(batch) == max_rows else closes
        started = max(gathered, max(now, batch[0].due_s) + len(batch) * costs.request_s)
        longest = max(request.num_steps for request in batch)
        now = started + costs.encode_s(len(batch)) + longest * costs.step_s(len(batch))
        samples += [Sample(request.due_s, request.due_s, now) for request in batch]
    return samples


def interpolated(measured: dict[int, float]) -> StepTime:
    """Seconds of a step of any number of rows, on straight lines between those that were `measured`."""
    table = {}
    for low, high in pairwise(sorted(measured)):
        for rows in range(low, high + 1):
            part = (rows - low) / (high - low)
            table[rows] = measured[low] + part * (measured[high] - measured[low])
    return table.__getitem__
