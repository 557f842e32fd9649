"""What a point of a curve says."""

import json
import math

import pytest

from benchmarks.point import INTERACTIVE, Point, Sample, quantile_of


def point(*latencies_s: float, seconds: float = 1.0) -> Point:
    return Point(len(latencies_s) / seconds, seconds, [Sample(0.0, 0.0, each) for each in latencies_s])


def test_latency_counts_from_when_a_request_was_due() -> None:
    assert Sample(due_s=1.0, sent_s=3.0, done_s=4.0).latency_s == 3.0


@pytest.mark.parametrize(("quantile", "expected"), [(0.5, 50), (0.97, 97), (0.975, 98), (1.0, 100)])
def test_quantile_is_a_value_that_enough_do_not_exceed(quantile: float, expected: float) -> None:
    assert quantile_of([float(each) for each in range(100, 0, -1)], quantile) == expected


def test_nothing_keeps_no_objective() -> None:
    assert not Point(1.0, 1.0, []).keeps(INTERACTIVE)


def test_failed_request_took_for_ever() -> None:
    assert point(*[0.1] * 97, *[math.inf] * 3).keeps(INTERACTIVE)
    assert not point(*[0.1] * 96, *[math.inf] * 4).keeps(INTERACTIVE)


def test_goodput_counts_what_was_in_time() -> None:
    assert point(0.1, 0.2, 0.3, math.inf, seconds=2.0).goodput_per_s(0.25) == 1.0


def test_summary_is_plain_json() -> None:
    summary = json.loads(json.dumps(point(0.1, math.inf).summary(), allow_nan=False))
    assert summary["p50_ms"] == 100.0
    assert summary["p97_ms"] is None
    assert summary["failed"] == 1
