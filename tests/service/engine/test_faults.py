"""What a failure in a visit costs, and whom."""

import pytest

from service.engine.errors import EngineFault
from tests.service.engine.harness import LONG, bench, fail_on, ids
from tests.service.factories import Inbox, echo, make_segment


@pytest.mark.parametrize("verb", ["admit", "step", "finished", "best"])
def test_a_fault_fails_the_running_rows_and_the_rest_goes_on(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    before, is_armed = fail_on(verb, times=1)
    b, inbox = bench(before, max_rows=2), Inbox()
    is_armed[0] = True
    b.submit([make_segment(10 + i, client="some") for i in range(5)], inbox)
    b.finish()
    outcomes = inbox.outcomes
    assert [type(outcomes[index]) for index in range(2)] == [EngineFault] * 2
    assert [ids(outcomes[index]) for index in range(2, 5)] == [(10 + index, 3) for index in range(2, 5)]
    assert b.batcher.counters.faults == 1
    assert b.batcher.is_healthy
    assert len(caplog.records) == 1
    assert "failed with 2 rows, sources of up to 2 tokens" in caplog.text


def test_a_fault_after_the_results_takes_none_of_them_back() -> None:
    before, is_armed = fail_on("release", times=1)
    b, inbox = bench(before, max_rows=2), Inbox()
    is_armed[0] = True
    b.submit([make_segment(10), make_segment(*LONG), make_segment(12)], inbox)
    b.finish()
    assert ids(inbox.outcomes[0]) == (10, 3)
    assert isinstance(inbox.outcomes[1], EngineFault)
    assert ids(inbox.outcomes[2]) == (12, 3)
    assert (b.batcher.counters.faults, b.batcher.num_running) == (1, 0)


def test_results_whose_rows_cannot_be_released_make_no_engine_healthy() -> None:
    before, is_armed = fail_on("release", times=2)
    b = bench(before, max_rows=2)
    is_armed[0] = True
    for is_healthy in (True, False, True):
        inbox = Inbox()
        b.submit([make_segment(10)], inbox)
        b.finish()
        assert ids(inbox.outcomes[0]) == (10, 3)
        assert b.batcher.is_healthy is is_healthy


def test_results_do_not_wait_for_their_rows_to_be_released() -> None:
    inbox, arrived = Inbox(), list[int]()

    def before(verb: str) -> None:
        if verb == "release":
            arrived.append(len(inbox.arrivals))

    b = bench(before)
    arrived.clear()  # of the rehearsal
    b.submit([make_segment(7)], inbox)
    b.finish()
    assert arrived == [1]


def test_a_fault_stays_in_its_lane() -> None:
    before, is_armed = fail_on("step", times=1)
    b, faulty, other = bench(before), Inbox(), Inbox()
    b.submit([make_segment(7, beam_size=1)], faulty)
    b.submit([make_segment(*LONG, beam_size=3)], other)
    is_armed[0] = True
    b.finish()
    assert isinstance(faulty.outcomes[0], EngineFault)
    assert ids(other.outcomes[0]) == echo((*LONG, 3))


def test_two_faults_in_a_row_are_unhealthy_until_a_segment_is_done() -> None:
    before, is_armed = fail_on("step", times=2)
    b = bench(before, max_rows=1)
    is_armed[0] = True
    for expected in (True, False, True):
        b.submit([make_segment(7)], Inbox())
        b.finish()
        assert b.batcher.is_healthy is expected


def test_a_lane_that_cannot_be_opened_again_is_the_end(caplog: pytest.LogCaptureFixture) -> None:
    def before(verb: str) -> None:
        if is_armed and verb in ("step", "open"):
            raise RuntimeError(f"injected into {verb}")

    is_armed = False
    b, inbox = bench(before), Inbox()
    b.submit([make_segment(7)], inbox)
    is_armed = True
    with pytest.raises(RuntimeError, match="injected into open"):
        b.batcher.turn()
    b.batcher.send()
    assert isinstance(inbox.outcomes[0], EngineFault)
