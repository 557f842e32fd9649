"""Sampled segmentations of a unigram model (Kudo 2018, section 3.2), from a generator that the caller seeds.

SentencePiece samples from the same distribution, but salts its generator in every process, whatever its seed: a run
that is resumed could not see the segmentations of one that never stopped.
"""

import math
import random
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

WORD = re.compile("\u2581[^\u2581]*")  # no piece goes on behind a space, so words are independent
MAX_CACHED_WORDS = 65_536


class Edge(NamedTuple):
    """A piece that ends at some position of a word: its start, its ids (several if bytes), its log probability."""

    start: int
    ids: tuple[int, ...]
    score: float


class Cell(NamedTuple):
    """The pieces that end at one position, and the bounds between their shares of [0, 1)."""

    edges: tuple[Edge, ...]
    bounds: tuple[float, ...]


class Vocabulary(NamedTuple):
    """The pieces of a unigram model by their text, and what stands for a character that has none."""

    pieces: Mapping[str, tuple[int, float]]
    unk_id: int
    unk_score: float
    byte_ids: tuple[int, ...]  # by value; none without byte fallback


class Sampler:
    """Draws each segmentation with a probability proportional to that of its pieces to the power of `alpha`."""

    def __init__(self, vocabulary: Vocabulary, alpha: float) -> None:
        self.vocabulary = vocabulary
        self.alpha = alpha
        self._longest = max(map(len, vocabulary.pieces))
        self._cells = lru_cache(MAX_CACHED_WORDS)(self._build)

    def sample(self, normalized: str, rng: random.Random) -> list[int]:
        """Piece ids of a text as SentencePiece normalises it, with spaces as U+2581."""
        return [i for word in WORD.findall(normalized) for i in self._draw(self._cells(word), rng)]

    def _draw(self, cells: list[Cell], rng: random.Random) -> Iterator[int]:
        """Walk from the end of a word to its start."""
        drawn: list[Edge] = []
        end = len(cells)
        while end:
            cell = cells[end - 1]
            drawn.append(cell.edges[bisect_right(cell.bounds, rng.random())])
            end = drawn[-1].start
        for edge in reversed(drawn):
            yield from edge.ids

    def _build(self, word: str) -> list[Cell]:
        """For each end position the last pieces, weighted by all ways to get to their start (the forward sums)."""
        cells: list[Cell] = []
        log_mass = [0.0]
        for end in range(1, len(word) + 1):
            edges = tuple(self._edges(word, end))
            logs = [log_mass[edge.start] + self.alpha * edge.score for edge in edges]
            top = max(logs)
            sums = list(accumulate(math.exp(log - top) for log in logs))
            cells.append(Cell(edges, tuple(each / sums[-1] for each in sums[:-1])))
            log_mass.append(top + math.log(sums[-1]))
        return cells

    def _edges(self, word: str, end: int) -> Iterator[Edge]:
        for start in range(max(0, end - self._longest), end):
            known = self.vocabulary.pieces.get(word[start:end])
            if known:
                yield Edge(start, (known[0],), known[1])
            elif start == end - 1:
                yield Edge(start, self._unknown(word[start]), self.vocabulary.unk_score)

    def _unknown(self, char: str) -> tuple[int, ...]:
        byte_ids = self.vocabulary.byte_ids
        return tuple(byte_ids[byte] for byte in char.encode()) if byte_ids else (self.vocabulary.unk_id,)
