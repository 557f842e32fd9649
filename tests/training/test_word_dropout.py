"""Laws of word dropout."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.randomness import derive_seed, generator
from training.word_dropout import WordDropout

UNK, PROTECTED = 1, (0, 2, 3, 9)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=20), st.floats(0, 0.99), st.integers(0, 50))
def test_only_words_are_dropped(row: list[int], rate: float, seed: int) -> None:
    ids = torch.tensor([row])
    dropped = WordDropout(rate, UNK, PROTECTED)(ids, generator(seed))
    for before, after in zip(row, dropped[0].tolist(), strict=True):
        assert after in (before, UNK)
        assert before not in PROTECTED or after == before
    assert ids.tolist() == [row]


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_words_are_dropped_at_the_rate(rate: float) -> None:
    dropped = WordDropout(rate, UNK, PROTECTED)(torch.full((100, 100), 7), generator(1))
    assert (dropped == UNK).double().mean().item() == pytest.approx(rate, abs=0.02)


def test_draws_depend_on_the_seed_alone() -> None:
    drop, ids = WordDropout(0.5, UNK, PROTECTED), torch.full((4, 50), 7)
    first = drop(ids, generator(1, "word dropout", 2))
    torch.manual_seed(99)
    assert torch.equal(first, drop(ids, generator(1, "word dropout", 2)))
    assert not torch.equal(first, drop(ids, generator(1, "word dropout", 3)))


def test_seeds_differ_by_every_part_and_never_by_process() -> None:
    assert derive_seed(1, "dropout", 7) == 7880137346739285272
    assert len({derive_seed(1, "a", 2), derive_seed(1, "a", 3), derive_seed(1, "b", 2), derive_seed(1, "a2")}) == 4
