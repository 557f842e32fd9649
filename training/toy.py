"""A toy language pair that a small network learns in a minute: symbols, and the same symbols reversed."""

import random
from pathlib import Path
from typing import Annotated

import typer

SIZES = {"train": 5000, "dev": 100, "test": 100}
DIGITS = "0123456789"
LETTERS = "abcdefghij"  # the service returns a text without any letter as it came


def reversed_symbols(rng: random.Random, max_digits: int, symbols: str) -> tuple[str, str]:
    """A line such as `3 1 4 1 5` and its reversal."""
    drawn = rng.choices(symbols, k=rng.randint(1, max_digits))
    return " ".join(drawn), " ".join(reversed(drawn))


def write_corpus(output: Path, seed: int, max_digits: int, num_train: int, symbols: str = DIGITS) -> None:
    """Write `train`, `dev` and `test` with the languages `num` and `rev` to `output`; no line is in two of them."""
    rng = random.Random(seed)
    output.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    for name, size in {**SIZES, "train": num_train}.items():
        lines: list[tuple[str, str]] = []
        while len(lines) < size:
            source, target = reversed_symbols(rng, max_digits, symbols)
            if source not in seen:
                lines.append((source, target))
                seen.add(source)
        for language, side in (("num", 0), ("rev", 1)):
            text = "".join(line[side] + "\n" for line in lines)
            (output / f"{name}.{language}").write_text(text, encoding="utf-8")


def toy(
    output: Annotated[Path, typer.Option(help="where the corpus goes")] = Path("data/toy-reverse"),
    seed: Annotated[int, typer.Option(help="of the lines")] = 1,
    max_digits: Annotated[int, typer.Option(min=4, help="longest line")] = 12,
    num_train: Annotated[int, typer.Option(min=1, help="lines to train on")] = SIZES["train"],
) -> None:
    """Generate a toy corpus: letters that stand for digits, to be reversed."""
    write_corpus(output, seed, max_digits, num_train, LETTERS)
