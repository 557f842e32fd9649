"""The encoder of a variant: any cell, over the source in one direction or two."""

import torch
from torch import Tensor, nn

from model.config import ModelConfig
from model.encoder import reversal_index
from model.layers import SharedDropout
from model.recurrence import Recurrence
from model.variant_config import VariantConfig


class VariantEncoder(nn.Module):
    """The encoder with any cell, in one direction or two; memory has the same size in both."""

    def __init__(self, config: ModelConfig, variant: VariantConfig) -> None:
        super().__init__()
        size = config.memory_size // variant.directions
        inputs = [config.embedding_size] + [config.memory_size] * (config.encoder_layers - 1)
        self.forwards = nn.ModuleList(Recurrence(variant.cell, each, size) for each in inputs)
        backward_inputs = inputs if variant.directions == 2 else []
        self.backwards = nn.ModuleList(Recurrence(variant.cell, each, size) for each in backward_inputs)
        self.norms = nn.ModuleList(nn.LayerNorm(config.memory_size) for _ in inputs)
        self.dropout = SharedDropout(config.hidden_dropout)

    def forward(self, embedded: Tensor, lengths: Tensor, packed: None = None) -> Tensor:
        """Encode `embedded` [N, S, E] of `lengths` [N] into a memory [N, S, D]; padded positions hold noise.

        No variant is `packed`.
        """
        index = reversal_index(lengths, embedded.size(1)).unsqueeze(-1)  # [N, S, 1]
        x = embedded
        for i, norm in enumerate(self.norms):
            given = x if i == 0 else self.dropout(x)
            outputs = [self._read(self.forwards[i], given)]
            if len(self.backwards):
                turned = self._read(self.backwards[i], given.gather(1, index.expand_as(given)))
                outputs.append(turned.gather(1, index.expand_as(turned)))
            y = norm(torch.cat(outputs, dim=-1))
            x = y if i == 0 else x + y
        return x

    @staticmethod
    def _read(layer: nn.Module, x: Tensor) -> Tensor:
        assert isinstance(layer, Recurrence)
        outputs, _ = layer.over_time(x, x.new_zeros(x.size(0), layer.state_size))
        return outputs
