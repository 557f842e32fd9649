"""What a grid of runs shows: a table with a paired test against another line, and pictures."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.journal import Journal
from training.laboratory_config import Grid, Row
from training.laboratory_run import Result
from training.scores import bleu_by_length
from training.significance import Comparison, compare

REPORT = "report.md"
MIN_SEGMENTS = 20  # BLEU over fewer is a matter of chance


@dataclass(frozen=True)
class Run:
    """A finished run of a grid."""

    directory: Path
    result: Result
    sources: list[str]
    output: list[str]
    references: list[str]


Runs = Mapping[tuple[str, int], Run]  # by line and seed


def write_report(grid: Grid, runs: Runs, output: Path) -> Path:
    """Write `report.md` with its pictures to `output`; lines of which no run has finished are named as such."""
    signatures = sorted({run.result.signature for run in runs.values()})
    pictures = [
        _draw(by_length(grid, runs), "words of the source", "dev BLEU", output / "bleu_by_length.png"),
        _draw(_norms(grid, runs), "update", "gradient norm before clipping", output / "gradient_norm.png", "log"),
    ]
    lines = [
        f"# {grid.name}",
        "",
        *table(grid, runs),
        "",
        f"Dev BLEU: mean and standard deviation over seeds {', '.join(map(str, grid.seeds))}. The difference is over",
        "the seeds that both lines have, and so are the tests: in how many of them the paired bootstrap finds the line",
        "better, worse, or cannot tell at p < 0.05; then each p.",
        "",
        *(f"    {signature}" for signature in signatures),
        "",
        *(f"![{path.stem}]({path.name})" for path in pictures),
    ]
    (output / REPORT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return output / REPORT


def table(grid: Grid, runs: Runs) -> list[str]:
    """The lines of the table, in Markdown."""
    head = ["line", "parameters", "dev BLEU", "against", "difference", "better, worse, undecided (p)", "tokens/s", "s"]
    rows = [_cells(grid, row, runs) for row in grid.rows]
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def _cells(grid: Grid, row: Row, runs: Runs) -> list[str]:
    own = [run for seed in grid.seeds if (run := runs.get((row.name, seed)))]
    if not own:
        return [row.name, *["not run"] * 7]
    bleus = [run.result.bleu for run in own]
    spread = f" ± {statistics.stdev(bleus):.2f}" if len(bleus) > 1 else ""
    seeds = "" if len(own) == len(grid.seeds) else f" ({len(own)} of {len(grid.seeds)} seeds)"
    speed = statistics.median(run.result.target_tokens_per_s for run in own)
    seconds = statistics.mean(run.result.elapsed_s for run in own)
    parameters = f"{own[0].result.num_parameters:,}"
    num_diverged = sum(run.result.is_diverged for run in own)
    diverged = f" ({num_diverged} diverged)" if num_diverged else ""
    score = f"{statistics.mean(bleus):.2f}{spread}{seeds}{diverged}"
    return [row.name, parameters, score, *_compared(grid, row, runs), f"{speed:.0f}", f"{seconds:.0f}"]


def _compared(grid: Grid, row: Row, runs: Runs) -> list[str]:
    """Name of the other line, difference of the means, and what the tests of each seed say."""
    other = grid.baseline(row)
    if other is None:
        return ["", "", ""]
    both = [seed for seed in grid.seeds if (row.name, seed) in runs and (other.name, seed) in runs]
    if not both:
        return [other.name, "", ""]
    pairs = [(runs[other.name, seed], runs[row.name, seed]) for seed in both]
    difference = statistics.mean(new.result.bleu - old.result.bleu for old, new in pairs)
    tests = [_test(old, new) for old, new in pairs]
    verdicts = [test.verdict for test in tests]
    counts = [verdicts.count("better"), verdicts.count("worse")]
    values = ", ".join("equal" if test.p_value is None else f"{test.p_value:.3f}" for test in tests)
    return [other.name, f"{difference:+.2f}", f"{counts[0]}, {counts[1]}, {len(tests) - sum(counts)} ({values})"]


def _test(old: Run, new: Run) -> Comparison:
    return compare(old.output, new.output, new.references, ("bleu",))[0]


Curve = list[tuple[float, float]]


def by_length(grid: Grid, runs: Runs) -> dict[str, Curve]:
    """BLEU by the longest source of each bucket that has enough to say something, mean over seeds."""

    def curve(found: Sequence[Run]) -> Curve:
        points: dict[float, list[float]] = {}
        for run in found:
            for bucket in bleu_by_length(run.sources, run.output, run.references):
                if bucket.num_segments >= MIN_SEGMENTS:
                    points.setdefault(bucket.max_words or bucket.min_words, []).append(bucket.bleu)
        return [(words, statistics.mean(values)) for words, values in sorted(points.items())]

    return _curves(grid, runs, curve)


def _norms(grid: Grid, runs: Runs) -> dict[str, Curve]:
    """The gradient norms of each line's first finished seed."""

    def curve(found: Sequence[Run]) -> Curve:
        lines = Journal(found[0].directory).read()
        points = [(line["update"], line["grad_norm"]) for line in lines if "grad_norm" in line]
        return [point for point in points if math.isfinite(point[1])]

    return _curves(grid, runs, curve)


def _curves(grid: Grid, runs: Runs, curve: Callable[[Sequence[Run]], Curve]) -> dict[str, Curve]:
    found = {row.name: [runs[row.name, seed] for seed in grid.seeds if (row.name, seed) in runs] for row in grid.rows}
    return {name: curve(each) for name, each in found.items() if each}


def _draw(curves: Mapping[str, Curve], x: str, y: str, path: Path, scale: str = "linear") -> Path:
    from matplotlib.figure import Figure  # a second to import, and only this needs it

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes: Any = figure.add_subplot()
    for name, points in curves.items():
        axes.plot(*zip(*points, strict=True), label=name, marker="." if len(points) < 30 else "", linewidth=1)
    axes.set(xlabel=x, ylabel=y, yscale=scale)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    return path
