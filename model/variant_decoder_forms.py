"""The decoders of variants: which layer asks, what the layers read, and in which order."""

import torch
from torch import Tensor

from model.config import ModelConfig
from model.recurrence import Recurrence
from model.states import DecoderState, Memory
from model.variant_decoder import Run, VariantDecoder


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
