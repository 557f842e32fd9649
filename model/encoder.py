"""The encoder: bidirectional LSTM layers over padded input."""

import torch
from torch import Tensor, nn

from model.config import ModelConfig
from model.layers import SharedDropout, lstm_layer
from model.packed_lstm import PackedLSTM, pack_lstm, run_lstm


class BidirectionalLayer(nn.Module):
    """Two LSTMs over one input, the second from each sentence's own end, then layer norm.

    Padded input with a gather that reverses each sentence within its length keeps the fused kernel, which
    packed sequences lose. Right padding cannot reach a real position.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.forward_lstm = lstm_layer(input_size, hidden_size)
        self.backward_lstm = lstm_layer(input_size, hidden_size)
        self.norm = nn.LayerNorm(2 * hidden_size)

    def forward(self, x: Tensor, reversal: Tensor) -> Tensor:
        """Read `x` [N, S, F] in both directions; `reversal` [N, S] is its own inverse. Returns [N, S, D]."""
        left_to_right, _ = self.forward_lstm(x)
        right_to_left, _ = self.backward_lstm(_take(x, reversal))
        return self.norm(torch.cat([left_to_right, _take(right_to_left, reversal)], dim=-1))

    @torch.jit.export
    def read_packed(self, x: Tensor, places: Tensor, packed: list[PackedLSTM]) -> Tensor:
        """Do the same, positions first, with the two that `packed` returned: [S, N, F] to [S, N, D].

        `places` [S * N] are those of `x` where each comes from when sentences are reversed.
        """
        own = x.to(packed[0].input_bias.dtype)
        left_to_right = run_lstm(own, packed[0])
        right_to_left = _pick(run_lstm(_pick(own, places), packed[1]), places)
        return self.norm(torch.cat([left_to_right, right_to_left], dim=-1).to(x.dtype))

    def packed(self, is_bfloat16: bool) -> list[PackedLSTM]:
        """Both directions, packed for a CPU; to be made anew when the parameters change."""
        ahead, back = self.forward_lstm, self.backward_lstm
        ahead_parameters = [ahead.weight_ih_l0, ahead.weight_hh_l0, ahead.bias_ih_l0, ahead.bias_hh_l0]
        back_parameters = [back.weight_ih_l0, back.weight_hh_l0, back.bias_ih_l0, back.bias_hh_l0]
        return [pack_lstm(ahead_parameters, is_bfloat16), pack_lstm(back_parameters, is_bfloat16)]  # type: ignore[arg-type]


class Encoder(nn.Module):
    """A stack of bidirectional layers with residual connections from the second up."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        sizes = [config.embedding_size] + [config.memory_size] * (config.encoder_layers - 1)
        self.layers = nn.ModuleList(BidirectionalLayer(size, config.encoder_size) for size in sizes)
        self.dropout = SharedDropout(config.hidden_dropout)

    def forward(self, embedded: Tensor, lengths: Tensor, packed: list[PackedLSTM] | None = None) -> Tensor:
        """Encode `embedded` [N, S, E] of `lengths` [N] into a memory [N, S, D]; padded positions hold noise.

        Computes with the layers that `packed` returned, or with its own modules if there are none.
        """
        if packed is not None:
            return self._forward_packed(embedded, lengths, packed)
        reversal = reversal_index(lengths, embedded.size(1))
        x = embedded
        for i, layer in enumerate(self.layers):
            y = layer(x if i == 0 else self.dropout(x), reversal)
            x = y if i == 0 else x + y
        return x

    def _forward_packed(self, embedded: Tensor, lengths: Tensor, packed: list[PackedLSTM]) -> Tensor:
        """Positions come first on the way, as the kernels want them."""
        N, S = embedded.size(0), embedded.size(1)
        reversal = reversal_index(lengths, S).t()  # [S, N]
        places = (reversal * N + torch.arange(N, device=lengths.device)).flatten()
        x = embedded.transpose(0, 1).contiguous()
        for i, layer in enumerate(self.layers):
            y = layer.read_packed(x, places, packed[2 * i : 2 * i + 2])  # type: ignore[operator]
            x = y if i == 0 else x + y
        return x.transpose(0, 1)

    def packed(self, is_bfloat16: bool) -> list[PackedLSTM]:
        """Every layer's two directions, packed for a CPU; to be made anew when the parameters change."""
        found: list[PackedLSTM] = []
        for layer in self.layers:
            found.extend(layer.packed(is_bfloat16))  # type: ignore[operator]
        return found


def reversal_index(lengths: Tensor, size: int) -> Tensor:
    """Positions [N, size] that reverse each row within its own length and leave padding in place."""
    t = torch.arange(size, device=lengths.device).unsqueeze(0)
    last = lengths.unsqueeze(1) - 1
    return torch.where(t <= last, last - t, t)  # [N, S]


def length_mask(lengths: Tensor, size: int) -> Tensor:
    """True at real positions: [N, size]."""
    return torch.arange(size, device=lengths.device).unsqueeze(0) < lengths.unsqueeze(1)


def _take(x: Tensor, positions: Tensor) -> Tensor:
    return x.gather(1, positions.unsqueeze(-1).expand(-1, -1, x.size(2)))


def _pick(x: Tensor, places: Tensor) -> Tensor:
    """Rows `places` of `x` [S, N, F] laid out as [S * N, F], in its shape."""
    return x.flatten(0, 1).index_select(0, places).view_as(x)
