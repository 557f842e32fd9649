"""What passes between Python and a scripted module."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from service.engine.border import reuse_classes


class Pair(NamedTuple):
    """Two values and a default."""

    first: Tensor
    second: int
    third: Tensor | None = None


class Verbs(nn.Module):
    """Takes and returns a named tuple."""

    def forward(self, pair: Pair) -> Pair:
        """Change one field."""
        return Pair(first=pair.first + 1, second=pair.second + 1)


def test_a_named_tuple_that_returns_twice_has_one_class_and_all_of_its_fields() -> None:
    reuse_classes()
    reuse_classes()
    verbs = cast(Verbs, torch.jit.script(Verbs()))
    once = verbs(Pair(torch.zeros(1), 0))
    twice = verbs(once)
    assert type(once) is type(twice)
    assert twice._fields == ("first", "second", "third")
    assert (twice.first.item(), twice.second, twice.third) == (2.0, 2, None)
