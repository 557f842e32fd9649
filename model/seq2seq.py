"""The whole network: one embedding, an encoder, a decoder."""

import torch
from torch import Tensor, nn

from model.config import ModelConfig
from model.decoder import Decoder, step_matrix
from model.encoder import Encoder, length_mask
from model.layers import SharedDropout, tied_embedding
from model.matrix import Matrix, multiply
from model.states import DecoderState, EncoderWeights, Memory


class Seq2Seq(nn.Module):
    """An LSTM encoder-decoder with attention; source, target and output share one embedding."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.pad_id, self.bos_id, self.eos_id = config.pad_id, config.bos_id, config.eos_id
        self.embedding = tied_embedding(config.vocab_size, config.embedding_size, config.pad_id)
        self.embedding_scale = float(config.embedding_size) ** 0.5
        self.embedding_dropout = SharedDropout(config.embedding_dropout)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config, self.embedding)

    def encode(
        self, src_ids: Tensor, src_lengths: Tensor, weights: EncoderWeights | None = None
    ) -> tuple[Memory, DecoderState]:
        """Encode `src_ids` [N, S] of `src_lengths` [N] into a memory and the decoder's first state [N, H].

        Computes with what `encoder_weights` returned, where it is given.
        """
        packed = None if weights is None else weights.layers
        embedded = self.embedding_dropout(self.embedding(src_ids) * self.embedding_scale)
        outputs = self.encoder(embedded, src_lengths, packed)  # [N, S, D]
        real = length_mask(src_lengths, src_ids.size(1)).unsqueeze(-1)
        mean = outputs.masked_fill(~real, 0.0).sum(dim=1) / src_lengths.unsqueeze(1).to(outputs.dtype)
        if weights is not None and len(weights.projections) > 0:
            memory = self.decoder.attention.remember_with(outputs, src_lengths, weights.projections[0])
            return memory, self.decoder.begin(multiply(mean, weights.projections[1]))
        return self.decoder.attention.remember(outputs, src_lengths), self.decoder.start_state(mean)

    def encoder_weights(self, form: str) -> EncoderWeights | None:
        """Pack what `encode` computes with for a CPU; to be made anew when the parameters change.

        In the forms `half` and `int8` the layers alone, in float32. In `int8_vnni` the projections, too, in int8; in
        `int8_bfloat16` the same with layers in bfloat16. None in other forms, and where parameters are not float32.
        """
        is_wide = form == "int8_vnni" or form == "int8_bfloat16"
        if self.embedding.weight.dtype != torch.float32 or not (is_wide or form == "half" or form == "int8"):
            return None
        projections: list[Matrix] = []
        if is_wide:
            weight, bias = self.decoder.attention.merged()
            projections.append(step_matrix(weight, bias, form, 1))
            projections.append(step_matrix(self.decoder.start.weight, self.decoder.start.bias, form, 1))
        return EncoderWeights(self.encoder.packed(form == "int8_bfloat16"), projections)

    def forward(self, src_ids: Tensor, src_lengths: Tensor, tgt_in: Tensor) -> Tensor:
        """Logits [N, T, V] for the token after each of `tgt_in` [N, T], which starts with the begin token."""
        memory, state = self.encode(src_ids, src_lengths)
        return self.decoder(tgt_in, memory, state)

    def features(self, src_ids: Tensor, src_lengths: Tensor, tgt_in: Tensor) -> Tensor:
        """What the output layer reads [N, T, E] to make the logits of `forward`."""
        memory, state = self.encode(src_ids, src_lengths)
        return self.decoder.features(tgt_in, memory, state)
