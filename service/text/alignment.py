"""Which words of a translation come from which words of the source, read off the attention weights."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.text.spans import Span

MIN_WEIGHT = 0.1

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]+")


@dataclass(frozen=True)
class Link:
    """A word of the translation and the source word that it looked at most; `weight` is the share of its look."""

    source: Span
    target: Span
    weight: float


def words(text: str, units: Sequence[Span] = ()) -> list[Span]:
    """The words and the punctuation of `text`; each of the `units` (placeholders) is one word."""
    found = [Span(*match.span()) for match in _WORD.finditer(text)]
    return sorted([*units, *(span for span in found if not any(span.overlaps(unit) for unit in units))])


def looks(
    source_words: Sequence[Span],
    target_words: Sequence[Span],
    source_ids: Sequence[Span],
    target_ids: Sequence[Span],
    attention: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How much each target word looks at each source word: [target words, source words].

    `attention` [target ids, source ids]; the `..._ids` are each id's characters. A target word's weight on a source
    word is the mean over its ids of what they give to that word's ids, as a share of what they give to any word.
    """
    to_words = attention[: len(target_ids)] @ _membership(source_ids, source_words)  # [target ids, source words]
    weights = _membership(target_ids, target_words).T @ to_words  # [target words, source words]
    shares: NDArray[np.float32] = weights / np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return shares


def align(
    source_words: Sequence[Span],
    target_words: Sequence[Span],
    source_ids: Sequence[Span],
    target_ids: Sequence[Span],
    attention: NDArray[np.float32],
) -> list[Link]:
    """A link for each target word with a source word of weight `MIN_WEIGHT` or more, in target order; see `looks`."""
    if not source_words or not target_words or not target_ids:
        return []
    weights = looks(source_words, target_words, source_ids, target_ids, attention)
    best = weights.argmax(axis=1)
    return [
        Link(source_words[chosen], word, round(float(row[chosen]), 4))
        for word, row, chosen in zip(target_words, weights, best, strict=True)
        if row[chosen] >= MIN_WEIGHT
    ]


def mass(
    source_words: Sequence[Span], source_ids: Sequence[Span], attention: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much attention each source word got from all of the translation: [source words]; see `looks`."""
    total: NDArray[np.float32] = attention.sum(axis=0) @ _membership(source_ids, source_words)
    return total


def _membership(ids: Sequence[Span], words: Sequence[Span]) -> NDArray[np.float32]:
    """[ids, words]: 1 where the id's characters lie in the word; the bytes of a character count with its last one."""
    starts, ends = _edges(ids)
    word_starts, word_ends = _edges(words)
    overlaps = (starts[:, None] < word_ends) & (word_starts < ends[:, None])
    is_inside = (starts == ends)[:, None] & (word_starts <= starts[:, None]) & (starts[:, None] < word_ends)
    matrix: NDArray[np.float32] = (overlaps | is_inside).astype(np.float32)
    return matrix


def _edges(spans: Sequence[Span]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The starts and the ends of `spans`."""
    edges = np.array([(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1, 2)
    return edges[:, 0], edges[:, 1]
