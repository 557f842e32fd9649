"""What the decoders of variants share: attention that may be uniform, first states, readout and output."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.attention import Attention, attend, split_heads
from model.config import ModelConfig
from model.layers import SharedDropout, linear
from model.recurrence import Recurrence
from model.states import DecoderState, Memory
from model.variant_config import VariantConfig


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
