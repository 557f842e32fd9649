"""Where results go: a JSON line for each run, a table of ratios at the end."""

import json
import math
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import typer

OUTPUT, FILE = Path("runs/benchmarks"), "figures.jsonl"


@dataclass(frozen=True)
class Ratio:
    """A figure of a run and what it should be; `is_at_least` says on which side of the `goal`."""

    name: str
    value: float
    goal: float | None = None
    is_at_least: bool = False

    def as_json(self) -> dict[str, Any]:
        """Everything, ready for JSON; what is not a finite number is None."""
        value = self.value if math.isfinite(self.value) else None
        return asdict(self) | {"value": value, "wanted": self.wanted, "verdict": self.verdict}

    @property
    def wanted(self) -> str:
        """The goal with its side, if there is one."""
        return "" if self.goal is None else f"{'>=' if self.is_at_least else '<='} {self.goal:g}"

    @property
    def verdict(self) -> str:
        """Whether the goal is met; what is not a number was not measured."""
        if self.goal is None:
            return ""
        if math.isnan(self.value):
            return "not measured"
        return "met" if (self.value >= self.goal if self.is_at_least else self.value <= self.goal) else "missed"


def command_line(module: str) -> str:
    """How this process was started, as a user would type it."""
    return shlex.join(["python", "-m", module, *sys.argv[1:]])


def describe_machine() -> str:
    """Processor, cores, torch and commit: without them a number means nothing."""
    facts = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    cpu = next((line.partition(":")[2].strip() for line in facts if line.startswith("model name")), platform.machine())
    git = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return f"{cpu}, {os.cpu_count()} cores; torch {torch.__version__}; commit {git.stdout.strip() or 'unknown'}"


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
            "ratios": [ratio.as_json() for ratio in ratios],
        }
        self.output.mkdir(parents=True, exist_ok=True)
        with (self.output / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        typer.echo(f"{part}: measured, written to {self.output / FILE}", err=True)

    def table(self) -> str:
        """All ratios with their goals."""
        rows = [(each.name, f"{each.value:.2f}", each.wanted) for each in self.ratios]
        width = max((len(name) for name, _, _ in rows), default=0)
        verdicts = [each.verdict for each in self.ratios]
        return "\n".join(
            f"{name:<{width}}  {value:>8}  {goal:<8}  {verdict}".rstrip()
            for (name, value, goal), verdict in zip(rows, verdicts, strict=True)
        )


def over(value: float, other: float) -> float:
    """`value` over `other`; not a number where that is 0: nothing was found to compare with."""
    return value / other if other > 0.0 else math.nan
