"""Laws of batches: a partition within the budget, a pure function of lengths and seed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.batching import plan_batches

Lengths = list[tuple[int, int]]


def make_lengths(count: int, spread: int = 3) -> Lengths:
    draw = random.Random(5)
    return [
        (length, max(1, length + draw.randint(-spread, spread)))
        for length in (draw.randint(1, 40) for _ in range(count))
    ]


@given(
    lengths=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), max_size=80),
    batch_tokens=st.integers(1, 200),
    seed=st.integers(0, 2**40),
)
def test_batches_are_a_partition_within_the_budget(
    lengths: list[tuple[int, int]], batch_tokens: int, seed: int
) -> None:
    batches = plan_batches(lengths, batch_tokens, seed)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(batches)
    for batch in batches:
        if len(batch) > 1:
            assert len(batch) * max(lengths[i][1] for i in batch) <= batch_tokens
            assert len(batch) * max(lengths[i][0] for i in batch) <= 2 * batch_tokens


def test_a_plan_is_a_pure_function_of_the_seed() -> None:
    lengths = make_lengths(300)
    assert plan_batches(lengths, 200, 7) == plan_batches(lengths, 200, 7)
    assert plan_batches(lengths, 200, 7) != plan_batches(lengths, 200, 8)


def test_the_budget_holds_where_the_jitter_puts_a_longer_target_first() -> None:
    lengths = [(1, 10 + i % 2) for i in range(400)]
    assert max(len(batch) * max(lengths[i][1] for i in batch) for batch in plan_batches(lengths, 110, 1)) <= 110


def test_a_long_source_does_not_shrink_the_batches_after_its_own() -> None:
    lengths = [(100, 10)] * 10 + [(5, 13)] * 100
    assert sorted(len(batch) for batch in plan_batches(lengths, 500, 1)) == [10, 24, 38, 38]


def test_an_example_longer_than_the_budget_is_a_batch_of_its_own() -> None:
    assert [0] in plan_batches([(500, 500), (3, 3), (3, 3)], 10, 1)


def test_batch_mates_change_with_the_seed() -> None:
    lengths = make_lengths(300)
    first, second = ({frozenset(batch) for batch in plan_batches(lengths, 200, seed)} for seed in (1, 2))
    assert len(first & second) < len(first) / 4


def test_batches_come_in_random_order() -> None:
    lengths = make_lengths(300)
    longest = [max(lengths[i][1] for i in batch) for batch in plan_batches(lengths, 200, 1)]
    assert longest != sorted(longest)


@pytest.mark.parametrize("side", [0, 1])
def test_little_of_a_batch_is_padding_on_either_side(side: int) -> None:
    lengths = make_lengths(3000, spread=8)
    batches = plan_batches(lengths, 500, 1)
    padded = sum(len(batch) * max(lengths[i][side] for i in batch) for batch in batches)
    assert sum(pair[side] for pair in lengths) / padded > 0.8
