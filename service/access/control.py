"""The one place that says who a client is, what it may ask for, and what it has used."""

import ipaddress
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from service.access.database import IN_MEMORY
from service.access.keys import NO_LIMITS, Limits
from service.access.ledger import Ledger
from service.access.rates import Rates
from service.access.store import Account, Amount
from service.engine.segment import Priority
from service.errors import ClientGone, KeyMissing, QuotaExceeded

EVERYBODY = ""  # the tenant of those who have no key
_DAY_S = 86_400


@dataclass(frozen=True)
class Caller:
    """A client: `tenant` is who pays, `client` whom rates and fairness are kept between; neither is secret."""

    tenant: str
    name: str
    client: str
    limits: Limits
    priority: Priority = Priority.INTERACTIVE


class AccessControl:
    """Knows keys, rates and usage. For one event loop; `start` it once, `close` it once."""

    def __init__(
        self,
        path: Path = Path(IN_MEMORY),
        *,
        limits: Limits = NO_LIMITS,
        is_key_required: bool | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the file; raises StoreError.

        `limits` hold for whom no others are set, those of a month for keys only. `is_key_required` None: as soon as
        there has been a key.
        """
        self._clock = clock
        self._limits = limits
        without_month = Limits(limits.requests_per_minute, limits.characters_per_minute)
        self._anonymous = lru_cache(maxsize=4096)(lambda address: _anonymous(address, without_month))
        self._is_key_required = is_key_required
        self._ledger = Ledger(path, self._month)
        self._rates = Rates()
        self._asked: defaultdict[Account, int] = defaultdict(int)  # characters of requests that are being answered

    def start(self) -> None:
        """Begin to count."""
        self._ledger.start()

    def close(self) -> None:
        """Write what was counted."""
        self._ledger.close()

    @property
    def has_keys(self) -> bool:
        """Has there ever been a key? One that was revoked opens no door to everybody."""
        return len(self._ledger.ring) > 0

    @property
    def is_key_required(self) -> bool:
        """Must everybody have a key?"""
        return self.has_keys if self._is_key_required is None else self._is_key_required

    @property
    def num_unwritten(self) -> int:
        """Answered requests that could not be written."""
        return self._ledger.num_unwritten

    def identify(self, secret: str | None, address: str) -> Caller:
        """Who calls. Where there are no keys, a given one is ignored: many clients always send something.

        Raises:
            KeyMissing: a key is required.
            KeyInvalid: it is unknown, revoked or expired.
        """
        if secret and (self.has_keys or self.is_key_required):
            key = self._ledger.ring.find(secret, self._clock())
            return Caller(key.id, key.name, f"key:{key.id}", key.limits.or_else(self._limits), key.priority)
        if self.is_key_required:
            raise KeyMissing("a key is required")
        return self._anonymous(address)

    @contextmanager
    def taking(self, caller: Caller, num_characters: int) -> Iterator[None]:
        """Take one request of `num_characters` from the caller's rates and quota while it is answered.

        The rates get it back if that fails, unless the client has left: then the work was done.

        Raises:
            RateLimited, QuotaExceeded, RequestTooLarge: the caller may not ask for it; nothing is taken.
        """
        amount, account = Amount(1, num_characters), (caller.tenant, self._month())
        self._check_quota(caller, account, num_characters)
        self._rates.take(caller.client, caller.limits, amount)
        self._asked[account] += num_characters
        try:
            yield
        except ClientGone:
            raise
        except Exception:
            self._rates.give_back(caller.client, caller.limits, amount)
            raise
        finally:
            self._asked[account] -= num_characters
            if self._asked[account] == 0:
                del self._asked[account]

    def give_back(self, caller: Caller, num_characters: int) -> None:
        """Give back to the caller's rates what was taken for texts that failed."""
        self._rates.give_back(caller.client, caller.limits, Amount(0, num_characters))

    def record(self, caller: Caller, num_characters: int) -> None:
        """Count a request that will be answered now; the death of the process does not undo it."""
        self._ledger.record((caller.tenant, self._month()), Amount(1, num_characters))

    def used(self, caller: Caller) -> Amount:
        """What the caller's tenant has used in this month."""
        return self._ledger.used((caller.tenant, self._month()))

    def month(self) -> tuple[datetime, datetime]:
        """When this month began, and when the next will, in UTC."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        year, month = divmod(start.year * 12 + start.month, 12)
        return start, start.replace(year=year, month=month + 1)

    def _month(self) -> str:
        return _month_of_day(int(self._clock() // _DAY_S))

    def _check_quota(self, caller: Caller, account: Account, num_characters: int) -> None:
        limit = caller.limits.characters_per_month
        if limit is None:
            return
        total = self._ledger.used(account).characters + self._asked[account] + num_characters
        if total > limit:
            wait_s = self.month()[1].timestamp() - self._clock()
            message = f"Quota exceeded: {total} characters with these; the limit is {limit} per month"
            raise QuotaExceeded(message, wait_s, value=total, limit=limit)


@lru_cache(maxsize=1)
def _month_of_day(num_days: int) -> str:
    """The month of a day that is given by its number since 1970, in UTC."""
    return f"{datetime.fromtimestamp(num_days * _DAY_S, UTC):%Y-%m}"


def _anonymous(address: str, limits: Limits) -> Caller:
    return Caller(EVERYBODY, "", _household(address), limits)


def _household(address: str) -> str:
    """The address, or the network of 64 bits that one client of IPv6 has to itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.is_loopback:
        return address
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
