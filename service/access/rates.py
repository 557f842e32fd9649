"""Rates: how many requests and characters a client may ask for in a minute."""

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from service.access.keys import Limits
from service.access.store import Amount
from service.errors import RateLimited, RequestTooLarge

_A_LITTLE_S = 0.001  # later than the moment that is computed, so as not to depend on how it is rounded


class Rates:
    """Counts in memory by sliding windows of a minute, each the sum of this and of a share of the last one."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    def take(self, client: str, limits: Limits, amount: Amount) -> None:
        """Take `amount` from what `client` may still ask for, or nothing of it and raise.

        Raises:
            RateLimited: it would be too much now.
            RequestTooLarge: it would always be too much.
        """
        taken: list[tuple[RateLimitItem, str, int]] = []
        for unit, cost, limit in _parts(limits, amount):
            item = RateLimitItemPerMinute(limit)
            if cost > limit:
                self._put_back(client, taken)
                message = f"the texts have {cost} {unit}; the limit is {limit} per minute"
                raise RequestTooLarge(message, field="texts", value=cost, limit=limit)
            if not self._limiter.hit(item, client, unit, cost=cost):
                self._put_back(client, taken)
                wait_s = self._wait_s(item.key_for(client, unit), limit, cost)
                field = "texts" if unit == "characters" else None
                raise RateLimited(f"too many {unit}; the limit is {limit} per minute", wait_s, field=field, limit=limit)
            taken.append((item, unit, cost))

    def give_back(self, client: str, limits: Limits, amount: Amount) -> None:
        """Undo what `take` has taken."""
        parts: list[tuple[RateLimitItem, str, int]] = [
            (RateLimitItemPerMinute(limit), unit, cost) for unit, cost, limit in _parts(limits, amount)
        ]
        self._put_back(client, parts)

    def _put_back(self, client: str, parts: list[tuple[RateLimitItem, str, int]]) -> None:
        for item, unit, cost in parts:
            _, current = self._storage.sliding_window_keys(item.key_for(client, unit), item.get_expiry(), time.time())
            self._storage.decr(current, cost)

    def _wait_s(self, key: str, limit: int, cost: int) -> float:
        """Seconds until `cost` fits: the last window counts less and less, and when this one is over it is the last.

        The library rounds what is counted down to a whole number.
        """
        expiry = RateLimitItemPerMinute.GRANULARITY.seconds
        previous, remaining_s, current, to_end_s = self._storage.get_sliding_window(key, expiry)
        if current + cost > limit:
            previous, remaining_s, current = current, to_end_s, 0
        share = (limit - current - cost + 1) / previous
        return remaining_s - min(1.0, share) * expiry + _A_LITTLE_S


def _parts(limits: Limits, amount: Amount) -> list[tuple[str, int, int]]:
    """Unit, cost and limit of what is limited."""
    parts = (
        ("requests", amount.requests, limits.requests_per_minute),
        ("characters", amount.characters, limits.characters_per_minute),
    )
    return [(unit, cost, limit) for unit, cost, limit in parts if limit is not None and cost > 0]
