"""One direction of an LSTM layer whose weights lie in the order that oneDNN's kernels read.

`nn.LSTM` hands oneDNN its weights as they are, and each call puts them into that order anew. In float32 the numbers are
the same to the last bit.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class PackedLSTM(NamedTuple):
    """A layer of H units over I inputs, for a CPU; its first two tensors are opaque.

    All are of one type, float32 or bfloat16, which the layer computes in.
    """

    input_weight: Tensor
    recurrent_weight: Tensor
    input_bias: Tensor  # [4H]
    recurrent_bias: Tensor  # [4H]


def pack_lstm(parameters: list[Tensor], is_bfloat16: bool) -> PackedLSTM:
    """Pack weights [4H, I] and [4H, H] and two biases [4H], as `nn.LSTM` orders them, all float32."""
    if is_bfloat16:
        parameters = [parameter.to(torch.bfloat16) for parameter in parameters]
    packed = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight(
        parameters[0], parameters[1], parameters[1].size(1), False, True, False, None
    )
    return PackedLSTM(packed[0], packed[1], parameters[2], parameters[3])


def run_lstm(x: Tensor, lstm: PackedLSTM) -> Tensor:
    """Hidden states [S, N, H] after each of `x` [S, N, I], from a state of zeros; both of the layer's type."""
    H = lstm.input_bias.size(0) // 4
    zeros = x.new_zeros([1, x.size(1), H])
    kind = 2  # an LSTM: tanh, ReLU and GRU are 1, 0 and 3 in torch's list of cells
    outputs = torch.mkldnn_rnn_layer(
        x,
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
        False,  # not batch first
        False,  # nothing is kept for gradients
    )
    return outputs[0]
