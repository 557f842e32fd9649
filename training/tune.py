"""Choose the penalties of the search on dev data: a grid, each point scored by BLEU at the served beam size."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from model.search import Translator
from training.checkpoint import Checkpoint, CheckpointError
from training.config import RunConfig, SearchConfig, load_config
from training.dataset import PreparedData
from training.fingerprint import check_same_vocabulary
from training.output import check_writable
from training.scores import lengths, score
from training.validate import translate_ids

LENGTH_PENALTIES = (0.6, 0.8, 1.0, 1.2)
COVERAGE_PENALTIES = (0.0, 0.1, 0.2)


@dataclass(frozen=True)
class Point:
    """One choice of penalties and what it gives on dev, averaged over directions."""

    length_penalty: float
    coverage_penalty: float
    bleu: float
    length_ratio: float


def tune(
    config: Annotated[Path, typer.Argument(help="The run's YAML file.")],
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint; its averaged (EMA) weights are taken.")],
    data: Annotated[Path, typer.Option(help="Prepared data; its dev sets are what is tuned on.")],
    output: Annotated[Path | None, typer.Option(help="JSON file with every point.")] = None,
    length_penalty: Annotated[list[float] | None, typer.Option(help="A point of the grid (repeatable).")] = None,
    coverage_penalty: Annotated[list[float] | None, typer.Option(help="A point of the grid (repeatable).")] = None,
) -> None:
    """Find the length and coverage penalties with the best dev BLEU; put them into CONFIG's `search`.

    Example: dragoman-train tune training/configs/multi30k-en-de.yaml
    --checkpoint runs/multi30k-en-de/checkpoints/best.pt --data runs/multi30k-en-de/data
    """
    if output:
        check_writable(output)
    try:
        run, prepared, weights = load_config(config), PreparedData.open(data), Checkpoint.load(checkpoint)
        check_same_vocabulary(weights.fingerprint, prepared, f"--checkpoint {checkpoint}")
    except CheckpointError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    points = []
    for point in search_grid(
        run, weights, prepared, length_penalty or LENGTH_PENALTIES, coverage_penalty or COVERAGE_PENALTIES
    ):
        points.append(point)
        typer.echo(_described(point))
    best = max(points, key=lambda point: point.bleu)
    typer.echo(f"best: {_described(best)}")
    if output:
        output.write_text(json.dumps([asdict(point) for point in points], indent=1) + "\n", encoding="utf-8")


def search_grid(
    config: RunConfig,
    checkpoint: Checkpoint,
    data: PreparedData,
    length_penalties: Sequence[float],
    coverage_penalties: Sequence[float],
) -> Iterator[Point]:
    """Score each combination on every dev set, with the beam size of `config`."""
    translator = Translator(checkpoint.network().eval())
    for length_penalty in length_penalties:
        for coverage_penalty in coverage_penalties:
            search = replace(config.search, length_penalty=length_penalty, coverage_penalty=coverage_penalty)
            yield _point(translator, data, search)


def _point(translator: Translator, data: PreparedData, search: SearchConfig) -> Point:
    bleus, ratios = [], []
    for index, pair in enumerate(data.pairs):
        sources, references = data.dev(index)
        ids = [data.subword.source_ids(text, pair.tag) for text in sources]
        texts = [data.subword.decode(found.ids[:-1]) for found in translate_ids(translator, ids, search)]
        bleus.append(score("bleu", texts, references).score)
        ratios.append(lengths(texts, references).length_ratio)
    mean_bleu, mean_ratio = sum(bleus) / len(bleus), sum(ratios) / len(ratios)
    return Point(search.length_penalty, search.coverage_penalty, mean_bleu, mean_ratio)


def _described(point: Point) -> str:
    return (
        f"length_penalty {point.length_penalty:g}  coverage_penalty {point.coverage_penalty:g}  "
        f"dev BLEU {point.bleu:.2f}  length ratio {point.length_ratio:.3f}"
    )
