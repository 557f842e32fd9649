"""The largest of many values."""

import pytest
import torch

from model.selection import largest


@pytest.mark.parametrize("V", [11, 64, 640, 2560, 2561, 5000, 5055])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_the_largest_are_those_of_topk(V: int, count: int) -> None:
    values = torch.randn(3, 2, V, generator=torch.Generator().manual_seed(V))
    values[0, 0, -count:] += 10.0  # all in what the last block leaves over
    values[0, 1, :count] += 10.0  # all in one block
    best, index = largest(values, count)
    expected = values.topk(count, dim=2)
    assert torch.equal(best, expected.values)
    assert torch.equal(index, expected.indices)


def test_equal_values_are_each_given_once() -> None:
    best, index = largest(torch.zeros(1, 1, 5000), 10)
    assert best.tolist() == [[[0.0] * 10]]
    assert len(set(index.flatten().tolist())) == 10


def test_what_cannot_be_is_never_preferred() -> None:
    values = torch.full((1, 1, 5000), -float("inf"))
    values[0, 0, [4, 700, 4999]] = torch.tensor([1.0, 2.0, 3.0])
    best, index = largest(values, 3)
    assert best.tolist() == [[[3.0, 2.0, 1.0]]]
    assert index.tolist() == [[[4999, 700, 4]]]
