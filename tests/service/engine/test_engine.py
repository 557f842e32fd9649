"""The engine with its thread: submit, cancel, refuse, tell."""

from dataclasses import replace
from typing import Any

import pytest

from service.engine.engine import Engine
from service.engine.errors import (
    Cancelled,
    EngineError,
    InvalidSegment,
    QueueFull,
    RequestTooLarge,
)
from service.engine.observer import SilentObserver
from service.engine.options import EngineOptions
from service.engine.result import Result
from service.engine.segment import Priority, Segment
from service.engine.stats import State
from tests.service.engine.harness import PATIENCE_S, Mailbox, Valve, ids, running, until
from tests.service.factories import (
    MAX_SOURCE,
    MAX_TARGET,
    VOCAB_SIZE,
    echo,
    make_artifact,
    make_segment,
)


def test_every_segment_gets_what_it_gets_alone() -> None:
    segments = [make_segment(*range(5, 5 + n % 20), beam_size=1 + 2 * (n % 2)) for n in range(1, 100)]
    with running() as engine:
        mailbox = Mailbox(len(segments))
        engine.submit(segments, mailbox)
        assert [ids(outcome) for outcome in mailbox.wait()] == [echo(segment.ids) for segment in segments]


def test_hypotheses_come_best_first_and_as_many_as_asked_and_found() -> None:
    with running() as engine:
        mailbox = Mailbox(2)
        engine.submit([make_segment(7, 8, beam_size=3, num_best=2), make_segment(beam_size=3, num_best=3)], mailbox)
        two, one = mailbox.wait()
        assert isinstance(two, Result)
        assert isinstance(one, Result)
        assert [h.ids for h in two.hypotheses] == [(8, 7, 3), (7, 3)]
        assert [h.score for h in two.hypotheses] == [-0.75, -1.5]
        assert [h.ids for h in one.hypotheses] == [(3,)]


def test_attention_is_there_if_asked_for_and_covers_the_real_tokens() -> None:
    with running() as engine:
        mailbox = Mailbox(2)
        engine.submit([make_segment(7, 8, wants_attention=True), make_segment(*range(5, 20))], mailbox)
        asked, unasked = (outcome.hypotheses[0] for outcome in mailbox.wait() if isinstance(outcome, Result))
        assert unasked.attention is None
        assert asked.attention is not None
        assert asked.attention.shape == (3, 3)
        assert asked.attention.dtype.name == "float32"
        assert asked.attention.base is None  # keeps nothing else alive


def test_the_queue_is_bounded_and_recovers() -> None:
    valve = Valve()
    with running(valve, max_rows=1, max_waiting_tokens=40) as engine:
        valve.is_open.clear()
        refusals, admitted = list[QueueFull](), list[Mailbox]()
        for _ in range(50):
            mailbox = Mailbox(1)
            try:
                engine.submit([make_segment(5, 6, 7)], mailbox)
                admitted.append(mailbox)
            except QueueFull as error:
                refusals.append(error)
        assert len(refusals) >= 50 - 11  # ten wait and at most one runs
        assert all(1.0 <= error.retry_after_s <= 60.0 for error in refusals)
        assert sum(engine.stats().waiting_tokens.values()) <= 40
        valve.is_open.set()
        assert all(ids(mailbox.wait()[0]) == (7, 6, 5, 3) for mailbox in admitted)
        again = Mailbox(1)
        engine.submit([make_segment(5)], again)
        assert ids(again.wait()[0]) == (5, 3)
        assert engine.stats().rejected == len(refusals)


def test_a_request_that_can_never_fit_is_refused_for_good() -> None:
    with running(max_waiting_tokens=10) as engine, pytest.raises(RequestTooLarge):
        engine.submit([make_segment(5, 6)] * 4, Mailbox(4))


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        (make_segment(7, artifact="other"), "no lane for"),
        (make_segment(7, beam_size=2), "no lane for"),
        (replace(make_segment(), ids=()), "number of ids is 0"),
        (make_segment(*[5] * MAX_SOURCE), f"number of ids is {MAX_SOURCE + 1}; it must lie between 1 and {MAX_SOURCE}"),
        (make_segment(7, max_length=0), "max_length is 0"),
        (make_segment(7, max_length=MAX_TARGET + 1), f"max_length is {MAX_TARGET + 1}"),
        (make_segment(7, num_best=2), "num_best is 2; it must lie between 1 and 1"),
        (make_segment(VOCAB_SIZE), f"an id lies outside a vocabulary of {VOCAB_SIZE}"),
        (make_segment(-1), "an id lies outside"),
        (make_segment(7, client="another"), "client or priority differs"),
        (make_segment(7, priority=Priority.BULK), "client or priority differs"),
    ],
)
def test_what_the_arena_was_not_opened_for_is_kept_out(segment: Segment, message: str) -> None:
    with running() as engine, pytest.raises(InvalidSegment, match=rf"segments\[1\]: .*{message}"):
        engine.submit([make_segment(7), segment], Mailbox(2))


