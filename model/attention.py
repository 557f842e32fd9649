"""Multi-head scaled dot-product attention over a memory that is projected once per source."""

import torch
from torch import Tensor, nn

from model.config import ModelConfig
from model.encoder import length_mask
from model.layers import linear
from model.matrix import Matrix, multiply
from model.states import Memory


class Attention(nn.Module):
    """Queries of the decoder's bottom layer against the encoder's outputs (Vaswani et al. 2017, section 3.2).

    The usual output projection is left out: both users of the context are linear in it.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.query = linear(config.decoder_size, config.decoder_size)
        self.key = linear(config.memory_size, config.decoder_size, bias=False)
        self.value = linear(config.memory_size, config.decoder_size)

    def remember(self, memory: Tensor, lengths: Tensor) -> Memory:
        """Project `memory` [N, S, D] of `lengths` [N] to keys and values [N, G, S, A/G]."""
        return self.recall(self.key(memory), self.value(memory), lengths)

    def remember_with(self, memory: Tensor, lengths: Tensor, matrix: Matrix) -> Memory:
        """Do the same by the `matrix` [2A, D] of both projections."""
        N, S = memory.size(0), memory.size(1)
        projected = multiply(memory.flatten(0, 1), matrix).view(N, S, 2, -1)
        return self.recall(projected.select(2, 0), projected.select(2, 1), lengths)

    def recall(self, keys: Tensor, values: Tensor, lengths: Tensor) -> Memory:
        """Split `keys` and `values` [N, S, A] into heads."""
        return Memory(split_heads(keys, self.num_heads), split_heads(values, self.num_heads), lengths)

    def merged(self) -> tuple[Tensor, Tensor]:
        """Weight [2A, D] and bias [2A] of the projections to keys and values."""
        bias = torch.cat([torch.zeros_like(self.value.bias), self.value.bias])
        return torch.cat([self.key.weight, self.value.weight]), bias

    def forward(self, states: Tensor, memory: Memory) -> Tensor:
        """Contexts [N, T, A] for all decoder `states` [N, T, H] at once."""
        queries = split_heads(self.query(states), self.num_heads)  # [N, G, T, A/G]
        context, _ = attend(queries, memory, float(queries.size(3)) ** -0.5)
        return context


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """[N, T, A] -> [N, G, T, A/G]."""
    return x.unflatten(2, [num_heads, x.size(2) // num_heads]).transpose(1, 2)


def attend(queries: Tensor, memory: Memory, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """Read `memory` with `queries` [N, G, T, A/G], whose products with the keys are scaled.

    Returns contexts [N, T, A] and weights [N, G, T, S]; weights of a query sum to 1 over real positions.
    """
    N, G, T, S = queries.size(0), queries.size(1), queries.size(2), memory.keys.size(2)
    bias = memory.bias
    if bias is None:
        bias = padding_bias(memory)
    keys, values = memory.keys.flatten(0, 1), memory.values.flatten(0, 1)  # [N * G, S, A/G]
    energy = torch.baddbmm(bias, queries.reshape(N * G, T, -1), keys.transpose(1, 2), alpha=scale)  # [N * G, T, S]
    weights = torch.softmax(energy, dim=-1)
    context = torch.bmm(weights, values).view(N, G, T, -1)
    return context.transpose(1, 2).flatten(2), weights.view(N, G, T, S)


def padding_bias(memory: Memory) -> Tensor:
    """What hides padding when it is added to the energies of all queries [N * G, T, S]: 0 or -inf, [N * G, 1, S]."""
    N, G, S = memory.keys.size(0), memory.keys.size(1), memory.keys.size(2)
    bias = memory.keys.new_zeros([N, S]).masked_fill(~length_mask(memory.lengths, S), -float("inf"))
    return bias.unsqueeze(1).expand(N, G, S).reshape(N * G, 1, S)
