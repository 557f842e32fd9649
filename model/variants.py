"""Networks beside the served one, for comparison only: other cells, one direction, no attention, other decoders.

A variant is a `Seq2Seq` with another encoder and decoder. It is trained as one; `VariantDecoder.step` is what a plain
search asks. Sizes are those of `ModelConfig`, so that variants differ in their form alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.attention import Attention, attend, split_heads
from model.config import ModelConfig
from model.encoder import reversal_index
from model.layers import SharedDropout, linear
from model.recurrence import Cell, Recurrence
from model.seq2seq import Seq2Seq
from model.states import DecoderState, Memory


@dataclass(frozen=True)
class VariantConfig:
    """What a variant changes; the defaults are the served network."""

    cell: Cell = "lstm"
    directions: Literal[1, 2] = 2  # of the encoder; one of twice the size, or two
    attention: bool = True  # without it every position weighs the same: the mean of the encoder's outputs
    decoder: Literal["gnmt", "input_feeding", "conditional"] = "gnmt"


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


class VariantAttention(Attention):
    """Attention that also returns its weights, and that may be uniform: then nothing of it but the values is learnt."""

    def __init__(self, config: ModelConfig, is_uniform: bool) -> None:
        super().__init__(config)
        self.is_uniform = is_uniform
        if is_uniform:
            self.query.requires_grad_(False)
            self.key.requires_grad_(False)

    def look(self, states: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Contexts [N, T, A] for `states` [N, T, H], and weights [N, T, S], the mean of the heads."""
        queries = split_heads(self.query(states), self.num_heads)  # [N, G, T, A/G]
        scale = 0.0 if self.is_uniform else float(queries.size(3)) ** -0.5
        context, weights = attend(queries * scale, memory)
        return context, weights.mean(dim=1)


Run = Callable[[Recurrence, Tensor, Tensor], tuple[Tensor, Tensor]]  # Recurrence.over_time or Recurrence.once


