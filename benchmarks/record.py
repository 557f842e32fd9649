"""Where results go: a JSON line for each run, a table of ratios at the end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from benchmarks.service import describe_machine

OUTPUT = Path("runs/benchmarks")


@dataclass(frozen=True)
class Ratio:
    """A figure of a run and what it should be; `is_at_least` says on which side of the `goal`."""

    name: str
    value: float
    goal: float | None = None
    is_at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        if self.goal is None:
            return ""
        return "met" if (self.value >= self.goal if self.is_at_least else self.value <= self.goal) else "missed"


@dataclass
class Record:
    """Collects what the parts of a run find; `config` and `command` are in every line."""

    command: str
    config: Mapping[str, Any]
    output: Path = OUTPUT
    ratios: list[Ratio] = field(default_factory=list)

    def add(self, part: str, results: Mapping[str, Any], ratios: Sequence[Ratio]) -> None:
        """Write a line for `part`; its `ratios` come again in the table."""
        self.ratios += ratios
        line = {
            "part": part,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": describe_machine(),
            "command": self.command,
            "config": self.config,
            "results": results,
            "ratios": {ratio.name: round(ratio.value, 3) for ratio in ratios},
        }
        text = json.dumps(line)
        self.output.mkdir(parents=True, exist_ok=True)
        with (self.output / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(text + "\n")
        typer.echo(text)

    def table(self) -> str:
        """All ratios with their goals."""
        rows = [
            (each.name, f"{each.value:.2f}", "" if each.goal is None else f"{_SIDES[each.is_at_least]} {each.goal:g}")
            for each in self.ratios
        ]
        width = max((len(name) for name, _, _ in rows), default=0)
        verdicts = [each.verdict for each in self.ratios]
        return "\n".join(
            f"{name:<{width}}  {value:>8}  {goal:<8}  {verdict}".rstrip()
            for (name, value, goal), verdict in zip(rows, verdicts, strict=True)
        )


_SIDES = {True: ">=", False: "<="}
