"""How long a segment will take once it has a row, from a table that is measured before anyone is served.

The table holds the seconds of a step by active rows (Gujarati et al. 2020 plan by such tables). Steps that run correct
it slowly and within bounds, so that a noisy host neither refuses nor admits everybody.
"""

import math
import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.engine.segment import Lane, Segment

_SLOWLY = 0.05
_MAX_FACTOR = 4.0  # by which what runs may differ from what was measured
_NEARLY = 1.25  # as little, within what a noisy host does to a measurement
_DEVIATIONS = 2.0  # above the mean: some 95 % of lengths are below


class StepTimes:
    """Seconds of a step by active rows."""

    def __init__(self) -> None:
        self._measured: dict[int, float] = {}
        self._factor = 1.0

    def measure(self, num_rows: int, seconds: float) -> None:
        """Enter what a step of `num_rows` takes on this machine."""
        self._measured[num_rows] = seconds

    def correct(self, num_rows: int, seconds: float) -> None:
        """Learn from a step of `num_rows` that somebody waited for."""
        if (expected := self._interpolate(num_rows)) > 0.0:
            factor = self._factor + _SLOWLY * (seconds / expected - self._factor)
            self._factor = min(_MAX_FACTOR, max(1.0 / _MAX_FACTOR, factor))

    def step_s(self, num_rows: int) -> float:
        """What a step of `num_rows` takes now; nothing if that was never measured."""
        return self._factor * self._interpolate(num_rows)

    @property
    def num_enough(self) -> float:
        """The fewest rows of which a step takes for each nearly what one of many does; infinite if none was measured.

        From so many on, another row makes a step longer by as much as a step of its own would take.
        """
        each_s = {num_rows: step_s / num_rows for num_rows, step_s in self._measured.items()}
        least_s = min(each_s.values(), default=0.0)
        if least_s <= 0.0:
            return math.inf
        return min(num_rows for num_rows, row_s in each_s.items() if row_s <= _NEARLY * least_s)

    def _interpolate(self, num_rows: int) -> float:
        known = sorted(self._measured)
        if not known:
            return 0.0
        right = bisect_left(known, num_rows)
        if right == len(known) or known[right] == num_rows or right == 0:
            return self._measured[known[min(right, len(known) - 1)]]
        low, high = known[right - 1], known[right]
        share = (num_rows - low) / (high - low)
        return (1.0 - share) * self._measured[low] + share * self._measured[high]


class LengthRatio:
    """Target tokens a source token: a running mean, and how far most are above it."""

    def __init__(self) -> None:
        self._mean: float | None = None
        self._deviation = 0.0

    def record(self, num_source: int, num_target: int) -> None:
        """Learn from a translation."""
        ratio = num_target / num_source
        if self._mean is None:
            self._mean = ratio
        self._deviation += _SLOWLY * (abs(ratio - self._mean) - self._deviation)
        self._mean += _SLOWLY * (ratio - self._mean)

    @property
    def high(self) -> float:
        """A ratio that few translations exceed; one before there was any."""
        return 1.0 if self._mean is None else self._mean + _DEVIATIONS * self._deviation


@dataclass(frozen=True)
class _Load:
    """Who runs in a lane."""

    num_of: Mapping[str, int] = field(default_factory=dict)
    num_free: int = 0
    hold_s: float = 0.0

    @property
    def num_rows(self) -> int:
        """Rows that anybody holds."""
        return sum(self.num_of.values())


class _Work:
    """What is known of an artifact at a beam size."""

    def __init__(self) -> None:
        self.steps = StepTimes()
        self.lengths = LengthRatio()
        self.encode_token_s = 0.0


@dataclass(frozen=True)
class Outlook:
    """What a lane's segments of one client may expect now."""

    token_s: float
    target_ratio: float
    step_s: float
    hold_s: float

    def service_s(self, segment: Segment) -> float:
        """Seconds from where a row is free to the result; 0 if nothing is known."""
        num_steps = min(segment.max_length, math.ceil(self.target_ratio * segment.num_tokens))
        return self.hold_s + segment.num_tokens * self.token_s + num_steps * self.step_s


class Forecast:
    """Predicts encoding and decoding of segments; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: dict[tuple[str, int], _Work] = {}
        self._loads: dict[Lane, _Load] = {}

    def measured(self, lane: Lane, num_rows: int, step_s: float) -> None:
        """Enter into the table what a step of `num_rows` takes."""
        with self._lock:
            self._of(lane).steps.measure(num_rows, step_s)

    def num_enough(self, lane: Lane) -> float:
        """Rows of `lane` from which on a step takes time in proportion to them, as measured; infinite if unknown."""
        with self._lock:
            return self._of(lane).steps.num_enough

    def encoded(self, lane: Lane, num_tokens: int, seconds: float) -> None:
        """Learn what encoding `num_tokens` took; the first time counts in full."""
        with self._lock:
            work, token_s = self._of(lane), seconds / num_tokens
            known = work.encode_token_s
            work.encode_token_s = known + _SLOWLY * (token_s - known) if known > 0.0 else token_s

    def stepped(self, lane: Lane, num_rows: int, step_s: float) -> None:
        """Learn what a step of the lane's `num_rows` took."""
        with self._lock:
            self._of(lane).steps.correct(num_rows, step_s)

    def translated(self, lane: Lane, num_source: int, num_target: int) -> None:
        """Learn how long a translation became."""
        with self._lock:
            self._of(lane).lengths.record(num_source, num_target)

    def running(self, lane: Lane, num_of: Mapping[str, int], num_free: int, hold_s: float = 0.0) -> None:
        """Learn how many of the lane's rows each client holds, how many nobody does, and how long newcomers may wait.

        For `hold_s` of the lane's visits they may, although a row is free.
        """
        with self._lock:
            self._loads[lane] = _Load(num_of, num_free, hold_s)

    def outlook(self, segment: Segment) -> Outlook:
        """What `segment` may expect, if it joins those that run now, and others of its lane and client with it.

        That is the arena where it would start, whose steps are slower while others have turns.
        """
        with self._lock:
            work = self._of(segment.lane)
            main, reserve = (self._loads.get(lane, _Load()) for lane in (segment.lane, segment.lane.reserve))
            is_among_others = segment.client not in main.num_of and main.num_rows > reserve.num_rows
            here, there = (reserve, main) if reserve.num_free > 0 and is_among_others else (main, reserve)
            clients = here.num_of.keys() | {segment.client}
            turns = len(clients | there.num_of.keys()) / len(clients)
            step_s = work.steps.step_s(here.num_rows + 1)
            return Outlook(work.encode_token_s, work.lengths.high, step_s * turns, here.hold_s * turns)

    def _of(self, lane: Lane) -> _Work:
        key = (lane.artifact, lane.beam_size)
        if key not in self._work:
            self._work[key] = _Work()
        return self._work[key]
