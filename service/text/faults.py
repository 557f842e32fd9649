"""What can be wrong with a translation, told without reading it: loops, no end, something lost, no translation."""

import re
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.text.alignment import mass, words
from service.text.figures import lost_figures
from service.text.passage import Passage, Reading
from service.text.repetition import has_loop

Fault = Literal["repetition", "placeholder_restored", "low_coverage", "untranslated"]

MIN_WORDS = 6  # shorter sentences may well become a single word, or be a name
MIN_LENGTH_RATIO = 0.35  # words of the translation per word of the source
MIN_MASS = 0.2  # of attention, where a word that is translated gets about 1
MAX_UNCOVERED = 0.4  # share of the words
# What no answer exceeds; of 440,872 human ones none has more than 3 times the characters and 24 (docs/text.md).
MAX_CHARACTER_RATIO = 4
MAX_MORE_CHARACTERS = 40

_WORD = re.compile(r"[^\W\d_]{3,}")


def find_fault(
    passage: Passage, reading: Reading, *, is_cut: bool, attention: NDArray[np.float32] | None = None
) -> Fault | None:
    """The worst fault of a `reading`; `is_cut` says that it reached its greatest length.

    Coverage is judged by `attention` [target ids, source ids] if it is there, and by the number of words.
    """
    if is_endless(reading.text, passage.source) or has_loop(reading.text, passage.source):
        return "repetition"
    if lost_figures(passage.source, reading.text, passage.pair):
        return "placeholder_restored"
    if is_cut:
        return "low_coverage"
    num_words = len(_WORD.findall(passage.source))
    if num_words < MIN_WORDS:
        return None
    if reading.text == passage.source:
        return "untranslated"
    if len(_WORD.findall(reading.text)) < MIN_LENGTH_RATIO * num_words:
        return "low_coverage"
    if attention is not None and uncovered_share(passage, attention) > MAX_UNCOVERED:
        return "low_coverage"
    return None


def is_endless(target: str, source: str) -> bool:
    """Whether `target` has more characters than any answer for `source` may have."""
    return len(target) > MAX_CHARACTER_RATIO * len(source) + MAX_MORE_CHARACTERS


def uncovered_share(passage: Passage, attention: NDArray[np.float32]) -> float:
    """The share of the words of three letters and more that hardly any attention went to."""
    spans = [span for span in words(passage.source) if _WORD.search(span.of(passage.source))]
    if not spans:
        return 0.0
    return float((mass(spans, passage.id_spans, attention) < MIN_MASS).mean())
