"""Whose time is up."""

import math

from service.engine.deadlines import Deadlines
from service.engine.entry import Entry, Status
from tests.service.factories import make_segment


def entry_due(deadline: float) -> Entry:
    return Entry(make_segment(5, deadline=deadline), submitted_at=0.0)


def test_who_is_due_comes_out_once_and_in_order() -> None:
    deadlines, entries = Deadlines(), [entry_due(t) for t in (3.0, 1.0, 2.0, 9.0, math.inf)]
    for entry in entries:
        deadlines.push(entry)
    assert deadlines.pop_expired(0.5) == []
    assert deadlines.pop_expired(3.0) == [entries[1], entries[2], entries[0]]
    assert deadlines.pop_expired(3.0) == []
    assert deadlines.pop_expired(math.inf) == [entries[3]]


def test_who_was_put_off_is_due_later() -> None:
    deadlines, entry = Deadlines(), entry_due(1.0)
    deadlines.push(entry)
    entry.deadline = 5.0
    assert deadlines.pop_expired(4.0) == []
    assert deadlines.pop_expired(5.0) == [entry]


def test_the_settled_do_not_expire() -> None:
    deadlines, entry = Deadlines(), entry_due(1.0)
    deadlines.push(entry)
    entry.status = Status.SETTLED
    assert deadlines.pop_expired(2.0) == []


def test_the_settled_are_not_kept_until_their_deadline() -> None:
    deadlines, unsettled = Deadlines(), entry_due(1e9)
    deadlines.push(unsettled)
    for _ in range(10_000):
        entry = entry_due(1e9)
        deadlines.push(entry)
        entry.status = Status.SETTLED
    assert len(deadlines) < 200
    assert deadlines.pop_expired(1e9) == [unsettled]