def test_an_empty_submission_gets_nothing() -> None:
    with running() as engine:
        engine.cancel(engine.submit([], Mailbox(0)))


def test_cancelling_frees_the_queue() -> None:
    valve = Valve()
    with running(valve, max_rows=1) as engine:
        valve.is_open.clear()
        mailbox = Mailbox(5)
        ticket = engine.submit([make_segment(7)] * 5, mailbox)
        engine.cancel(ticket)
        valve.is_open.set()
        outcomes = mailbox.wait()
        assert all(isinstance(outcome, Cancelled) for outcome in outcomes[1:])
        until(lambda: engine.stats().rows_running == 0)
        assert engine.stats().waiting_segments[Priority.INTERACTIVE] == 0


def test_an_idle_engine_says_that_it_is_alive() -> None:
    with running(heartbeat_s=0.02) as engine:
        for _ in range(5):
            until(lambda: engine.stats().heartbeat_age_s > 0.01)
            until(lambda: engine.stats().heartbeat_age_s < 0.01)


def test_a_stuck_step_shows_in_the_heartbeat() -> None:
    valve = Valve()
    with running(valve) as engine:
        valve.is_open.clear()
        engine.submit([make_segment(7)], Mailbox(1))
        until(lambda: engine.stats().heartbeat_age_s > 0.2)
        valve.is_open.set()
        until(lambda: engine.stats().heartbeat_age_s < 0.1)


def test_stats_tell_what_happened() -> None:
    with running(max_rows=3) as engine:
        assert engine.stats().last_result_age_s is None
        mailbox = Mailbox(2)
        engine.submit([make_segment(7, 8), make_segment(9)], mailbox)
        mailbox.wait()
        stats = engine.stats()
        assert (stats.state, stats.healthy, stats.done, stats.faults) == (State.RUNNING, True, 2, 0)
        assert (stats.source_tokens, stats.target_tokens) == (5, 5)
        assert stats.rows_capacity == 3 * 4
        assert stats.last_result_age_s is not None
        assert 0.0 <= stats.last_result_age_s < PATIENCE_S
        assert engine.beam_sizes("echo") == (1, 3)


def test_a_refusal_is_observed() -> None:
    class Notes(SilentObserver):
        def rejected(self, segments: Any, error: EngineError) -> None:
            seen.append((len(segments), error.code))

    seen: list[tuple[int, str]] = []
    with running(max_waiting_tokens=10, observer=Notes()) as engine, pytest.raises(RequestTooLarge):
        engine.submit([make_segment(5, 6)] * 4, Mailbox(4))
    assert seen == [(4, "request_too_large")]


def test_artifacts_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="artifacts share a name"):
        Engine([make_artifact(), make_artifact()], EngineOptions())


def test_two_artifacts_run_side_by_side() -> None:
    engine = Engine([make_artifact(), make_artifact(name="other")], EngineOptions(max_rows=2))
    engine.start()
    mailboxes = [Mailbox(3), Mailbox(3)]
    for artifact, mailbox in zip(("echo", "other"), mailboxes, strict=True):
        engine.submit([make_segment(7, 8, artifact=artifact)] * 3, mailbox)
    assert all(ids(outcome) == (8, 7, 3) for mailbox in mailboxes for outcome in mailbox.wait())
    engine.stop(PATIENCE_S)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_rows": 0},
        {"visit_s": 0.0},
        {"bulk_share": 1.0},
        {"beam_sizes": (0,)},
        {"num_threads": 0},
        {"heartbeat_s": -1.0},
    ],
)
def test_options_are_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        EngineOptions(**changes)
