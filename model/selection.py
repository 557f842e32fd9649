"""The largest of many values: `topk` that first asks blocks for their maxima."""

import torch
from torch import Tensor


def largest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of `values` [N, K, V] along the last axis, best first, and their indices: [N, K, count].

    The `count` blocks with the largest maxima hold them all; a partial sort then sees these blocks only.
    Which way is taken depends on V and `count` alone, so that ties fall alike whatever the number of rows.
    """
    size = 64  # of a block
    N, K, V = values.size(0), values.size(1), values.size(2)
    num_blocks = V // size
    if num_blocks < 4 * count:
        return values.topk(count, dim=2)
    blocks = values[:, :, : num_blocks * size].unflatten(2, [num_blocks, size])  # [N, K, B, size]
    picked = blocks.amax(3).topk(count, dim=2, sorted=False)[1]  # [N, K, count]
    inside = blocks.gather(2, picked.unsqueeze(3).expand(-1, -1, -1, size)).flatten(2)
    rest = torch.full([N, K, 1], num_blocks, dtype=torch.int64, device=values.device)
    picked = torch.cat([picked, rest], dim=2)  # the values after the last block count as one more
    best, index = torch.cat([inside, values[:, :, num_blocks * size :]], dim=2).topk(count, dim=2)
    block = torch.div(index, size, rounding_mode="floor")
    return best, picked.gather(2, block) * size + index - block * size
