"""Lines and table of a run."""

import json
from pathlib import Path

import pytest

from benchmarks.record import Ratio, Record


@pytest.mark.parametrize(
    ("value", "is_at_least", "verdict"),
    [(2.0, True, "met"), (1.9, True, "missed"), (2.0, False, "met"), (2.1, False, "missed")],
)
def test_verdict_knows_its_side(value: float, is_at_least: bool, verdict: str) -> None:
    assert Ratio("R", value, 2.0, is_at_least).verdict == verdict


def test_each_part_is_a_line_and_all_ratios_are_in_the_table(tmp_path: Path) -> None:
    record = Record("python -m benchmarks all", {"seed": 0}, tmp_path / "new")
    record.add("one", {"rate": 1.0}, [Ratio("R1", 0.95, 0.9, is_at_least=True)])
    record.add("two", {"rate": 2.0}, [Ratio("longer name", 3.0)])
    lines = [json.loads(line) for line in (tmp_path / "new" / "figures.jsonl").read_text().splitlines()]
    assert [line["part"] for line in lines] == ["one", "two"]
    assert {"machine", "command", "config", "results", "ratios", "time"} <= lines[0].keys()
    first, second = record.table().splitlines()
    assert first.split() == ["R1", "0.95", ">=", "0.9", "met"]
    assert second.split() == ["longer", "name", "3.00"]
