"""Bounds what waits, in source tokens; used from any thread."""

import math
import threading
from collections import Counter
from collections.abc import Sequence

from service.engine.errors import DeadlineUnreachable, QueueFull, RequestTooLarge
from service.engine.forecast import Forecast, Outlook
from service.engine.pace import DrainRate
from service.engine.segment import Priority, Segment

_MIN_RETRY_S, _MAX_RETRY_S = 1.0, 60.0


class Gate:
    """Counts the waiting segments and refuses a submission, whole, that should not join them."""

    def __init__(self, max_waiting_tokens: int) -> None:
        self.forecast = Forecast()
        self._limit = max_waiting_tokens
        self._lock = threading.Lock()
        self._num_segments: Counter[Priority] = Counter()
        self._num_tokens: dict[Priority, Counter[str]] = {priority: Counter() for priority in Priority}
        self._rate = DrainRate()

    def enter(self, segments: Sequence[Segment], now: float) -> None:
        """Count the `segments`, all of one client and priority, as waiting, or raise and count none of them.

        Follow-ups find room beyond the limit: they are no more than what of their request was inside before.
        """
        num_tokens = sum(segment.num_tokens for segment in segments)
        client, priority = segments[0].client, segments[0].priority
        with self._lock:
            if not segments[0].is_follow_up:
                self._check_room(client, num_tokens)
            self._check_deadline(segments, num_tokens, now)
            self._num_tokens[priority][client] += num_tokens
            self._num_segments[priority] += len(segments)

    def leave(self, segments: Sequence[Segment]) -> None:
        """Forget `segments` that wait no longer."""
        with self._lock:
            for segment in segments:
                waiting = self._num_tokens[segment.priority]
                waiting[segment.client] -= segment.num_tokens
                if waiting[segment.client] == 0:
                    del waiting[segment.client]
                self._num_segments[segment.priority] -= 1

    def drained(self, num_tokens: int, seconds: float) -> None:
        """Learn that `num_tokens` left for a row within `seconds` in which there was a queue."""
        with self._lock:
            self._rate.record(num_tokens, seconds)

    @property
    def tokens_per_s(self) -> float | None:
        """The measured drain rate, or None before there is evidence."""
        with self._lock:
            return self._rate.tokens_per_s

    def num_segments(self) -> dict[Priority, int]:
        """Waiting segments by class."""
        with self._lock:
            return {priority: self._num_segments[priority] for priority in Priority}

    def num_tokens(self) -> dict[Priority, int]:
        """Waiting source tokens by class."""
        with self._lock:
            return {priority: self._num_tokens[priority].total() for priority in Priority}

    def _check_room(self, client: str, num_tokens: int) -> None:
        """Refuse what does not fit, and a client's second half of the queue while others wait."""
        if num_tokens > self._limit:
            raise RequestTooLarge(num_tokens, self._limit)
        total = self._total()
        own = sum(waiting[client] for waiting in self._num_tokens.values() if client in waiting)
        takes_too_much = total > own and own + num_tokens > self._limit // 2
        if total + num_tokens > self._limit or takes_too_much:
            raise QueueFull(self._retry_after_s(total))

    def _check_deadline(self, segments: Sequence[Segment], num_tokens: int, now: float) -> None:
        """Refuse, whole, what holds a segment that would not be done at its deadline."""
        queue_s = self._queue_s(segments[0].client, segments[0].priority, num_tokens)
        outlooks: dict[tuple[str, int], Outlook] = {}
        for segment in segments:
            if segment.deadline == math.inf:
                continue
            kind = (segment.artifact, segment.beam_size)
            if kind not in outlooks:
                outlooks[kind] = self.forecast.outlook(segment)
            if now + queue_s + outlooks[kind].service_s(segment) > segment.deadline:
                raise DeadlineUnreachable(self._retry_after_s(self._total()))

    def _queue_s(self, client: str, priority: Priority, num_tokens: int) -> float:
        """Seconds until the last of `num_tokens` has a row; none on an empty queue, so that the rate can be corrected.

        Clients take turns, so of each other client's tokens only as many go first as this one has itself.
        """
        rate = self._rate.tokens_per_s
        if rate is None or self._total() == 0:
            return 0.0
        waiting = self._num_tokens[priority]
        own = waiting[client] + num_tokens if client in waiting else num_tokens
        ahead = own + sum(min(tokens, own) for other, tokens in waiting.items() if other != client)
        if priority is Priority.BULK:
            ahead += self._num_tokens[Priority.INTERACTIVE].total()
        return ahead / rate

    def _total(self) -> int:
        return sum(waiting.total() for waiting in self._num_tokens.values())

    def _retry_after_s(self, num_tokens: int) -> float:
        rate = self._rate.tokens_per_s
        return _MIN_RETRY_S if rate is None else min(_MAX_RETRY_S, max(_MIN_RETRY_S, num_tokens / rate))
