"""A table of Markdown has its columns whatever its cells hold."""

import re

from training.markdown import table
from training.model_card import scores_table


def num_cells(line: str) -> int:
    """Cells as a reader of Markdown finds them."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def test_a_table_keeps_its_columns_and_rows() -> None:
    lines = table(("a", "b"), [("x|y", "two\nlines"), ("<b>", "\\")]).splitlines()
    assert lines == ["| a | b |", "| --- | --- |", r"| x\|y | two lines |", r"| &lt;b> | \\ |"]


def test_the_signatures_of_scores_stay_in_their_column() -> None:
    score = {
        "set": "a|b",
        "source": "en",
        "target": "de",
        "metric": "BLEU",
        "score": 1.0,
        "signature": "nrefs:1|tok:13a",
    }
    found = scores_table({"scores": [score], "search": {"beam_size": 5}})
    assert [num_cells(line) for line in found.splitlines() if line.startswith("|")] == [4, 4, 4]
