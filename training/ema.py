"""The exponential moving average of the weights: what is validated, selected and shipped."""

import copy

import torch
from torch import Tensor

from model.seq2seq import Seq2Seq


class Ema:
    """A second network, always in evaluation mode, whose weights follow the trained ones."""

    def __init__(self, network: Seq2Seq, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(network).requires_grad_(False).eval()

    def follow(self, network: Seq2Seq, step: int) -> None:
        """Move towards `network` after its `step`-th update; early steps forget faster: decay min(d, s / (s + 10))."""
        decay = min(self.decay, step / (step + 10))
        averages: list[Tensor] = list(self.network.parameters())
        with torch.no_grad():
            torch._foreach_lerp_(averages, list(network.parameters()), 1.0 - decay)
