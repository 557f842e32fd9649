"""How well garbage is told from language: what each set of texts takes in pieces per letter, and how much is held back.

    python -m benchmarks.garbage --artifact artifacts/tatoeba-en-de

Reads `tests/data/garbage.txt`, the everyday sentences beside it and, where it is, the development set of `--data`.
No network runs: the guard asks the subword model alone.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from service.artifact_config import read_config
from service.text.legibility import is_legible, pieces_per_letter
from service.text.subword import Subword

TEXTS = Path(__file__).parents[1] / "tests" / "data"


def read_garbage(path: Path = TEXTS / "garbage.txt") -> dict[str, list[str]]:
    """The texts of the file by kind."""
    kinds: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if section := re.fullmatch(r"\[(\w+)\]", line):
            kinds[section[1]] = []
        elif line and not line.startswith("# "):
            kinds[list(kinds)[-1]].append(line)
    return kinds


def sets(data: Path, languages: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Names and texts, language first."""
    for language in languages:
        packed = data / f"dev.{language}.gz"
        if packed.exists():
            with gzip.open(packed, "rt", encoding="utf-8") as file:
                yield f"{data.name} dev {language}", file.read().splitlines()
        everyday = TEXTS / f"everyday.{language}"
        if everyday.exists():
            yield everyday.name, everyday.read_text(encoding="utf-8").splitlines()
    for kind, texts in read_garbage().items():
        yield f"garbage: {kind}", texts


def row(name: str, texts: Sequence[str], subword: Subword) -> str:
    """The line of one set."""
    pieces = [subword.encode(text) for text in texts]
    ratios = [pieces_per_letter(text, each) for text, each in zip(texts, pieces, strict=True)]
    held = sum(not is_legible(text, each, subword) for text, each in zip(texts, pieces, strict=True))
    least, median, most = np.percentile([ratio for ratio in ratios if ratio] or [0.0], [0, 50, 100])
    return f"{name:<26} {held:>5}/{len(texts):<6} {least:>6.2f} {median:>6.2f} {most:>6.2f}"


def main(
    artifact: Annotated[Path, typer.Option(help="The artifact's directory.")],
    data: Annotated[Path, typer.Option(help="A corpus.")] = Path("data/tatoeba-en-de"),
) -> None:
    """Print how many texts of each set are held back, and least, median and most pieces per letter."""
    config = read_config(artifact / "config.json")
    subword = Subword.load(artifact / config.subword.source)
    typer.echo(f"{'set':<26} {'held back':>12} {'least':>6} {'median':>6} {'most':>6}")
    for name, texts in sets(data, sorted({pair.source for pair in config.pairs})):
        typer.echo(row(name, texts, subword))


if __name__ == "__main__":
    typer.run(main)
