"""Who has asked lately."""

import hypothesis.strategies as st
from hypothesis import given

from service.engine.recent import Recent

EVENTS = st.lists(st.one_of(st.sampled_from("abc"), st.floats(0.0, 3.0)), max_size=30)


def test_nobody_has_company_before_somebody_else_came() -> None:
    recent = Recent(2.0)
    assert not recent.has_others("a")
    recent.came("a", 0.0)
    assert not recent.has_others("a")
    assert recent.has_others("b")


def test_who_came_is_forgotten_after_so_much_work_and_not_before() -> None:
    recent = Recent(2.0)
    recent.came("a", 0.0)
    recent.worked(1.5)
    recent.came("b", 1.5)
    recent.worked(0.5)
    assert recent.has_others("b")
    recent.worked(0.1)
    assert not recent.has_others("b")
    assert recent.has_others("a")


@given(EVENTS)
def test_exactly_those_of_the_last_seconds_are_remembered(events: list[str | float]) -> None:
    recent, now, came_at = Recent(2.0), 0.0, dict[str, float]()
    for event in events:
        if isinstance(event, str):
            recent.came(event, now)
            came_at[event] = now
        else:
            recent.worked(event)
            now += event
    for client in "abc":
        others = [at for other, at in came_at.items() if other != client and at + 2.0 >= now]
        assert recent.has_others(client) == bool(others)
    assert recent.are_several == (sum(at + 2.0 >= now for at in came_at.values()) > 1)


def test_who_came_long_ago_is_forgotten_when_the_next_one_comes_though_nothing_was_done_meanwhile() -> None:
    recent = Recent(2.0)
    recent.came("canary", 10.0)
    recent.came("a", 12.1)
    assert not recent.has_others("a")
    assert not recent.are_several
