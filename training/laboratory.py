"""Compare ingredients: a grid of lines and seeds, each a run of the normal pipeline, then a table with paired tests."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from training.checkpoint import CheckpointError
from training.config import RunConfig
from training.dataset import PreparedData
from training.laboratory_config import Grid, Row, load_grid
from training.laboratory_estimate import duration, training_seconds
from training.laboratory_report import Run, write_report
from training.laboratory_run import OUTPUT, RESULT, make_trainer, run_one
from training.prepare import prepare_data
from training.progress_bar import log_to
from training.stop_request import StopRequest


class Laboratory:
    """A grid and the directory that its runs, their data and the report are kept in."""

    def __init__(self, grid: Grid, output: Path) -> None:
        self.grid = grid
        self.output = output
        self.runs: dict[tuple[str, int], Run] = {}

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Make the runs that are missing, seed by seed, with a report after each seed; go on in a broken one.

        Raises:
            CheckpointError: a directory holds a run with other settings.
        """
        self._announce(should_stop)
        for seed in self.grid.seeds:
            for row in self.grid.rows:
                if should_stop() or not self._run_one(row, seed, should_stop):
                    return
            self.report()

    def report(self) -> Path:
        """Write what the finished runs show."""
        return write_report(self.grid, self.runs, self.output)

    def _announce(self, should_stop: Callable[[], bool]) -> None:
        """Say how long the missing runs will take, line by line, from a few updates of each."""
        total, num_runs = 0.0, 0
        for row in self.grid.rows:
            missing = [seed for seed in self.grid.seeds if not (self._directory(row, seed) / RESULT).exists()]
            if should_stop():
                return
            if not missing:
                continue
            config, directory = self.grid.config(row, missing[0]), self._directory(row, missing[0])
            seconds = training_seconds(make_trainer(config, row.variant, self._data(config), directory))
            typer.echo(f"{row.name}: {len(missing)} to make, {duration(seconds)} of training each")
            total, num_runs = total + len(missing) * seconds, num_runs + len(missing)
        if num_runs:
            typer.echo(f"all: {num_runs} to make, {duration(total)} of training, and what translating dev takes")

    def _directory(self, row: Row, seed: int) -> Path:
        return self.output / "runs" / f"{row.name}-{seed}"

    def _run_one(self, row: Row, seed: int, should_stop: Callable[[], bool]) -> bool:
        """Make one run; false when asked to stop before its end."""
        config, directory = self.grid.config(row, seed), self._directory(row, seed)
        data = self._data(config)
        result = run_one(config, row.variant, data, directory, should_stop)
        if result is None:
            return False
        typer.echo(f"{row.name}, seed {seed}: dev BLEU {result.bleu:.2f}{', diverged' if result.is_diverged else ''}")
        dev = [data.dev(index) for index in range(len(data.pairs))]
        sources, references = ([line for each in dev for line in each[side]] for side in (0, 1))
        output = (directory / OUTPUT).read_text(encoding="utf-8").removesuffix("\n").split("\n")
        self.runs[row.name, seed] = Run(directory, result, sources, output, references)
        return True

    def _data(self, config: RunConfig) -> PreparedData:
        """Prepared data, made once for all lines that agree on corpus and subword model."""
        plain = replace(config, subword=replace(config.subword, sampling_alpha=0.0))  # which only training heeds
        content = json.dumps([asdict(plain.corpus), asdict(plain.subword)], sort_keys=True)
        directory = self.output / f"data-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
        if not directory.exists():
            prepare_data(plain, directory)
        return PreparedData.open(directory)


def ablate(
    grid: Annotated[Path, typer.Argument(help="The grid's YAML file: base, rows, seeds.")],
    output: Annotated[Path, typer.Option(help="Directory for runs, data and report.")],
) -> None:
    """Train every line of GRID with every seed and write a table with paired tests, and pictures, to OUTPUT/report.md.

    The same command goes on where it was interrupted; runs that have ended are not made again.

    Example: dragoman-train ablate training/configs/laboratory/textbook.yaml --output runs/textbook
    """
    laboratory = Laboratory(load_grid(grid), output)
    try:
        with log_to(output / "laboratory.log", is_main=True), StopRequest() as stop:
            laboratory.run(stop.is_made)
    except CheckpointError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    if laboratory.runs:
        typer.echo(str(laboratory.report()))
    raise typer.Exit(stop.exit_code)
