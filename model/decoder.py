"""The decoder, in GNMT style: the bottom LSTM never sees the source, so training runs it over the whole target at once.

Its outputs are the queries of one attention over all positions; the context goes to every upper layer and to the
readout (Wu et al. 2016; docs/decisions/0001).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.attention import Attention, attend, split_heads
from model.config import ModelConfig
from model.layers import SharedDropout, linear, lstm_layer
from model.matrix import Matrix, bfloat16_matrix, half_matrix, int8_matrix, multiply, plain_matrix
from model.selection import BLOCK
from model.states import DecoderState, Memory, StepWeights

# That the matrices of a step can have; `int8_bfloat16` is `int8_vnni` beside an encoder in bfloat16.
FORMS = ("plain", "half", "int8", "int8_vnni", "int8_bfloat16", "bfloat16")


class Decoder(nn.Module):
    """Predicts each next token from those before it and the memory; the output layer is the embedding."""

    def __init__(self, config: ModelConfig, embedding: nn.Embedding) -> None:
        super().__init__()
        embedding_size, size = config.embedding_size, config.decoder_size
        self.embedding = embedding
        self.embedding_scale = float(embedding_size) ** 0.5
        self.num_layers = config.decoder_layers
        self.never = [config.pad_id, config.unk_id, config.bos_id]  # no translation has these
        self.num_missing = -config.vocab_size % BLOCK  # ids to make whole blocks for the search
        self.start = linear(config.memory_size, config.decoder_layers * size)
        self.bottom = lstm_layer(embedding_size, size)
        self.bottom_norm = nn.LayerNorm(size)
        self.attention = Attention(config)
        self.upper = nn.ModuleList(lstm_layer(2 * size, size) for _ in range(config.decoder_layers - 1))
        self.upper_norm = nn.ModuleList(nn.LayerNorm(size) for _ in range(config.decoder_layers - 1))
        self.readout = linear(2 * size + embedding_size, embedding_size)
        self.readout_norm = nn.LayerNorm(embedding_size)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.embedding_dropout = SharedDropout(config.embedding_dropout)
        self.hidden_dropout = SharedDropout(config.hidden_dropout)
        self.output_dropout = SharedDropout(config.output_dropout)

    def start_state(self, summary: Tensor) -> DecoderState:
        """Begin every layer from the mean `summary` [N, D] of the memory; tensors [N, H]."""
        return self.begin(self.start(summary))

    def begin(self, cells_of_all: Tensor) -> DecoderState:
        """Begin every layer from its part of `cells_of_all` [N, L * H]."""
        cells = cells_of_all.chunk(self.num_layers, dim=-1)
        return DecoderState(hidden=[torch.tanh(c) for c in cells], cell=[c.contiguous() for c in cells])

    def forward(self, tokens: Tensor, memory: Memory, state: DecoderState) -> Tensor:
        """Logits [N, T, V] of the token after each of `tokens` [N, T] (teacher forcing)."""
        return functional.linear(self.features(tokens, memory, state), self.embedding.weight, self.output_bias)

    def features(self, tokens: Tensor, memory: Memory, state: DecoderState) -> Tensor:
        """What the output layer reads [N, T, E] to predict the token after each of `tokens` [N, T]."""
        embedded = self.embedding_dropout(self.embedding(tokens) * self.embedding_scale)
        x, _ = self.bottom(embedded, (state.hidden[0].unsqueeze(0), state.cell[0].unsqueeze(0)))
        x = self.hidden_dropout(self.bottom_norm(x))
        context = self.hidden_dropout(self.attention(x, memory))
        for i, (lstm, norm) in enumerate(zip(self.upper, self.upper_norm, strict=True)):
            start = (state.hidden[i + 1].unsqueeze(0), state.cell[i + 1].unsqueeze(0))
            y, _ = lstm(torch.cat([x, context], dim=-1), start)
            x = x + self.hidden_dropout(norm(y))
        features = torch.tanh(self.readout(torch.cat([x, context, embedded], dim=-1)))
        return self.output_dropout(self.readout_norm(features))  # [N, T, E]

    def step_weights(self, form: str, tile: int) -> StepWeights:
        """Rearrange the parameters for `decoder_step`; mostly copies, to be made anew when the parameters change.

        `form` is what its matrices become: `plain`; `half` or those in int8, packed for a CPU; `bfloat16`. That
        spares the output, whose ties would be real; `int8` also what costs quality for little time: the query and the
        readout. `int8_vnni` and `int8_bfloat16`, with twice the levels, spare nothing. `tile` is that of `Matrix`.
        """
        spared = "half" if form == "int8" else form
        spared_output = "half" if form == "int8" or form == "bfloat16" else form
        weight = functional.pad(self.embedding.weight, [0, 0, 0, self.num_missing])  # [V, E]
        embedded = weight * self.embedding_scale
        size, embedding_size = self.bottom.hidden_size, embedded.size(1)
        none = embedded.new_zeros([0])
        lstm = self.bottom
        bottom, bottom_bias = merged_gates(lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, lstm.bias_hh_l0)  # type: ignore[arg-type]
        readout, readout_bias = 2.0 * self.readout.weight, 2.0 * self.readout.bias  # for a sigmoid, as `lstm_cell` says
        last_gates = functional.linear(embedded, bottom[:, :embedding_size], bottom_bias)
        last_readout = functional.linear(embedded, readout[:, 2 * size :], readout_bias)
        upper: list[Matrix] = []
        upper_norm: list[Tensor] = []
        for layer, norm in zip(self.upper, self.upper_norm, strict=True):
            merged, bias = merged_gates(layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)  # type: ignore[arg-type]
            upper.append(step_matrix(merged, bias, form, tile))
            upper_norm.extend([norm.weight, norm.bias])  # type: ignore[list-item]
        output_bias = functional.pad(self.output_bias, [0, self.num_missing], value=-float("inf"))
        return StepWeights(
            last_table=torch.cat([last_gates, last_readout], dim=1),
            bottom=step_matrix(bottom[:, embedding_size:].contiguous(), none, form, tile),
            bottom_norm=[self.bottom_norm.weight, self.bottom_norm.bias],
            query=step_matrix(self.attention.query.weight, self.attention.query.bias, spared, tile),
            upper=upper,
            upper_norm=upper_norm,
            readout=step_matrix(readout[:, : 2 * size].contiguous(), none, spared, tile),
            readout_norm=[self.readout_norm.weight, self.readout_norm.bias],
            output=step_matrix(weight, output_bias, spared_output, tile),
            output_bias=output_bias,
            never=torch.tensor(self.never, device=weight.device),
        )


def decoder_step(
    weights: StepWeights, tokens: Tensor, memory: Memory, state: DecoderState
) -> tuple[Tensor, Tensor, DecoderState]:
    """Advance M = N * K hypotheses by one token; the K of a segment are the query axis of its attention.

    Shapes: `tokens` [N, K]; memory of N segments; `state` [N, K, H] a layer.
    Returns logits [N, K, V], attention weights [N, K, S] (mean of the heads) and the new state.
    """
    N, K, H = tokens.size(0), tokens.size(1), state.hidden[0].size(2)
    last = weights.last_table.index_select(0, tokens.flatten()).split([4 * H, weights.last_table.size(1) - 4 * H], 1)
    gates = multiply(state.hidden[0].flatten(0, 1), weights.bottom).add_(last[0])
    h, c = lstm_cell(gates, state.cell[0].flatten(0, 1))  # [M, H]
    hidden, cell = [h.view(N, K, H)], [c.view(N, K, H)]
    x = normalise(h, weights.bottom_norm[0], weights.bottom_norm[1])
    queries = split_heads(multiply(x, weights.query).view(N, K, -1), memory.keys.size(1))
    context, attention = attend(queries, memory, float(queries.size(3)) ** -0.5)
    context = context.flatten(0, 1)  # [M, A]
    for i in range(len(weights.upper)):
        inputs = torch.cat([x, context, state.hidden[i + 1].flatten(0, 1)], dim=1)
        h, c = lstm_cell(multiply(inputs, weights.upper[i]), state.cell[i + 1].flatten(0, 1))
        hidden.append(h.view(N, K, H))
        cell.append(c.view(N, K, H))
        x = x + normalise(h, weights.upper_norm[2 * i], weights.upper_norm[2 * i + 1])
    opened = multiply(torch.cat([x, context], 1), weights.readout).add_(last[1]).sigmoid_()
    # Of the hyperbolic tangent, 2 * opened - 1, whose norm is the same for a quarter of epsilon.
    features = normalise(opened, weights.readout_norm[0], weights.readout_norm[1], 1e-5 / 4.0)
    logits = multiply(features, weights.output).view(N, K, -1)
    return logits, attention.mean(dim=1), DecoderState(hidden=hidden, cell=cell)


def step_matrix(weight: Tensor, bias: Tensor, form: str, tile: int) -> Matrix:
    """`weight` [O, I] and `bias`, [O] or [0], in one of the forms of `Decoder.step_weights`.

    Raises:
        ValueError: there is no such form.
    """
    if form == "plain":
        return plain_matrix(weight, bias, tile)
    if form == "half":
        return half_matrix(weight, bias, tile)
    if form == "int8":
        return int8_matrix(weight, bias, 63)
    if form == "int8_vnni" or form == "int8_bfloat16":
        return int8_matrix(weight, bias, 127)
    if form == "bfloat16":
        return bfloat16_matrix(weight, bias, tile)
    raise ValueError(f"form is {form}; it must be plain, half, int8, int8_vnni, int8_bfloat16 or bfloat16")


def lstm_cell(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """New hidden state and cell [M, H] from `gates` [M, 4H] and `cell` [M, H]; uses up `gates`.

    Gates are ordered input, forget, output, candidate, and the candidate's are doubled: tanh(x) = 2 sigmoid(2x) - 1,
    and torch's sigmoid takes an eighth of the time of its hyperbolic tangent. In float32 the two differ by 2e-7.
    """
    written, kept, shown, candidate = gates.sigmoid_().chunk(4, 1)
    new_cell = torch.addcmul(kept * cell, written, candidate, value=2.0).sub_(written)
    opened = new_cell.add(new_cell).sigmoid_()
    return torch.addcmul(shown.neg(), shown, opened, value=2.0), new_cell


def merged_gates(
    input_weight: Tensor, recurrent_weight: Tensor, input_bias: Tensor, recurrent_bias: Tensor
) -> tuple[Tensor, Tensor]:
    """One LSTM layer's weight [4H, I + H] and bias [4H] for inputs and state side by side, for `lstm_cell`."""
    weight = torch.cat([candidate_last(input_weight), candidate_last(recurrent_weight)], dim=1)
    return weight, candidate_last(input_bias + recurrent_bias)


def candidate_last(parameter: Tensor) -> Tensor:
    """Reorder the first axis [4H, ...] from torch's input, forget, candidate, output to the candidate last, doubled."""
    i, f, g, o = parameter.chunk(4)
    return torch.cat([i, f, o, 2.0 * g])


def normalise(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Layer norm over the last axis, with torch's default epsilon."""
    return functional.layer_norm(x, [x.size(-1)], weight, bias, epsilon)
