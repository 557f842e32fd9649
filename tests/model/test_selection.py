"""The largest of many sums."""

import pytest
import torch
from torch import Tensor

from model.selection import BLOCK, largest


def none(values: Tensor) -> Tensor:
    """Offsets that change nothing."""
    return torch.zeros(values.shape[:2])


@pytest.mark.parametrize("B", [1, 10, 40, 41, 79, 625])
@pytest.mark.parametrize("K", [1, 5])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_the_largest_are_those_of_topk(B: int, K: int, count: int) -> None:
    generator = torch.Generator().manual_seed(B)
    values, offsets = torch.randn(3, K, B * BLOCK, generator=generator), torch.randn(3, K, generator=generator)
    values[0, 0, -count:] += 10.0  # all in one hypothesis, in its last block
    values[1, -1, :count] += 10.0  # in its first block
    best, index = largest(values, offsets, count)
    expected = (values + offsets.unsqueeze(2)).flatten(1).topk(count, dim=1)
    assert torch.equal(best, expected.values)
    assert torch.equal(index, expected.indices)


def test_an_offset_decides_between_hypotheses() -> None:
    values, offsets = torch.zeros(1, 3, 80 * BLOCK), torch.tensor([[-2.0, -float("inf"), -1.0]])
    values[0, :, 7] = torch.tensor([1.5, 9.0, 1.0])
    best, index = largest(values, offsets, 2)
    assert best.tolist() == [[0.0, -0.5]]
    assert index.tolist() == [[2 * 80 * BLOCK + 7, 7]]


def test_what_is_not_whole_blocks_is_searched_too() -> None:
    values = torch.randn(3, 1, 80 * BLOCK + 1, generator=torch.Generator().manual_seed(0))
    values[:, :, -1] = 10.0
    assert largest(values, none(values), 2)[1][:, 0].tolist() == [80 * BLOCK] * 3


def test_equal_values_are_each_given_once() -> None:
    best, index = largest(torch.zeros(1, 1, 80 * BLOCK), torch.zeros(1, 1), 10)
    assert best.tolist() == [[0.0] * 10]
    assert len(set(index.flatten().tolist())) == 10


def test_what_cannot_be_is_never_preferred() -> None:
    values = torch.full((1, 1, 80 * BLOCK), -float("inf"))
    values[0, 0, [4, 700, 4999]] = torch.tensor([1.0, 2.0, 3.0])
    best, index = largest(values, none(values), 3)
    assert best.tolist() == [[3.0, 2.0, 1.0]]
    assert index.tolist() == [[4999, 700, 4]]


def test_dead_hypotheses_give_nothing_while_others_have_something() -> None:
    values, offsets = torch.randn(2, 5, 80 * BLOCK), torch.full((2, 5), -float("inf"))
    offsets[0, 3] = -1.0
    best, index = largest(values, offsets, 10)
    assert torch.equal(best[0], values[0, 3].topk(10).values - 1.0)
    assert torch.div(index[0], 80 * BLOCK, rounding_mode="floor").tolist() == [3] * 10
    assert best[1].tolist() == [-float("inf")] * 10
