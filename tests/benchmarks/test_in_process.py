"""What is sent to engines of this process, and what is noted of it."""

import math
import threading
import time
from collections.abc import Callable

import pytest

from benchmarks import in_process
from benchmarks.cores import two_cores
from benchmarks.engine_load import AT_80_PERCENT, MODULE, OURS_STRICTLY, Loaded
from benchmarks.in_process import NAIVE, OURS, WAITS_MS, Generator, waiting
from benchmarks.open_loop import WARM_UP_S
from benchmarks.point import INTERACTIVE, Point, Sample
from service.engine.errors import EngineFault, QueueFull
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.segment import Segment
from tests.service.factories import make_segment

RESULT = Result((Hypothesis((3,), 0.0, 0.0),), Timing(0.0, 0.0, 0.0))
SEGMENTS = [make_segment(5 + i) for i in range(7)]


@pytest.fixture(autouse=True)
def short_points_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "_MIN_REQUESTS", 1)
    monkeypatch.setattr(in_process, "MAX_LAG_S", math.inf)


def generator(seconds: float = 0.5) -> Generator:
    return Generator(SEGMENTS, seconds, two_cores())


def after(seconds: float, outcome: Outcome = RESULT) -> Callable[[Segment, Callable[[Outcome], None]], None]:
    """An engine that takes so long for each segment, however many there are."""
    return lambda _, deliver: threading.Timer(seconds, deliver, [outcome]).start()


def test_latency_counts_from_when_a_segment_was_due() -> None:
    def stalls(_: Segment, deliver: Callable[[Outcome], None]) -> None:
        time.sleep(0.03)  # the thread that sends: those after are late, and no latency is hidden
        deliver(RESULT)

    point = generator(0.2).point(stalls, rate_per_s=60.0)
    assert point.num_failed == 0
    assert point.lag_s > 0.2
    assert point.latency_s(0.5) > 0.1


def test_all_segments_are_sent_at_the_rate_in_an_order_that_the_seed_decides() -> None:
    def order(seed: int) -> list[Segment]:
        seen: list[Segment] = []

        def submit(segment: Segment, deliver: Callable[[Outcome], None]) -> None:
            seen.append(segment)
            deliver(RESULT)

        point = generator().point(submit, 200.0, seed)
        assert 60 <= len(point.samples) <= 140
        assert len(seen) > len(point.samples), "a warm-up is not counted"
        return seen

    assert order(1) == order(1) != order(2)
    assert set(order(1)) == set(SEGMENTS)


def test_who_gets_an_error_or_waits_too_long_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "PATIENCE_S", 0.1)
    for submit in (after(0.0, EngineFault("broken")), after(1.0)):
        point = generator().point(submit, 20.0)
        assert point.goodput_per_s(INTERACTIVE.limit_s) == 0.0
    assert generator().point(after(0.01), 20.0).num_failed == 0


def test_what_is_refused_at_once_has_failed_like_any_other() -> None:
    def refuse(_: Segment, deliver: Callable[[Outcome], None]) -> None:
        raise QueueFull(1.0)

    point = generator().point(refuse, 200.0)
    assert point.num_failed == len(point.samples) > 50


def test_slow_rates_are_measured_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "_MIN_REQUESTS", 20)
    point = generator(0.1).point(after(0.0), 40.0)
    assert point.seconds == 0.5
    assert 10 <= len(point.samples) <= 35


def test_what_a_late_generator_found_is_void(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "MAX_LAG_S", 0.05)
    calls: list[int] = []

    def stalls_once(_: Segment, deliver: Callable[[Outcome], None]) -> None:
        if not calls:
            time.sleep(WARM_UP_S + 0.1)
        calls.append(1)
        deliver(RESULT)

    point = generator(0.2).point(stalls_once, 200.0)
    assert point.num_void == len(point.samples) > 10
    assert point.lag_s < 0.1


def test_an_engine_that_loses_segments_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "PATIENCE_S", 0.0)
    monkeypatch.setattr(in_process, "_EMPTY_TIMEOUT_S", 0.1)
    with pytest.raises(TimeoutError, match=r"without an outcome 0\.1 s after"):
        generator(0.1).point(lambda *_: None, 20.0)


def test_goals_are_compared_with_the_figures_that_they_speak_of() -> None:
    rates = {OURS: 90.0, OURS_STRICTLY: 60.0, AT_80_PERCENT: 72.0, NAIVE: 9.0} | {waiting(ms): 45.0 for ms in WAITS_MS}
    rates[waiting(0)] = 60.0
    rounds = {name: [Point(rate, 1.0, [Sample(0.0, 0.0, 0.1)] * round(rate))] * 3 for name, rate in rates.items()}
    found = Loaded({"a": 100.0, "b": 80.0}, {OURS: 0.05, MODULE: 0.04}, {}, rounds, {})
    values = {each.name.strip(): each.value for each in found.ratios()}
    assert values[f"R1 engine / offline, {INTERACTIVE}"] == pytest.approx(0.9)
    assert values["R2 p50 at 80 % of capacity / unloaded"] == pytest.approx(2.0)
    assert values["R3 goodput / best timeout batching"] == pytest.approx(2.0)
    assert values["goodput / static, 0 ms"] == pytest.approx(1.5)
    assert values["R3 goodput / eager"] == pytest.approx(10.0)
    assert values["R4 unloaded / module alone"] == pytest.approx(1.25)
