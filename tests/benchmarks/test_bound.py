"""The simulated servers, against what can be worked out by hand."""

from functools import partial

import pytest

from benchmarks.bound import capacity
from benchmarks.point import Sample
from benchmarks.simulated import Costs, Request, Server, batched, interpolated, refilled

STEPS = [3, 5, 8]
STEP = Costs(lambda rows: 0.001)
BOTH = [partial(refilled, STEP, 4), partial(batched, STEP, 4, 0.0)]


def done_s(samples: list[Sample]) -> list[float]:
    return sorted(round(sample.done_s, 6) for sample in samples)


def test_one_row_serves_one_after_the_other() -> None:
    requests = [Request(0.0, 3), Request(0.001, 2), Request(1.0, 1)]
    assert done_s(refilled(Costs(lambda rows: 0.010), 1, requests)) == [0.030, 0.050, 1.010]


def test_a_newcomer_joins_at_the_next_step_and_steps_take_longer_then() -> None:
    requests = [Request(0.0, 3), Request(0.005, 1)]
    assert done_s(refilled(Costs(lambda rows: 0.010 * rows), 2, requests)) == [0.030, 0.040]


def test_newcomers_wait_while_enough_rows_run_and_start_together() -> None:
    costs = Costs(lambda rows: 0.010 * rows, lambda rows: 0.002)
    requests = [Request(0.0, 2), Request(0.005, 1), Request(0.006, 1)]
    assert done_s(refilled(costs, 8, requests, enough=1)) == [0.022, 0.044, 0.044]
    assert done_s(refilled(costs, 8, requests, enough=2)) == done_s(refilled(costs, 8, requests)) == [0.044] * 3


def test_a_batch_waits_for_company_and_ends_together() -> None:
    requests = [Request(0.0, 3), Request(0.005, 1), Request(0.020, 2)]
    assert done_s(batched(Costs(lambda rows: 0.010), 8, 0.010, requests)) == [0.040, 0.040, 0.060]


def test_a_full_batch_does_not_wait() -> None:
    assert done_s(batched(Costs(lambda rows: 0.010), 2, 1.0, [Request(0.0, 1), Request(0.5, 1)])) == [0.510, 0.510]


@pytest.mark.parametrize("server", BOTH)
def test_every_request_is_answered_once_and_not_before_its_steps(server: Server) -> None:
    requests = [Request(0.0007 * i, STEPS[i % 3]) for i in range(200)]
    samples = server(requests)
    assert sorted(sample.due_s for sample in samples) == [request.due_s for request in requests]
    steps_of = {request.due_s: request.num_steps for request in requests}
    assert all(sample.latency_s >= 0.001 * steps_of[sample.due_s] - 1e-9 for sample in samples)


def test_steps_between_measured_ones_lie_on_a_line() -> None:
    step_s = interpolated({1: 1.0, 2: 3.0, 4: 4.0})
    assert [step_s(rows) for rows in (1, 2, 3, 4)] == [1.0, 3.0, 3.5, 4.0]


def test_what_steps_for_half_the_time_serves_twice_as_much_and_more() -> None:
    def rate(step_s: float) -> float:
        return capacity(partial(refilled, Costs(lambda rows: step_s * rows), 1), STEPS)

    assert 2.0 * rate(0.008) < rate(0.004) < 1 / (0.004 * 16 / 3)


def test_encoding_and_text_take_the_same_core() -> None:
    costs = Costs(lambda rows: 0.010, lambda rows: 0.002 * rows, 0.001)
    requests = [Request(0.0, 1), Request(0.0005, 2)]
    assert done_s(refilled(costs, 8, requests)) == [0.016, 0.026]  # both came before the first was begun
    assert done_s(batched(costs, 8, 0.005, requests)) == [0.029, 0.029]  # texts while it waits


def test_offline_all_rows_are_encoded_and_stepped_together() -> None:
    assert Costs(lambda rows: 0.01, lambda rows: 0.02, 1.0).offline_per_s(32, 8.0) == pytest.approx(320.0)
