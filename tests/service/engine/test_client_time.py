"""Clients share the time, newcomers go first for a while, and nobody waits without bound; on simulated seconds."""

import math
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from service.engine.client_time import ClientTime
from tests.laws import examples

HEAD_START_S = 0.1
LONGEST_S = 0.03


def serve(clients: ClientTime, busy: Sequence[str], seconds: float) -> str:
    """One visit of `seconds` to whose turn it is."""
    chosen = clients.choose(busy)
    clients.charge({chosen: 1}, seconds)
    return chosen


@given(st.lists(st.floats(0.001, LONGEST_S), min_size=20, max_size=200), st.integers(2, 5))
@examples(100)
def test_clients_at_work_get_equal_time_to_within_a_visit_and_a_head_start(visits: list[float], num: int) -> None:
    clients, names, spent = ClientTime(HEAD_START_S), [str(i) for i in range(num)], Counter[str]()
    for seconds in visits:
        spent[serve(clients, names, seconds)] += seconds  # type: ignore[assignment]
        assert max(spent[name] for name in names) - min(spent[name] for name in names) <= LONGEST_S + HEAD_START_S


@given(st.integers(10, 50))
@examples(100)
def test_who_uses_less_than_its_share_finds_the_processor_free(num_before: int) -> None:
    clients = ClientTime(HEAD_START_S)
    for _ in range(num_before):
        serve(clients, ["greedy"], 0.025)
    for _ in range(20):
        for _ in range(12):
            assert serve(clients, ["greedy", "late"], 0.002) == "late"
        for _ in range(4):
            serve(clients, ["greedy"], 0.025)


def test_a_head_start_is_used_up_and_then_time_is_shared() -> None:
    clients = ClientTime(HEAD_START_S)
    for _ in range(100):
        serve(clients, ["greedy"], 0.025)
    spent: Counter[str] = Counter()
    for _ in range(2000):
        chosen = clients.choose(["greedy", "late"])
        milliseconds = 25 if chosen == "greedy" else 2
        clients.charge({chosen: 1}, milliseconds / 1000)
        spent[chosen] += milliseconds
    assert abs(spent["late"] - spent["greedy"]) <= 1000 * (HEAD_START_S + LONGEST_S)


def test_new_clients_without_end_leave_a_quarter_to_those_at_work() -> None:
    clients = ClientTime(HEAD_START_S)
    for _ in range(100):
        serve(clients, ["greedy"], 0.025)
    spent, num_new = Counter[bool](), 0
    for visit in range(4000):
        is_greedy = serve(clients, ["greedy", str(num_new)], 0.025) == "greedy"
        spent[is_greedy] += 1
        num_new += visit % 2
    assert math.isclose(spent[True] / 4000, 0.25, rel_tol=0.05)


def test_company_pays_by_its_part() -> None:
    clients = ClientTime(HEAD_START_S)
    clients.charge({"many": 9, "one": 1}, 0.05)
    assert clients.choose(["many", "one"]) == "one"
    clients.charge({"one": 1}, 0.03)
    assert clients.choose(["many", "one"]) == "one"
    clients.charge({"one": 1}, 0.03)
    assert clients.choose(["many", "one"]) == "many"


def test_clients_who_went_are_forgotten() -> None:
    clients = ClientTime(HEAD_START_S)
    for i in range(10_000):
        serve(clients, [str(i)], 0.2)
    assert len(clients) <= 64
