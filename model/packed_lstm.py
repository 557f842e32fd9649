"""One direction of an LSTM layer whose weights lie in the order that oneDNN's kernels read.

`nn.LSTM` hands oneDNN its weights as they are, and each call puts them into that order anew. The numbers are the same
to the last bit.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class PackedLSTM(NamedTuple):
    """A float32 layer of H units over I inputs, for a CPU; its first two tensors are opaque."""

    input_weight: Tensor
    recurrent_weight: Tensor
    input_bias: Tensor  # [4H]
    recurrent_bias: Tensor  # [4H]


def pack_lstm(input_weight: Tensor, recurrent_weight: Tensor, input_bias: Tensor, recurrent_bias: Tensor) -> PackedLSTM:
    """Pack weights [4H, I] and [4H, H] and biases [4H], as `nn.LSTM` names and orders them."""
    packed = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight(
        input_weight, recurrent_weight, recurrent_weight.size(1), False, True, False, None
    )
    return PackedLSTM(packed[0], packed[1], input_bias, recurrent_bias)


def run_lstm(x: Tensor, lstm: PackedLSTM) -> Tensor:
    """Hidden states [N, S, H] after each of `x` [N, S, I], from a state of zeros."""
    H = lstm.input_bias.size(0) // 4
    zeros = x.new_zeros([1, x.size(0), H])
    kind = 2  # an LSTM: tanh, ReLU and GRU are 1, 0 and 3 in torch's list of cells
    outputs = torch.mkldnn_rnn_layer(
        x.transpose(0, 1).contiguous(),
        lstm.input_weight,
        lstm.recurrent_weight,
        lstm.input_bias,
        lstm.recurrent_bias,
        zeros,
        zeros,
        False,  # from the first position to the last
        [],  # not packed sequences
        kind,
        H,
        1,  # layer
        True,  # with biases
        False,  # in one direction
        False,  # positions come first
        False,  # nothing is kept for gradients
    )
    return outputs[0].transpose(0, 1)
