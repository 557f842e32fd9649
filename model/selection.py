"""The largest of many values: `topk` that first asks blocks for their maxima."""

import torch
from torch import Tensor

BLOCK = 64  # values; searches are faster among whole blocks


def largest(values: Tensor, count: int, size: int = BLOCK) -> tuple[Tensor, Tensor]:
    """The `count` largest of `values` [N, W], best first, and their indices: [N, count].

    If W is so many blocks, those with the `count` largest maxima hold them all; a partial sort then sees these only.
    Which way is taken depends on W and `count` alone, so that ties fall alike whatever the number of rows.
    """
    N, W = values.size(0), values.size(1)
    B = W // size
    if W % size > 0 or 4 * count > B:
        return values.topk(count, dim=1)
    blocks = values.view(N, B, size)
    picked = blocks.amax(2).topk(count, dim=1, sorted=False)[1]  # [N, count]
    inside = blocks.gather(1, picked.unsqueeze(2).expand(-1, -1, size)).view(N, count * size)
    best, index = inside.topk(count, dim=1)
    place = torch.div(index, size, rounding_mode="floor")  # among the picked blocks
    return best, torch.add(index, picked.gather(1, place).sub_(place), alpha=size)
