"""Sampled segmentations follow the law of their pieces' probabilities."""

import math
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from training.sampling import Sampler, Vocabulary

PIECES = {"▁": (10, -3.0), "a": (11, -2.0), "b": (12, -2.5), "▁a": (13, -1.5), "ab": (14, -1.0), "▁ab": (15, -2.0)}
BYTE_IDS = tuple(range(1000, 1256))


def make_sampler(alpha: float, byte_ids: tuple[int, ...] = BYTE_IDS) -> Sampler:
    return Sampler(Vocabulary(PIECES, unk_id=1, unk_score=-13.0, byte_ids=byte_ids), alpha)


def segmentations(word: str) -> Iterator[list[str]]:
    """Every way to cut `word` into known pieces."""
    if not word:
        yield []
    for piece in PIECES:
        if word.startswith(piece):
            yield from ([piece, *rest] for rest in segmentations(word[len(piece) :]))


@pytest.mark.parametrize("alpha", [0.1, 1.0])
def test_each_segmentation_has_its_share(alpha: float) -> None:
    weights = {
        tuple(PIECES[piece][0] for piece in each): math.exp(alpha * sum(PIECES[piece][1] for piece in each))
        for each in segmentations("▁abab")
    }
    sampler, rng, num_draws = make_sampler(alpha), random.Random(7), 20_000
    drawn = Counter(tuple(sampler.sample("▁abab", rng)) for _ in range(num_draws))
    assert set(drawn) <= set(weights)
    for ids, weight in weights.items():
        assert drawn[ids] / num_draws == pytest.approx(weight / sum(weights.values()), abs=0.015)


def test_words_are_drawn_one_after_the_other() -> None:
    together = make_sampler(0.5).sample("▁ab▁b▁", random.Random(3))
    sampler, rng = make_sampler(0.5), random.Random(3)
    assert together == [i for word in ("▁ab", "▁b", "▁") for i in sampler.sample(word, rng)]


def test_what_was_sampled_before_changes_nothing() -> None:
    used = make_sampler(0.2)
    for _ in range(50):
        used.sample("▁abab▁ba", random.Random(1))
    assert used.sample("▁abab▁ba", random.Random(2)) == make_sampler(0.2).sample("▁abab▁ba", random.Random(2))


def test_an_unknown_character_is_its_bytes_or_else_the_unknown_piece() -> None:
    assert make_sampler(1.0).sample("▁Ж", random.Random(1)) == [10, 1000 + 0xD0, 1000 + 0x96]
    assert make_sampler(1.0, byte_ids=()).sample("▁Ж", random.Random(1)) == [10, 1]


def test_a_very_long_word_is_no_problem() -> None:
    ids = make_sampler(1.0).sample("▁" + "ab" * 2000, random.Random(1))
    assert sum(len(text) for i in ids for text, (known, _) in PIECES.items() if known == i) == 4001


def test_nothing_gives_nothing() -> None:
    assert make_sampler(0.1).sample("", random.Random(1)) == []
