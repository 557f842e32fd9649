"""Figures of sentences that are alone are medians over starts, of ratios within each, on figures that are made up."""

import pytest

from benchmarks.kinds import Kind
from benchmarks.latency import AROUND, ENGINE, HTTP, alone
from benchmarks.unloaded import ratios, results

SLOW, FAST, USUAL = (
    {HTTP: 0.004 * k, AROUND: 0.001 * k, ENGINE: 0.003 * k}
    | {alone(Kind.SCRIPTED): 0.002 * k, alone(Kind.EAGER): 0.030, alone(Kind.ONNX): 0.012}
    for k in (3.0, 0.5, 1.0)
)


def test_a_slow_start_counts_as_one() -> None:
    found = {each.name.strip(): each.value for each in ratios([SLOW, FAST, USUAL])}
    assert found == pytest.approx(
        {
            "R4 unloaded HTTP / module in process": 2.0,
            "R8 latency: eager / engine": 10.0,
            "latency: eager / scripted, without the engine": 15.0,
            "latency: onnx / engine": 4.0,
            "R9 HTTP adds at p50, ms": 1.0,
            "in the best start": 0.5,
            "in the worst start": 3.0,
            "HTTP takes around the translation at p50, ms": 1.0,
        }
    )


def test_every_start_is_told() -> None:
    told = results([SLOW, USUAL])["unloaded_p50_ms"]
    assert [told[name]["http beyond engine"] for name in ("start 1", "start 2")] == [3.0, 1.0]
