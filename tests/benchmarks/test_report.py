"""Figures in documents."""

from pathlib import Path

import pytest

from benchmarks.record import Ratio, Record
from benchmarks.report import fill, latest, markdown

DOCUMENT = """# Speed

<!-- figures: one -->
old
<!-- end of figures -->

Between.

<!-- figures: two -->
kept
<!-- end of figures -->
"""


def record(path: Path, *values: float) -> Path:
    """Write a line for each of `values`."""
    of_run = Record("python -m benchmarks one", {}, path)
    for value in values:
        results = {
            "requests": 7,
            "rate_per_s": {"a": value, "b": None},
            "ways": {"x": {"p50_ms": 1.5}},
            "curve": [1, 2],
        }
        of_run.add("one", results, [Ratio("R1", value, 0.9, is_at_least=True), Ratio("   other", 2.0)])
    return path / "figures.jsonl"


def test_latest_figures_replace_older_ones_and_nothing_else(tmp_path: Path) -> None:
    lines = latest(record(tmp_path, 0.5, 0.95))
    filled = fill(DOCUMENT, lines)
    assert "| R1 | 0.95 | >= 0.9 | met |" in filled
    assert "old" not in filled
    assert "0.5" not in filled
    assert filled.endswith(DOCUMENT[DOCUMENT.index("Between.") :])
    assert fill(filled, lines) == filled


def test_a_run_is_told_with_its_command_its_machine_and_its_figures(tmp_path: Path) -> None:
    [line] = latest(record(tmp_path, 0.5)).values()
    told = markdown(line)
    assert "`python -m benchmarks one`" in told
    assert line["machine"] in told
    assert "| R1 | 0.50 | >= 0.9 | missed |" in told
    assert "| other | 2.00 |  |  |" in told
    assert "requests 7." in told
    assert "| b | - |" in told
    assert "| x | 1.5 |" in told
    assert "curve" not in told


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "performance",
            (
                "serving",
                "engine",
                "bound",
                "unloaded",
                "fairness",
                "soak",
                "ready",
                "training",
                "engine-step",
                "invariance",
                "text-cost",
            ),
        ),
        ("deployment", ("sizing", "replicas")),
        ("text", ("placeholders",)),
    ],
)
def test_every_place_in_the_documents_is_one_that_a_benchmark_fills(name: str, parts: tuple[str, ...]) -> None:
    document = (Path(__file__).parents[2] / "docs" / f"{name}.md").read_text(encoding="utf-8")
    every = {
        part: {"part": part, "time": "", "command": part, "machine": "", "results": {}, "ratios": []} for part in parts
    }
    filled = fill(document, every)
    assert filled.count("<!-- figures: ") == len(parts)
    assert all(f"by `{part}`" in filled for part in parts)
