"""What the busy client of the fairness benchmark asks for."""

import re
from pathlib import Path

import pytest

from benchmarks.fairness import NUM_SENTENCES, mixed
from benchmarks.texts import CAPTIONS, EVERYDAY


@pytest.mark.parametrize("path", [EVERYDAY, CAPTIONS])
def test_the_busy_clients_sentences_differ_in_words(path: Path) -> None:
    sentences = list(dict.fromkeys(path.read_text(encoding="utf-8").splitlines()))
    found = mixed(sentences, NUM_SENTENCES)
    assert found[: len(sentences)] == sentences[:NUM_SENTENCES]
    assert len(found) == NUM_SENTENCES
    without_numbers = {re.sub(r"[0-9]+", "", sentence) for sentence in found}
    assert len(without_numbers) > 0.95 * NUM_SENTENCES


def test_too_few_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sentences make 4 different ones; 5 are needed"):
        mixed(["A dog.", "The cat!"], 5)
