"""The largest of many values."""

import pytest
import torch

from model.selection import BLOCK, largest


@pytest.mark.parametrize("B", [1, 10, 40, 41, 79, 625])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_the_largest_are_those_of_topk(B: int, count: int) -> None:
    values = torch.randn(3, B * BLOCK, generator=torch.Generator().manual_seed(B))
    values[0, -count:] += 10.0  # all in the last block
    values[1, :count] += 10.0  # all in the first block
    best, index = largest(values, count)
    expected = values.topk(count, dim=1)
    assert torch.equal(best, expected.values)
    assert torch.equal(index, expected.indices)


def test_what_is_not_whole_blocks_is_searched_too() -> None:
    values = torch.randn(3, 80 * BLOCK + 1, generator=torch.Generator().manual_seed(0))
    values[:, -1] = 10.0
    assert largest(values, 2)[1][:, 0].tolist() == [80 * BLOCK] * 3


def test_equal_values_are_each_given_once() -> None:
    best, index = largest(torch.zeros(1, 80 * BLOCK), 10)
    assert best.tolist() == [[0.0] * 10]
    assert len(set(index.flatten().tolist())) == 10


def test_what_cannot_be_is_never_preferred() -> None:
    values = torch.full((1, 80 * BLOCK), -float("inf"))
    values[0, [4, 700, 4999]] = torch.tensor([1.0, 2.0, 3.0])
    best, index = largest(values, 3)
    assert best.tolist() == [[3.0, 2.0, 1.0]]
    assert index.tolist() == [[4999, 700, 4]]
