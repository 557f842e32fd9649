"""What a turn does, on a clock that the test moves and without a thread."""

import logging
from collections import Counter
from collections.abc import Sequence

import pytest

from service.engine.delivery import Delivery, hand_out
from service.engine.entry import Entry
from service.engine.errors import Cancelled, DeadlineExceeded, EngineError, NotReady
from service.engine.observer import SilentObserver
from service.engine.result import Outcome
from service.engine.segment import Lane, Priority, Segment
from tests.service.engine.harness import LONG, bench, fail_on, ids
from tests.service.factories import Inbox, echo, make_segment

LANE = Lane("echo", 1, Priority.INTERACTIVE)


def test_a_segment_starts_in_the_turn_after_it_came_and_leaves_in_the_turn_it_ends() -> None:
    b, inbox = bench(), Inbox()
    b.submit([make_segment(7, 8)], inbox)
    for num_turns in (1, 2):
        b.batcher.turn()
        assert not inbox.arrivals, num_turns
        assert b.batcher.num_running == 1
    b.batcher.turn()
    assert ids(inbox.outcomes[0]) == (8, 7, 3)
    assert b.batcher.num_running == 0


def test_one_segment_joins_others_that_already_run() -> None:
    b, first, second = bench(), Inbox(), Inbox()
    b.submit([make_segment(*LONG)], first)
    b.batcher.turn()
    b.submit([make_segment(7)], second)
    b.batcher.turn()
    b.batcher.turn()
    assert ids(second.outcomes[0]) == (7, 3)
    assert not first.arrivals
    b.finish()
    assert ids(first.outcomes[0]) == echo((*LONG, 3))


def test_cancelling_one_client_frees_its_rows_in_one_turn_and_leaves_its_batch_mates_alone() -> None:
    b, gone, stays = bench(), Inbox(), Inbox()
    ticket = b.submit([make_segment(*LONG, client="gone")] * 6, gone)
    b.submit([make_segment(7, 8, 9, client="stays")] * 2, stays)
    b.batcher.turn()
    b.batcher.cancel(ticket.entries)
    b.batcher.turn()
    assert [type(outcome) for outcome in gone.outcomes.values()] == [Cancelled] * 6
    assert b.batcher.num_running == 2
    b.finish()
    assert [ids(outcome) for outcome in stays.outcomes.values()] == [(9, 8, 7, 3)] * 2
    assert len(gone.arrivals) == 6
    assert b.gate.num_tokens()[Priority.INTERACTIVE] == 0


def test_cancelling_twice_or_too_late_changes_nothing() -> None:
    b, inbox = bench(), Inbox()
    ticket = b.submit([make_segment(7)], inbox)
    b.finish()
    for _ in range(2):
        b.batcher.cancel(ticket.entries)
        b.batcher.turn()
    assert len(inbox.arrivals) == 1
    assert ids(inbox.outcomes[0]) == (7, 3)


def test_a_deadline_ends_waiting_and_running_segments_and_nobody_else() -> None:
    b, late, stays = bench(max_rows=2), Inbox(), Inbox()
    b.submit([make_segment(*LONG, deadline=b.clock.now + 5.0, client="late")] * 3, late)
    b.submit([make_segment(7, client="stays")], stays)
    b.batcher.turn()
    b.clock.now += 5.0
    b.batcher.turn()
    assert [type(outcome) for outcome in late.outcomes.values()] == [DeadlineExceeded] * 3
    b.finish()
    assert ids(stays.outcomes[0]) == (7, 3)
    assert b.batcher.counters.expired == 3
    assert b.gate.num_tokens()[Priority.INTERACTIVE] == 0


def test_a_receiver_that_raises_harms_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    def broken(index: int, outcome: Outcome) -> None:
        raise KeyError(index)

    b, inbox = bench(), Inbox()
    b.submit([make_segment(7)], broken)
    b.submit([make_segment(8)], inbox)
    b.finish()
    assert ids(inbox.outcomes[0]) == (8, 3)
    assert [record.message for record in caplog.records] == ["a receiver failed on its outcome"]


def test_a_courier_that_raises_harms_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    def broken(deliveries: Sequence[Delivery]) -> None:
        raise RuntimeError("the loop is closed")

    b, unreachable, inbox = bench(), Inbox(), Inbox()
    b.submit([make_segment(7)], unreachable, broken)
    b.submit([make_segment(8)], inbox)
    b.finish()
    assert ids(inbox.outcomes[0]) == (8, 3)
    assert not unreachable.arrivals
    assert "a courier failed with 1 outcomes" in caplog.text


def test_a_courier_is_called_once_a_turn_with_all_results() -> None:
    calls: list[int] = []

    def courier(deliveries: Sequence[Delivery]) -> None:
        calls.append(len(deliveries))
        hand_out(deliveries)

    b, inboxes = bench(), [Inbox() for _ in range(4)]
    for inbox in inboxes:
        b.submit([make_segment(7)], inbox, courier)
    b.finish()
    assert calls == [4]
    assert all(len(inbox.arrivals) == 1 for inbox in inboxes)


def test_failing_all_settles_running_and_waiting_alike() -> None:
    b, inbox = bench(max_rows=1), Inbox()
    b.submit([make_segment(*LONG)] * 3, inbox)
    b.batcher.turn()
    b.batcher.fail_all(lambda: NotReady("stopped"))
    assert [type(outcome) for outcome in inbox.outcomes.values()] == [NotReady] * 3
    assert len({id(outcome) for outcome in inbox.outcomes.values()}) == 3
    assert b.gate.num_segments()[Priority.INTERACTIVE] == 0


