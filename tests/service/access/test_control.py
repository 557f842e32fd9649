"""Laws of rates and quotas, with a clock of the test's own."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.access.control import AccessControl, Caller
from service.access.keys import Key, Limits, digest, make_secret
from service.access.rates import Rates
from service.access.store import Amount, Store
from service.errors import ClientGone, KeyMissing, Overloaded, QuotaExceeded, RateLimited, RequestTooLarge

NEW_YEAR_S = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


class Clock:
    """A wall clock that the test turns."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the library that counts."""
    clock = Clock(NEW_YEAR_S)
    monkeypatch.setattr("limits.storage.memory.time.time", clock)
    return clock


def caller(**limits: int) -> Caller:
    return Caller("t", "t", "key:t", Limits(**limits))


def take(rates: Rates, limits: Limits, num: int = 1, characters: int = 0, client: str = "c") -> None:
    for _ in range(num):
        rates.take(client, limits, Amount(1, characters))


def test_a_rate_lets_through_what_it_says_and_then_nothing(clock: Clock) -> None:
    rates, limits = Rates(), Limits(requests_per_minute=5)
    take(rates, limits, 5)
    with pytest.raises(RateLimited, match="too many requests; the limit is 5 per minute"):
        take(rates, limits)
    take(rates, limits, client="another")


@pytest.mark.parametrize("start_s", [0.0, 20.0, 59.0])
@pytest.mark.parametrize(("limit", "spent", "cost"), [(10, 10, 1), (10, 10, 10), (10, 7, 5), (1000, 999, 500)])
def test_whoever_waits_as_long_as_told_gets_through_and_not_a_second_earlier(
    clock: Clock, start_s: float, limit: int, spent: int, cost: int
) -> None:
    rates, limits = Rates(), Limits(characters_per_minute=limit)
    clock.now += start_s
    take(rates, limits, characters=spent)
    with pytest.raises(RateLimited) as refused:
        take(rates, limits, characters=cost)
    wait_s = int(refused.value.headers["Retry-After"])
    assert 1 <= wait_s <= 120
    clock.now += wait_s - 1.01
    with pytest.raises(RateLimited):
        take(rates, limits, characters=cost)
    clock.now += 1.01
    take(rates, limits, characters=cost)


def test_what_is_given_back_can_be_taken_again(clock: Clock) -> None:
    rates, limits = Rates(), Limits(5, 100)
    for _ in range(50):
        take(rates, limits, characters=100)
        rates.give_back("c", limits, Amount(1, 100))


def test_a_refusal_takes_nothing(clock: Clock) -> None:
    rates, limits = Rates(), Limits(2, 100)
    take(rates, limits, characters=100)
    for _ in range(10):
        with pytest.raises(RateLimited, match="too many characters"):
            take(rates, limits, characters=1)
    take(rates, limits)


def test_what_would_never_fit_is_told_so(clock: Clock) -> None:
    with pytest.raises(RequestTooLarge, match="have 101 characters; the limit is 100 per minute"):
        take(Rates(), Limits(2, 100), characters=101)


def test_requests_that_are_being_answered_count_against_the_quota() -> None:
    access, who = AccessControl(), caller(characters_per_month=100)
    with access.taking(who, 60):
        with pytest.raises(QuotaExceeded, match="120 characters with these; the limit is 100"), access.taking(who, 60):
            pass
        with access.taking(who, 40):
            pass
    with access.taking(who, 100):
        pass
    access.close()


async def _spend(access: AccessControl, who: Caller, num_characters: int) -> None:
    with access.taking(who, num_characters):
        access.record(who, num_characters)


def test_a_quota_holds_for_a_month_and_says_when_the_next_begins() -> None:
    clock = Clock(NEW_YEAR_S - 100.0)
    access, who = AccessControl(clock=clock), caller(characters_per_month=100)
    asyncio.run(_spend(access, who, 100))
    assert access.used(who) == Amount(1, 100)
    with pytest.raises(QuotaExceeded) as error, access.taking(who, 1):
        pass
    assert error.value.headers["Retry-After"] == "100"
    clock.now += 100.0
    assert access.used(who) == Amount()
    assert [time.isoformat()[:10] for time in access.month()] == ["2027-01-01", "2027-02-01"]
    asyncio.run(_spend(access, who, 100))
    access.close()


def test_rates_get_back_what_the_service_could_not_do_but_not_what_its_client_left_behind(clock: Clock) -> None:
    access, who = AccessControl(), caller(requests_per_minute=1)
    for _ in range(3):
        with pytest.raises(Overloaded), access.taking(who, 1):
            raise Overloaded("full", 1.0)
    with pytest.raises(ClientGone), access.taking(who, 1):
        raise ClientGone("gone")
    with pytest.raises(RateLimited), access.taking(who, 1):
        pass
    access.close()


def test_without_keys_a_given_one_is_ignored_and_rates_are_kept_by_address() -> None:
    access = AccessControl(limits=Limits(1, 2, 3))
    assert access.identify("anything", "10.0.0.1") == Caller("", "", "10.0.0.1", Limits(1, 2))
    access.close()


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("::1", "::1"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_household_is_one_client(address: str, client: str) -> None:
    access = AccessControl()
    assert access.identify(None, address).client == client
    access.close()


def test_keys_can_be_required_before_there_are_any() -> None:
    access = AccessControl(is_key_required=True)
    with pytest.raises(KeyMissing):
        access.identify(None, "")
    access.close()


@pytest.mark.parametrize("is_required", [None, False])
def test_a_key_brings_its_own_limits(tmp_path: Path, is_required: bool | None) -> None:
    key_id, secret = make_secret()
    key = Key(key_id, "k", digest(secret), 0.0, limits=Limits(requests_per_minute=9))
    with Store(tmp_path / "s") as store:
        store.add_key(key)
    access = AccessControl(tmp_path / "s", limits=Limits(1, 2, 3), is_key_required=is_required)
    assert access.identify(secret, "a") == Caller(key_id, "k", f"key:{key_id}", Limits(9, 2, 3))
    if is_required is None:
        with pytest.raises(KeyMissing):
            access.identify(None, "a")
    else:
        assert access.identify(None, "a").tenant == ""
    access.close()


def test_revoking_the_last_key_does_not_open_the_door(tmp_path: Path) -> None:
    key_id, secret = make_secret()
    with Store(tmp_path / "s") as store:
        store.add_key(replace(Key(key_id, "k", digest(secret), 0.0), revoked=1.0))
    access = AccessControl(tmp_path / "s")
    assert access.is_key_required
    access.close()
