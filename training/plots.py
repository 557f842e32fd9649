"""Training curves as PNG, from the journal of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from training.corpus import CorpusError
from training.journal import Journal

CURVES = {
    "loss": "training loss, smoothed (nats a token)",
    "nll": "training negative log-likelihood (nats a token)",
    "dev_nll": "dev negative log-likelihood (nats a token)",
    "dev_bleu": "dev BLEU of the averaged weights",
    "rate": "learning rate",
    "grad_norm": "gradient norm before clipping",
    "target_tokens_per_s": "target tokens a second",
}


def plot(
    runs: Annotated[list[Path], typer.Argument(help="Directories of runs; several share each picture.")],
    output: Annotated[Path, typer.Option(help="Directory to write the pictures to.")],
) -> None:
    """Draw what runs measured, one PNG for each quantity.

    Example: dragoman-train plot runs/multi30k-en-de --output runs/multi30k-en-de/plots
    """
    for path in draw_curves(runs, output):
        typer.echo(str(path))


def draw_curves(runs: Sequence[Path], output: Path) -> list[Path]:
    """Draw every quantity that a run has in its journal; returns the pictures.

    Raises:
        CorpusError: a run has no journal.
    """
    journals = {run.name: Journal(run).read() for run in runs}
    for name, lines in journals.items():
        if not lines:
            raise CorpusError(f"run {name} has no metrics.jsonl, or an empty one")
    output.mkdir(parents=True, exist_ok=True)
    pictures = []
    for quantity, title in CURVES.items():
        series = {
            name: [(line["update"], line[quantity]) for line in lines if quantity in line]
            for name, lines in journals.items()
        }
        if any(series.values()):
            pictures.append(_draw(series, title, output / f"{quantity}.png"))
    return pictures


def _draw(series: dict[str, list[tuple[float, float]]], title: str, path: Path) -> Path:
    from matplotlib.figure import Figure  # a second to import, and only this needs it

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, points in series.items():
        axes.plot([x for x, _ in points], [y for _, y in points], label=name, marker="." if len(points) < 30 else "")
    axes.set_xlabel("update")
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    return path