def test_rows_of_those_who_left_are_not_counted_against_who_comes_next() -> None:
    b = bench()
    b.gate.forecast.measured(LANE, 1, 0.01)
    b.gate.forecast.measured(LANE, 4, 0.04)
    newcomer = make_segment(7)
    alone = b.gate.forecast.outlook(newcomer)
    ticket = b.submit([make_segment(*LONG)] * 3, Inbox())
    b.batcher.turn()
    assert b.gate.forecast.outlook(newcomer).step_s > 2 * alone.step_s
    b.batcher.cancel(ticket.entries)
    b.batcher.turn()
    assert not b.batcher.has_work
    assert b.gate.forecast.outlook(newcomer).step_s == pytest.approx(alone.step_s, rel=0.1)


def test_failing_all_settles_who_never_came_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def add(_: Entry) -> None:
        raise RuntimeError("injected")

    b, inbox = bench(), Inbox()
    monkeypatch.setattr(b.batcher._scheduler, "add", add)
    with pytest.raises(RuntimeError, match="injected"):
        b.submit([make_segment(7)] * 2, inbox)
    b.batcher.fail_all(lambda: NotReady("stopped"))
    assert [type(outcome) for outcome in inbox.outcomes.values()] == [NotReady] * 2


def test_timing_says_where_the_time_went() -> None:
    times = {"admit": 2.0, "step": 0.5}

    def before(verb: str) -> None:
        if is_armed:
            b.clock.now += times.get(verb, 0.0)

    is_armed = False
    b, inbox = bench(before), Inbox()
    is_armed = True
    b.submit([make_segment(7, 8)], inbox)
    b.clock.now += 1.0
    b.finish()
    timing = inbox.outcomes[0].timing
    assert (timing.queue_s, timing.encode_s, timing.decode_s) == pytest.approx((1.0, 2.0, 1.5))


class Notes(SilentObserver):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.encoded_tokens = self.steps = 0
        self.outcomes: Counter[str] = Counter()
        self.faults: list[Lane] = []

    def encoded(self, lane: Lane, num_segments: int, num_tokens: int, seconds: float) -> None:
        self.encoded_tokens += num_tokens

    def stepped(self, lane: Lane, num_rows: int, num_steps: int, seconds: float) -> None:
        self.steps += num_steps

    def settled(self, segment: Segment, outcome: Outcome) -> None:
        self.outcomes[type(outcome).__name__] += 1

    def faulted(self, lane: Lane) -> None:
        self.faults.append(lane)


def test_the_observer_sees_every_segment_once() -> None:
    before, is_armed = fail_on("finished", times=1)
    notes = Notes()
    b = bench(before, notes, max_rows=1)
    is_armed[0] = True
    b.submit([make_segment(7)] * 3, Inbox())
    ticket = b.submit([make_segment(8)], Inbox())
    b.batcher.cancel(ticket.entries)
    b.finish()
    assert notes.outcomes == {"EngineFault": 1, "Result": 2, "Cancelled": 1}
    assert notes.encoded_tokens == 6
    assert notes.steps == 4, "those of a visit that failed are not counted"
    assert notes.faults == [make_segment(7).lane]
    counters = b.batcher.counters
    assert (counters.done, counters.failed, counters.cancelled, counters.expired) == (2, 1, 1, 0)
    assert (counters.source_tokens, counters.target_tokens) == (6, 4)


def test_bulk_that_fills_its_rows_costs_an_interactive_segment_no_turn() -> None:
    b, inbox = bench(max_rows=2), Inbox()
    b.submit([make_segment(*LONG, client="bulk", priority=Priority.BULK)] * 50, Inbox())
    for _ in range(3):
        b.batcher.turn()
    b.submit([make_segment(7, 8)], inbox)
    for _ in range(3):
        b.batcher.turn()
    assert ids(inbox.outcomes[0]) == (8, 7, 3)


def test_bulk_goes_on_under_interactive_work_that_never_ends() -> None:
    def before(verb: str) -> None:
        if is_armed and verb == "step":
            b.clock.now += 0.003

    is_armed = False
    b, bulk = bench(before, max_rows=1), Inbox()
    is_armed = True
    b.submit([make_segment(7, client="bulk", priority=Priority.BULK)], bulk)
    for turn in range(60):
        b.submit([make_segment(8, 9)], Inbox())
        b.batcher.turn()
        assert not bulk.arrivals or turn > 5
    assert ids(bulk.outcomes[0]) == (7, 3)


def test_every_error_has_a_code_of_its_own_class() -> None:
    def leaves(cls: type[EngineError]) -> list[type[EngineError]]:
        return [leaf for sub in cls.__subclasses__() for leaf in leaves(sub)] or [cls]

    codes = {"internal", "request_too_large", "overloaded", "deadline_unreachable", "not_ready"}
    assert {cls.code for cls in leaves(EngineError)} == codes | {"deadline_exceeded", "cancelled"}


def test_no_text_and_no_ids_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    before, is_armed = fail_on("step", times=1)
    b = bench(before)
    is_armed[0] = True
    b.submit([make_segment(43, 44, 45)], Inbox())
    b.finish()
    assert caplog.records
    assert not any(str(piece) in record.getMessage() for record in caplog.records for piece in (43, 44, 45))
