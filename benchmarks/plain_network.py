"""The network as most PyTorch code would train it: packed sequences, a dropout draw for each element.

The same parameters and, without dropout, the same loss as `model.seq2seq`.
"""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from model.encoder import BidirectionalLayer
from model.layers import SharedDropout
from model.seq2seq import Seq2Seq

States = tuple[Tensor, Tensor]


class ElementDropout(SharedDropout):
    """Dropout with a draw for each element."""

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of `x` while training."""
        return functional.dropout(x, self.rate, self.training)


class PackedLayer(nn.Module):
    """A layer of the encoder as one bidirectional LSTM over packed input."""

    def __init__(self, layer: BidirectionalLayer) -> None:
        super().__init__()
        ours = layer.forward_lstm
        sizes, dtype = (ours.input_size, ours.hidden_size), ours.weight_ih_l0.dtype
        self.lstm = nn.LSTM(*sizes, batch_first=True, bidirectional=True, dtype=dtype)
        self.norm = layer.norm
        weights = layer.forward_lstm.state_dict()
        backward = {f"{name}_reverse": value for name, value in layer.backward_lstm.state_dict().items()}
        self.lstm.load_state_dict(weights | backward)

    def forward(self, x: Tensor, reversal: Tensor, packed: None = None) -> Tensor:
        """Read `x` [N, S, F] in both directions: [N, S, D]; the first position is reversed to the last real one.

        Its input is packed, but never its weights, which `packed` would be.
        """
        outputs, _ = _run_packed(self.lstm, x, reversal[:, 0] + 1)
        normed: Tensor = self.norm(outputs)
        return normed


class PackedLstm(nn.Module):
    """A layer of the decoder over packed input; `lengths` [N] are to be set before each call."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.lstm = lstm
        self.lengths = torch.empty(0)

    def forward(self, x: Tensor, start: States) -> tuple[Tensor, States]:
        """Read `x` [N, T, F] from the states `start`: [N, T, H]."""
        return _run_packed(self.lstm, x, self.lengths, start)


class PlainNetwork(Seq2Seq):
    """`Seq2Seq` with the parts above; to be made by `plain`."""

    def features(self, src_ids: Tensor, src_lengths: Tensor, tgt_in: Tensor) -> Tensor:
        """What the output layer reads [N, T, E], as `Seq2Seq.features`."""
        lengths = (tgt_in != self.pad_id).sum(1)
        for module in self.decoder.modules():
            if isinstance(module, PackedLstm):
                module.lengths = lengths
        return super().features(src_ids, src_lengths, tgt_in)


def plain(network: Seq2Seq, *, is_packed: bool = True, draws_each_element: bool = True) -> Seq2Seq:
    """A plain copy of `network`, with its weights, in one or both respects."""
    copy = deepcopy(network)
    copy.__class__ = PlainNetwork
    if draws_each_element:
        for module in copy.modules():
            if isinstance(module, SharedDropout):
                module.__class__ = ElementDropout
    if is_packed:
        encoder, decoder = copy.encoder, copy.decoder
        encoder.layers = nn.ModuleList(map(PackedLayer, encoder.layers))  # type: ignore[arg-type]
        decoder.bottom = PackedLstm(decoder.bottom)  # type: ignore[assignment]
        decoder.upper = nn.ModuleList(map(PackedLstm, decoder.upper))  # type: ignore[arg-type]
    return copy


def _run_packed(lstm: nn.LSTM, x: Tensor, lengths: Tensor, start: States | None = None) -> tuple[Tensor, States]:
    packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
    outputs, states = lstm(packed, start)
    padded, _ = pad_packed_sequence(outputs, batch_first=True, total_length=x.size(1))
    return padded, states
