"""The largest of many values: `topk` that first asks blocks for their maxima."""

import torch
from torch import Tensor

BLOCK = 64  # values; searches are faster among whole blocks


def largest(values: Tensor, offsets: Tensor, count: int, size: int = BLOCK) -> tuple[Tensor, Tensor]:
    """The `count` largest of `values` [N, K, V] plus `offsets` [N, K], best first, and where they lie in the K * V.

    Both results are [N, count]. If V is whole blocks, those with the `count` largest maxima hold them all; only these
    are added to, and partly sorted. Which way is taken depends on K, V and `count` alone, so that ties fall alike
    whatever the number of rows.
    """
    N, K, V = values.size(0), values.size(1), values.size(2)
    B = V // size  # blocks of a hypothesis
    if V % size > 0 or 4 * count > K * B:
        return torch.add(values, offsets.unsqueeze(2)).flatten(1).topk(count, dim=1)
    blocks = values.view(N, K * B, size)
    maxima = blocks.amax(2).view(N, K, B) + offsets.unsqueeze(2)  # rounding a sum keeps the order
    picked = maxima.flatten(1).topk(count, dim=1, sorted=False)[1]  # [N, count]
    inside = blocks.gather(1, picked.unsqueeze(2).expand(-1, -1, size))
    inside += offsets.gather(1, torch.div(picked, B, rounding_mode="floor")).unsqueeze(2)
    best, index = inside.flatten(1).topk(count, dim=1)
    place = torch.div(index, size, rounding_mode="floor")  # among the picked blocks
    return best, torch.add(index, picked.gather(1, place).sub_(place), alpha=size)
