"""Networks beside the served one, for comparison only: other cells, one direction, no attention, other decoders.

A variant is a `Seq2Seq` with another encoder and decoder. It is trained as one; `VariantDecoder.step` is what a plain
search asks. Sizes are those of `ModelConfig`, so that variants differ in their form alone.
"""

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from model.variant_config import VariantConfig
from model.variant_decoder_forms import DECODERS
from model.variant_encoder import VariantEncoder


class VariantSeq2Seq(Seq2Seq):
    """A network of another form, with everything else as it is served."""

    def __init__(self, config: ModelConfig, variant: VariantConfig) -> None:
        super().__init__(config)
        self.variant = variant
        self.encoder = VariantEncoder(config, variant)  # type: ignore[assignment]  # it is called alike
        self.decoder = DECODERS[variant.decoder](config, variant, self.embedding)  # type: ignore[assignment]
