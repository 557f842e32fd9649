"""The metrics as the engine's observer."""

from dataclasses import replace

import pytest

from service.engine.errors import Cancelled, DeadlineExceeded, EngineFault, QueueFull
from service.engine.observer import Observer
from service.engine.result import Hypothesis, Origin, Outcome, Result, Timing
from service.engine.segment import Lane, Priority
from service.metrics import EngineCollector, Metrics
from tests.service.api.doubles import STATS
from tests.service.factories import make_segment

LANE = Lane("echo", 1, Priority.BULK)
DONE = Result((Hypothesis((5, 6, 3), -1.0, -1.0),), Timing(0.5, 0.1, 0.2))


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"dragoman_{name}", labels)


@pytest.mark.parametrize(
    ("outcome", "name"),
    [(DONE, "done"), (Cancelled(), "cancelled"), (DeadlineExceeded(), "expired"), (EngineFault(), "failed")],
)
def test_every_outcome_is_counted(outcome: Outcome, name: str) -> None:
    metrics = Metrics()
    metrics.settled(make_segment(11, 12, priority=Priority.BULK), outcome)
    assert value(metrics, "segments_total", artifact="echo", outcome=name) == 1
    assert value(metrics, "source_tokens_total") == (3 if name == "done" else 0)
    assert value(metrics, "target_tokens_total") == (3 if name == "done" else 0)
    assert value(metrics, "cancelled_rows_total") == (1 if name == "cancelled" else 0)


def test_time_and_rows_are_measured_per_step() -> None:
    metrics = Metrics()
    observer: Observer = metrics
    observer.encoded(LANE, 2, 30, 0.01)
    observer.stepped(LANE, 5, 4, 0.008)
    observer.settled(make_segment(11, priority=Priority.BULK), DONE)
    observer.rejected([make_segment(11)] * 3, QueueFull(1.0))
    observer.faulted(LANE)
    assert value(metrics, "encode_seconds_sum") == 0.01
    assert value(metrics, "step_seconds_sum") == 0.002
    assert value(metrics, "step_rows_sum") == 5
    assert value(metrics, "queue_seconds_sum", **{"class": "bulk"}) == 0.5
    assert value(metrics, "rejections_total", reason="overloaded") == 3
    assert value(metrics, "engine_faults_total") == 1


def test_it_is_counted_what_was_remembered() -> None:
    metrics = Metrics()
    metrics.answered([Origin.CACHED, Origin.CACHED, Origin.JOINED, Origin.FRESH])
    assert value(metrics, "cache_lookups_total", result="hit") == 2
    assert value(metrics, "cache_lookups_total", result="miss") == 2
    assert value(metrics, "joined_segments_total") == 1


def test_facts_are_read_when_they_are_asked_for() -> None:
    stats = STATS
    metrics = Metrics()
    metrics.registry.register(EngineCollector(lambda: stats, lambda: False, lambda: 99))
    assert (value(metrics, "rows_running"), value(metrics, "cache_bytes")) == (2, 99)
    stats = replace(STATS, rows_running=7)
    assert (value(metrics, "rows_running"), value(metrics, "ready")) == (7, 0)
    assert value(metrics, "waiting_segments", **{"class": "interactive"}) == 3
