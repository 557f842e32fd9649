"""One recurrent layer of any cell, for networks that are compared with the served one."""

from typing import Literal

import torch
from torch import Tensor, nn

Cell = Literal["rnn", "gru", "lstm"]
CELLS: dict[Cell, type[nn.RNN] | type[nn.GRU] | type[nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Recurrence(nn.Module):
    """One layer of a cell. Its state is one tensor of W units: an LSTM's hidden units and cells side by side, 2H."""

    def __init__(self, cell: Cell, input_size: int, size: int) -> None:
        super().__init__()
        self.rnn = CELLS[cell](input_size, size, batch_first=True)
        self.is_lstm = cell == "lstm"
        self.state_size = 2 * size if self.is_lstm else size
        self._initialise(size)

    def over_time(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Read `x` [N, T, F] from `state` [N, W]: outputs [N, T, H] and the last state [N, W]."""
        if self.is_lstm:
            hidden, cell = (part.unsqueeze(0).contiguous() for part in state.chunk(2, dim=-1))
            y, last = self.rnn(x, (hidden, cell))
            return y, torch.cat(last, dim=-1).squeeze(0)
        y, final = self.rnn(x, state.unsqueeze(0).contiguous())
        return y, final.squeeze(0)

    def once(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance K hypotheses by one `x` [N, K, F] each from `state` [N, K, W]: outputs [N, K, H] and new states."""
        y, new = self.over_time(x.flatten(0, 1).unsqueeze(1), state.flatten(0, 1))
        return y.view(*x.shape[:2], -1), new.view(*x.shape[:2], -1)

    def begin(self, cells: Tensor) -> Tensor:
        """A first state [..., W] from `cells` [..., H], as the served decoder makes it."""
        return torch.cat([torch.tanh(cells), cells], dim=-1) if self.is_lstm else torch.tanh(cells)

    def _initialise(self, size: int) -> None:
        """Glorot inputs and orthogonal recurrence, gate by gate; forget gates open. As `lstm_layer` does."""
        for name, parameter in self.rnn.named_parameters():
            if name.startswith("bias"):
                nn.init.zeros_(parameter)
                continue
            for start in range(0, parameter.size(0), size):
                fill = nn.init.xavier_uniform_ if name.startswith("weight_ih") else nn.init.orthogonal_
                fill(parameter[start : start + size])
        if self.is_lstm:
            nn.init.ones_(dict(self.rnn.named_parameters())["bias_ih_l0"][size : 2 * size])