class VariantDecoder(nn.Module, ABC):
    """What the decoders share: first states, readout and output; `advance` is what they differ in."""

    def __init__(self, config: ModelConfig, variant: VariantConfig, embedding: nn.Embedding) -> None:
        super().__init__()
        E, H = config.embedding_size, config.decoder_size
        self.embedding, self.embedding_scale = embedding, float(E) ** 0.5
        self.layers = nn.ModuleList(Recurrence(variant.cell, size, H) for size in self.input_sizes(config))
        self.norms = nn.ModuleList(nn.LayerNorm(H) for _ in self.layers)
        self.attention = VariantAttention(config, not variant.attention)
        self.start = linear(config.memory_size, len(self.layers) * H)
        self.readout = linear(2 * H + E, E)
        self.readout_norm = nn.LayerNorm(E)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.embedding_dropout = SharedDropout(config.embedding_dropout)
        self.hidden_dropout = SharedDropout(config.hidden_dropout)
        self.output_dropout = SharedDropout(config.output_dropout)

    @staticmethod
    @abstractmethod
    def input_sizes(config: ModelConfig) -> list[int]:
        """Units that each layer reads."""

    @abstractmethod
    def advance(
        self, embedded: Tensor, memory: Memory, states: list[Tensor], masks: Tensor, run: Run
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Go over `embedded` [N, X, E], of X times or hypotheses as `run` says, with dropout `masks` [L + 1, N, 1, H].

        Returns features [N, X, E], attention [N, X, S] and the new states.
        """

    def start_state(self, summary: Tensor) -> DecoderState:
        """Begin every layer from the mean `summary` [N, D] of the memory."""
        cells = self.start(summary).chunk(len(self.layers), dim=-1)
        states = [self._layer(i).begin(each) for i, each in enumerate(cells)]
        return DecoderState(hidden=states, cell=[])

    def forward(self, tokens: Tensor, memory: Memory, state: DecoderState) -> Tensor:
        """Logits [N, T, V] of the token after each of `tokens` [N, T] (teacher forcing)."""
        return self._logits(self.features(tokens, memory, state))

    def features(self, tokens: Tensor, memory: Memory, state: DecoderState) -> Tensor:
        """What the output layer reads [N, T, E] after each of `tokens` [N, T], token by token."""
        embedded = self._embed(tokens)
        masks, states = self._masks(embedded), [each.unsqueeze(1) for each in state.hidden]
        features = []
        for each in embedded.split(1, dim=1):
            found, _, states = self.advance(each, memory, states, masks, Recurrence.once)
            features.append(found)
        return self.output_dropout(torch.cat(features, dim=1))

    def step(self, tokens: Tensor, memory: Memory, states: list[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Logits [N, K, V] after `tokens` [N, K] of K hypotheses, attention [N, K, S] and new states [N, K, W]."""
        embedded = self._embed(tokens)
        features, weights, states = self.advance(embedded, memory, states, self._masks(embedded), Recurrence.once)
        return self._logits(self.output_dropout(features)), weights, states

    def _layer(self, i: int) -> Recurrence:
        layer = self.layers[i]
        assert isinstance(layer, Recurrence)
        return layer

    def _embed(self, tokens: Tensor) -> Tensor:
        return self.embedding_dropout(self.embedding(tokens) * self.embedding_scale)

    def _masks(self, embedded: Tensor) -> Tensor:
        """One dropout mask a sentence for every layer and for the context, the same at all times."""
        ones = embedded.new_ones(embedded.size(0), 1, self.start.out_features // len(self.layers))
        return torch.stack([self.hidden_dropout(ones) for _ in range(len(self.layers) + 1)])

    def _features(self, x: Tensor, context: Tensor, embedded: Tensor) -> Tensor:
        return self.readout_norm(torch.tanh(self.readout(torch.cat([x, context, embedded], dim=-1))))

    def _logits(self, features: Tensor) -> Tensor:
        return functional.linear(features, self.embedding.weight, self.output_bias)


class GnmtDecoder(VariantDecoder):
    """The served form: the bottom layer never sees the source, its outputs are the queries (Wu et al. 2016)."""

    @staticmethod
    def input_sizes(config: ModelConfig) -> list[int]:
        """Embedding; then the layer below and the context."""
        return [config.embedding_size] + [2 * config.decoder_size] * (config.decoder_layers - 1)

    def features(self, tokens: Tensor, memory: Memory, state: DecoderState) -> Tensor:
        """As in the base, over all times at once."""
        embedded = self._embed(tokens)
        masks = self._masks(embedded)
        features, _, _ = self.advance(embedded, memory, state.hidden, masks, Recurrence.over_time)
        return self.output_dropout(features)

    def advance(
        self, embedded: Tensor, memory: Memory, states: list[Tensor], masks: Tensor, run: Run
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """See the base."""
        y, bottom = run(self._layer(0), embedded, states[0])
        x, new = self.norms[0](y) * masks[0], [bottom]
        context, weights = self.attention.look(x, memory)
        context = context * masks[-1]
        for i in range(1, len(self.layers)):
            y, state = run(self._layer(i), torch.cat([x, context], dim=-1), states[i])
            x = x + self.norms[i](y) * masks[i]
            new.append(state)
        return self._features(x, context, embedded), weights, new


class InputFeedingDecoder(VariantDecoder):
    """The last features are read beside the next token, and the top layer asks (Luong et al. 2015, section 3.3)."""

    @staticmethod
    def input_sizes(config: ModelConfig) -> list[int]:
        """Embedding and the last features; then the layer below."""
        return [2 * config.embedding_size] + [config.decoder_size] * (config.decoder_layers - 1)

    def start_state(self, summary: Tensor) -> DecoderState:
        """As in the base, with no features yet."""
        state = super().start_state(summary)
        nothing = summary.new_zeros(summary.size(0), self.embedding.embedding_dim)
        return DecoderState(hidden=[*state.hidden, nothing], cell=[])

    def advance(
        self, embedded: Tensor, memory: Memory, states: list[Tensor], masks: Tensor, run: Run
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """See the base."""
        y, bottom = run(self._layer(0), torch.cat([embedded, states[-1]], dim=-1), states[0])
        x, new = self.norms[0](y) * masks[0], [bottom]
        for i in range(1, len(self.layers)):
            y, state = run(self._layer(i), x, states[i])
            x = x + self.norms[i](y) * masks[i]
            new.append(state)
        context, weights = self.attention.look(x, memory)
        features = self._features(x, context * masks[-1], embedded)
        return features, weights, [*new, features]


class ConditionalDecoder(VariantDecoder):
    """Attention between two transitions of one state (cGRU; Sennrich et al. 2017, Nematus, section 3)."""

    @staticmethod
    def input_sizes(config: ModelConfig) -> list[int]:
        """Embedding; context; then the layer below and the context."""
        H = config.decoder_size
        return [config.embedding_size, H] + [2 * H] * (config.decoder_layers - 2)

    def start_state(self, summary: Tensor) -> DecoderState:
        """As in the base; the first two transitions share a state."""
        first, _, *others = super().start_state(summary).hidden
        return DecoderState(hidden=[first, *others], cell=[])

    def advance(
        self, embedded: Tensor, memory: Memory, states: list[Tensor], masks: Tensor, run: Run
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """See the base."""
        y, between = run(self._layer(0), embedded, states[0])
        x = self.norms[0](y) * masks[0]
        context, weights = self.attention.look(x, memory)
        context = context * masks[-1]
        y, state = run(self._layer(1), context, between)
        x, new = x + self.norms[1](y) * masks[1], [state]
        for i in range(2, len(self.layers)):
            y, state = run(self._layer(i), torch.cat([x, context], dim=-1), states[i - 1])
            x = x + self.norms[i](y) * masks[i]
            new.append(state)
        return self._features(x, context, embedded), weights, new


DECODERS: dict[str, type[VariantDecoder]] = {
    "gnmt": GnmtDecoder,
    "input_feeding": InputFeedingDecoder,
    "conditional": ConditionalDecoder,
}


class VariantSeq2Seq(Seq2Seq):
    """A network of another form, with everything else as it is served."""

    def __init__(self, config: ModelConfig, variant: VariantConfig) -> None:
        super().__init__(config)
        self.variant = variant
        self.encoder = VariantEncoder(config, variant)  # type: ignore[assignment]  # it is called alike
        self.decoder = DECODERS[variant.decoder](config, variant, self.embedding)  # type: ignore[assignment]
