"""How an engine starts, drains, stops and fails."""

import threading
import time
from dataclasses import replace
from functools import partial

import pytest

from service.artifact import SamplesNotReproduced
from service.engine.engine import Engine
from service.engine.errors import (
    EngineFault,
    NotReady,
)
from service.engine.messages import Messages
from service.engine.options import EngineOptions
from service.engine.result import Result
from service.engine.segment import Priority
from service.engine.stats import State
from tests.service.engine.harness import PATIENCE_S, Mailbox, Valve, ids, running, until
from tests.service.factories import (
    make_artifact,
    make_sample,
    make_segment,
)


def test_nothing_is_taken_before_the_start_and_after_the_stop() -> None:
    engine = Engine([make_artifact()], EngineOptions())
    with pytest.raises(NotReady, match="the engine is new"):
        engine.submit([make_segment(7)], Mailbox(1))
    engine.start()
    engine.stop(PATIENCE_S)
    with pytest.raises(NotReady, match="the engine is stopped"):
        engine.submit([make_segment(7)], Mailbox(1))
    assert engine.stats().state is State.STOPPED
    assert engine.stats().rejected == 2


def test_stopping_what_never_started_is_nothing() -> None:
    engine = Engine([make_artifact()], EngineOptions())
    engine.stop(PATIENCE_S)
    assert not engine.stats().healthy


def test_a_start_fails_if_the_samples_are_not_reproduced() -> None:
    sample = replace(make_sample(7, 8), target_ids=(8, 8, 3))
    engine = Engine([make_artifact(samples=[sample])], EngineOptions())
    with pytest.raises(SamplesNotReproduced, match=r"gives ids \(8, 7, 3\); expected \(8, 8, 3\)"):
        engine.start()
    assert engine.stats().state is State.FAILED
    with pytest.raises(NotReady):
        engine.submit([make_segment(7)], Mailbox(1))
    engine.stop(PATIENCE_S)


def test_draining_refuses_newcomers_and_finishes_what_was_admitted() -> None:
    valve = Valve()
    with running(valve) as engine:
        valve.is_open.clear()
        mailbox = Mailbox(9)
        engine.submit([make_segment(10 + i) for i in range(9)], mailbox)
        engine.drain()
        with pytest.raises(NotReady, match="the engine is draining"):
            engine.submit([make_segment(7)], Mailbox(1))
        follow_up = Mailbox(1)
        engine.submit([make_segment(8, is_follow_up=True)], follow_up)
        stopper = threading.Thread(target=engine.stop, args=(PATIENCE_S,))
        stopper.start()
        valve.is_open.set()
        assert [ids(outcome) for outcome in mailbox.wait()] == [(10 + i, 3) for i in range(9)]
        assert [ids(outcome) for outcome in follow_up.wait()] == [(8, 3)]
        stopper.join()
        assert engine.stats().state is State.STOPPED


def test_a_stop_loses_no_request_that_was_admitted_before_it() -> None:
    for _ in range(20):
        with running() as engine:
            mailbox = Mailbox(5)
            engine.submit([make_segment(7)] * 5, mailbox)
        assert [ids(outcome) for outcome in mailbox.wait()] == [(7, 3)] * 5


def test_what_is_not_done_at_the_end_of_the_drain_fails() -> None:
    def slowly(verb: str) -> None:
        if verb == "step":
            time.sleep(0.02)

    with running(slowly, max_rows=1, max_steps=1) as engine:
        mailbox = Mailbox(10)
        engine.submit([make_segment(*range(5, 25))] * 10, mailbox)
        started = time.monotonic()
        engine.stop(0.1)
        assert time.monotonic() - started < PATIENCE_S / 2
        outcomes = mailbox.wait()
        assert isinstance(outcomes[-1], NotReady)
        assert engine.stats().waiting_tokens[Priority.INTERACTIVE] == 0


def test_two_faults_in_a_row_show_and_the_engine_recovers() -> None:
    left = [0]

    def before(verb: str) -> None:
        if verb == "step" and left[0] > 0:
            left[0] -= 1
            raise RuntimeError("injected")

    with running(before) as engine:
        left[0] = 2
        for expected in (EngineFault, EngineFault, Result):
            mailbox = Mailbox(1)
            engine.submit([make_segment(7)], mailbox)
            assert isinstance(mailbox.wait()[0], expected)
            is_healthy = left[0] != 0 or expected is Result  # again once the rows of the result are released
            until(lambda: engine.stats().healthy is is_healthy)  # noqa: B023
        assert engine.stats().faults == 2


def test_an_engine_that_cannot_go_on_leaves_nobody_waiting() -> None:
    is_armed = threading.Event()

    def before(verb: str) -> None:
        if is_armed.is_set() and verb in ("step", "open"):
            raise RuntimeError("injected")

    with running(before, max_rows=1) as engine:
        is_armed.set()
        mailbox = Mailbox(5)
        engine.submit([make_segment(7)] * 5, mailbox)
        assert all(isinstance(outcome, EngineFault) for outcome in mailbox.wait())
        until(lambda: engine.stats().state is State.FAILED)
        assert not engine.stats().healthy
        with pytest.raises(NotReady, match="the engine is failed"):
            engine.submit([make_segment(7)], Mailbox(1))


def test_what_arrives_while_the_engine_dies_is_not_left_waiting() -> None:
    is_armed, may_fail = threading.Event(), threading.Event()

    def before(verb: str) -> None:
        if is_armed.is_set() and verb in ("step", "open"):
            assert may_fail.wait(PATIENCE_S)
            raise RuntimeError("injected")

    with running(before) as engine:
        is_armed.set()
        mailboxes = [Mailbox(1), Mailbox(3)]
        engine.submit([make_segment(7)], mailboxes[0])
        until(lambda: engine.stats().rows_running == 1)
        engine.submit([make_segment(8)] * 3, mailboxes[1])
        may_fail.set()
        assert all(isinstance(outcome, EngineFault) for mailbox in mailboxes for outcome in mailbox.wait())


def test_the_last_messages_are_heard_even_if_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("injected")

    messages, heard = Messages(), list[int]()
    for message in (partial(heard.append, 1), fail, partial(heard.append, 2)):
        messages.put(message)
    messages.take_rest()
    assert heard == [1, 2]
    assert "a message to the engine failed" in caplog.text
