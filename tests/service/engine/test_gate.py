"""Who may wait, and who is told to come back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.errors import DeadlineUnreachable, Overloaded, QueueFull, RequestTooLarge
from service.engine.gate import Gate
from service.engine.segment import Priority, Segment
from tests.laws import examples
from tests.service.factories import make_segment

NOW = 1000.0


def segments(
    count: int, client: str = "a", priority: Priority = Priority.INTERACTIVE, wait_s: float = 1e6
) -> list[Segment]:
    """As many segments of ten tokens."""
    segment = make_segment(*[5] * 9, client=client, priority=priority, deadline=NOW + wait_s)
    return [segment] * count


def gate_at(tokens_per_s: float, limit: int = 1000) -> Gate:
    gate = Gate(limit)
    gate.drained(int(tokens_per_s), 1.0)
    return gate


def test_the_queue_is_bounded_in_tokens_and_opens_again() -> None:
    gate = Gate(100)
    gate.enter(segments(10), NOW)
    with pytest.raises(QueueFull):
        gate.enter(segments(1), NOW)
    gate.leave(segments(1))
    gate.enter(segments(1), NOW)
    assert gate.num_tokens() == {Priority.INTERACTIVE: 100, Priority.BULK: 0}
    assert gate.num_segments() == {Priority.INTERACTIVE: 10, Priority.BULK: 0}


def test_a_submission_enters_whole_or_not_at_all() -> None:
    gate = Gate(100)
    gate.enter(segments(5), NOW)
    with pytest.raises(QueueFull):
        gate.enter(segments(6), NOW)
    assert gate.num_tokens()[Priority.INTERACTIVE] == 50


def test_what_can_never_fit_is_not_told_to_come_back() -> None:
    with pytest.raises(RequestTooLarge, match="110 source tokens; the limit is 100"):
        Gate(100).enter(segments(11), NOW)


def test_a_follow_up_of_what_was_admitted_is_counted_and_not_refused_for_want_of_room() -> None:
    gate = Gate(100)
    gate.enter(segments(10), NOW)
    further = [replace(segment, is_follow_up=True) for segment in segments(3)]
    gate.enter(further, NOW)
    assert gate.num_tokens()[Priority.INTERACTIVE] == 130
    gate.leave(further)
    with pytest.raises(QueueFull):
        gate.enter(segments(1), NOW)


def test_a_client_gets_half_of_the_queue_while_others_wait() -> None:
    gate = Gate(100)
    gate.enter(segments(1, client="b"), NOW)
    gate.enter(segments(5), NOW)
    with pytest.raises(QueueFull):
        gate.enter(segments(1), NOW)
    gate.enter(segments(4, client="b"), NOW)


def test_a_client_alone_gets_all_of_the_queue() -> None:
    gate = Gate(100)
    gate.enter(segments(6), NOW)
    gate.enter(segments(4), NOW)


@pytest.mark.parametrize(("tokens_per_s", "retry_after_s"), [(50.0, 2.0), (1e6, 1.0), (1.0, 60.0)])
def test_retry_after_is_the_time_in_which_the_queue_drains(tokens_per_s: float, retry_after_s: float) -> None:
    gate = gate_at(tokens_per_s, limit=100)
    gate.enter(segments(10), NOW)
    with pytest.raises(QueueFull) as caught:
        gate.enter(segments(1), NOW)
    assert caught.value.retry_after_s == pytest.approx(retry_after_s)


def test_retry_after_without_evidence_is_a_second() -> None:
    gate = Gate(10)
    gate.enter(segments(1), NOW)
    with pytest.raises(Overloaded) as caught:
        gate.enter(segments(1), NOW)
    assert caught.value.retry_after_s == 1.0


def test_a_deadline_that_the_queue_cannot_meet_is_refused_at_once() -> None:
    gate = gate_at(100)
    gate.enter(segments(20), NOW)
    with pytest.raises(DeadlineUnreachable):
        gate.enter(segments(1, wait_s=2.0), NOW)
    gate.enter(segments(1, wait_s=2.2), NOW)


def test_another_clients_flood_does_not_make_a_deadline_unreachable() -> None:
    gate = gate_at(100)
    gate.enter(segments(50, client="flood"), NOW)
    gate.enter(segments(1, wait_s=0.25), NOW)


def test_bulk_waits_for_interactive_but_not_the_other_way_round() -> None:
    gate = gate_at(100)
    gate.enter(segments(40, client="i"), NOW)
    with pytest.raises(DeadlineUnreachable):
        gate.enter(segments(1, "b", Priority.BULK, wait_s=1.0), NOW)
    gate = gate_at(100)
    gate.enter(segments(40, "b", Priority.BULK), NOW)
    gate.enter(segments(1, client="i", wait_s=1.0), NOW)


def test_an_empty_queue_refuses_no_deadline_so_that_a_wrong_rate_can_be_corrected() -> None:
    gate_at(1.0).enter(segments(5, wait_s=0.1), NOW)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6), st.sampled_from(Priority)), max_size=30))
@examples(100)
def test_the_bound_holds_whatever_enters_and_leaving_restores_it(requests: list[tuple[str, int, Priority]]) -> None:
    gate, inside = Gate(200), list[list[Segment]]()
    for client, count, priority in requests:
        submission = segments(count, client, priority)
        try:
            gate.enter(submission, NOW)
            inside.append(submission)
        except QueueFull:
            gate.leave(inside.pop(0))
        assert sum(gate.num_tokens().values()) == sum(10 * len(s) for s in inside) <= 200
        assert sum(gate.num_segments().values()) == sum(len(s) for s in inside)
    for submission in inside:
        gate.leave(submission)
    assert sum(gate.num_tokens().values()) == sum(gate.num_segments().values()) == 0
