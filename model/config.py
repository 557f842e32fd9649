"""The sizes and rates that define a network, checked on construction."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelConfig:
    """Everything needed to build a `Seq2Seq`: sizes in units, rates as probabilities, special ids.

    Source and target share one vocabulary and one embedding matrix, which is also the output layer.

    Raises:
        ValueError: a size is not positive, a rate lies outside [0, 1), `num_heads` does not divide
            `decoder_size`, or the special ids are not distinct ids of the vocabulary.
    """

    vocab_size: int
    embedding_size: int = 256
    encoder_size: int = 192  # per direction
    encoder_layers: int = 2
    decoder_size: int = 384
    decoder_layers: int = 2
    num_heads: int = 4
    embedding_dropout: float = 0.2
    hidden_dropout: float = 0.3
    output_dropout: float = 0.3
    pad_id: int = 0
    unk_id: int = 1
    bos_id: int = 2
    eos_id: int = 3

    def __post_init__(self) -> None:
        """Check every field; the message names the field, the value and the limit."""
        self._check_sizes()
        self._check_rates()
        self._check_special_ids()

    @property
    def memory_size(self) -> int:
        """Units of one encoder output: both directions."""
        return 2 * self.encoder_size

    def _check_sizes(self) -> None:
        for name in ("vocab_size", "embedding_size", "encoder_size", "encoder_layers", "decoder_size", "num_heads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.decoder_layers < 2:
            raise ValueError(f"decoder_layers is {self.decoder_layers}; attention sits between two layers, at least 2")
        if self.decoder_size % self.num_heads:
            raise ValueError(f"decoder_size {self.decoder_size} is not a multiple of num_heads {self.num_heads}")

    def _check_rates(self) -> None:
        for name in ("embedding_dropout", "hidden_dropout", "output_dropout"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, 1)")

    def _check_special_ids(self) -> None:
        ids = (self.pad_id, self.unk_id, self.bos_id, self.eos_id)
        if len(set(ids)) != len(ids):
            raise ValueError(f"special ids {ids} are not distinct")
        if not all(0 <= i < self.vocab_size for i in ids):
            raise ValueError(f"special ids {ids} do not lie in a vocabulary of {self.vocab_size}")
