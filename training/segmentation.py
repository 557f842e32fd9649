"""Sampled segmentations of a unigram subword model, as a pure function of a seed (Kudo 2018, all candidates).

SentencePiece samples as well, but salts its generator in every process, so that a resumed run would read other pieces
than an unbroken one. Pieces do not cross words here, so each word is drawn alone, from a lattice that is built once:

    weight of a segmentation = product over its pieces of p(piece)^alpha
"""

import math
import random
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from sentencepiece import SentencePieceProcessor

SPACE = "▁"  # stands for the space before a word, as SentencePiece writes it
UNKNOWN_PENALTY = 10.0  # below the least likely piece, as in SentencePiece
NUM_CACHED_WORDS = 100_000


class Piece(NamedTuple):
    """A part of a word: its ids (one, or the bytes of an unknown character) and log-probability."""

    ids: tuple[int, ...]
    score: float


class Column(NamedTuple):
    """The pieces that may end at one position of a word, with weights summed up to each."""

    sums: list[float]
    starts: list[int]
    ids: list[tuple[int, ...]]


class SegmentationSampler:
    """Draws segmentations with smoothing `alpha` > 0: the smaller, the more alike are all candidates."""

    def __init__(self, processor: SentencePieceProcessor, alpha: float) -> None:
        self.alpha = alpha
        self.processor = processor
        ordinary = [i for i in range(processor.get_piece_size()) if not _is_special(processor, i)]
        self.pieces = {processor.id_to_piece(i): Piece((i,), processor.get_score(i)) for i in ordinary}
        self.longest = max(map(len, self.pieces))
        self.unknown_score = min(piece.score for piece in self.pieces.values()) - UNKNOWN_PENALTY
        self._columns = lru_cache(NUM_CACHED_WORDS)(self._build_columns)

    def sample(self, text: str, draw: random.Random) -> list[int]:
        """Ids of a random segmentation of normalised `text`."""
        ids: list[int] = []
        for word in text.replace(SPACE, " ").split():
            ids += self._sample_word(word, draw)
        return ids

    def _sample_word(self, word: str, draw: random.Random) -> list[int]:
        """Walk from the end of the word to its start (backward sampling)."""
        columns = self._columns(word)
        end = len(columns) - 1
        reversed_pieces = []
        while end > 0:
            column = columns[end]
            choice = bisect_right(column.sums, draw.random() * column.sums[-1])
            choice = min(choice, len(column.ids) - 1)
            reversed_pieces.append(column.ids[choice])
            end = column.starts[choice]
        return [i for piece in reversed(reversed_pieces) for i in piece]

    def _build_columns(self, word: str) -> list[Column]:
        """Sum the weights of all ways to each position (forward filtering), scaled so that the largest is 1."""
        text = SPACE + word
        totals = [0.0]  # logarithms
        columns = [Column([], [], [])]
        for end in range(1, len(text) + 1):
            starts, ids, logs = [], [], []
            for start in range(max(0, end - self.longest), end):
                piece = self.pieces.get(text[start:end]) or (self._unknown(text[start]) if start == end - 1 else None)
                if piece:
                    starts.append(start)
                    ids.append(piece.ids)
                    logs.append(totals[start] + self.alpha * piece.score)
            largest = max(logs)
            sums = list(accumulate(math.exp(each - largest) for each in logs))
            totals.append(largest + math.log(sums[-1]))
            columns.append(Column(sums, starts, ids))
        return columns

    def _unknown(self, character: str) -> Piece:
        """A character that is no piece: its bytes, if there are pieces for them."""
        ids = tuple(self.processor.piece_to_id(f"<0x{byte:02X}>") for byte in character.encode("utf-8"))
        has_bytes = all(self.processor.is_byte(i) for i in ids)
        return Piece(ids if has_bytes else (self.processor.piece_to_id(character),), self.unknown_score)


def _is_special(processor: SentencePieceProcessor, index: int) -> bool:
    is_special = processor.is_control(index) or processor.is_unknown(index) or processor.is_byte(index)
    return is_special or not processor.id_to_piece(index)
