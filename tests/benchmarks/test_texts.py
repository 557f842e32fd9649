"""What the benchmarks ask for."""

import re
from pathlib import Path

import pytest

from benchmarks.fairness import NUM_SENTENCES
from benchmarks.texts import CAPTIONS, EVERYDAY, Texts


@pytest.mark.parametrize("path", [EVERYDAY, CAPTIONS])
def test_sentences_that_come_again_differ_in_words(path: Path) -> None:
    sentences = list(dict.fromkeys(path.read_text(encoding="utf-8").splitlines()))
    found = Texts(tuple(sentences), "en", "de").many(NUM_SENTENCES)
    assert found[: len(sentences)] == sentences[:NUM_SENTENCES]
    assert len(found) == NUM_SENTENCES
    without_numbers = {re.sub(r"[0-9]+", "", sentence) for sentence in found}
    assert len(without_numbers) > 0.95 * NUM_SENTENCES


def test_too_few_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sentences make 4 different ones; 5 are needed"):
        Texts(("A dog.", "The cat!"), "en", "de").many(5)
