"""Small parts that the encoder and the decoder share."""

import math

import torch
from torch import Tensor, nn


class SharedDropout(nn.Module):
    """Dropout with one mask per sentence and feature, shared over time (Gal and Ghahramani 2016).

    On a CPU it is also an order of magnitude cheaper than a draw per element.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Drop features of `x` [N, T, F] while training; the identity otherwise."""
        if not self.training or self.rate == 0.0:
            return x
        keep = 1.0 - self.rate
        mask = torch.empty([x.size(0), 1, x.size(2)], dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * mask.div_(keep)


def lstm_layer(input_size: int, hidden_size: int) -> nn.LSTM:
    """Build one batch-first LSTM layer: orthogonal recurrence, forget gates open at the start."""
    lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
    parameters = dict(lstm.named_parameters())
    for start in range(0, 4 * hidden_size, hidden_size):
        nn.init.xavier_uniform_(parameters["weight_ih_l0"][start : start + hidden_size])
        nn.init.orthogonal_(parameters["weight_hh_l0"][start : start + hidden_size])
    nn.init.zeros_(parameters["bias_ih_l0"])
    nn.init.zeros_(parameters["bias_hh_l0"])
    nn.init.ones_(parameters["bias_ih_l0"][hidden_size : 2 * hidden_size])
    return lstm


def linear(input_size: int, output_size: int, bias: bool = True) -> nn.Linear:
    """Build a linear layer with Glorot weights and zero bias."""
    layer = nn.Linear(input_size, output_size, bias=bias)
    nn.init.xavier_uniform_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def tied_embedding(vocab_size: int, size: int, pad_id: int) -> nn.Embedding:
    """Build an embedding that also serves as output layer: standard deviation `size**-0.5`, padding at zero."""
    embedding = nn.Embedding(vocab_size, size, padding_idx=pad_id)
    nn.init.normal_(embedding.weight, std=1.0 / math.sqrt(size))
    with torch.no_grad():
        embedding.weight[pad_id].zero_()
    return embedding
