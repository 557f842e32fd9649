"""The pictures of a grid's report."""

from pathlib import Path

from training.laboratory_config import Grid, load_grid
from training.laboratory_report import MIN_SEGMENTS, Run, by_length
from training.laboratory_run import Result

ROOT = Path(__file__).parents[2]


def grid() -> Grid:
    return load_grid(ROOT / "training/configs/laboratory/textbook.yaml")


def run(sources: list[str], result: Result) -> Run:
    return Run(Path(), result, sources, sources, sources)


def test_lengths_that_few_sentences_have_are_not_drawn() -> None:
    name = grid().rows[0].name
    short, long = "a b c d.", " ".join("abcdefgh")
    sources = [short] * (MIN_SEGMENTS - 1) + [long] * MIN_SEGMENTS
    result = Result(bleu=20.0, signature="", num_parameters=1, target_tokens_per_s=1.0, elapsed_s=1.0)
    assert [words for words, _ in by_length(grid(), {(name, 1): run(sources, result)})[name]] == [10]
    assert len(by_length(grid(), {(name, 1): run([*sources, short], result)})[name]) == 2
