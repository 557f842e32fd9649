"""The subword model: SentencePiece with its normalisation rules inside."""

import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from training.config import SubwordConfig
from training.corpus import CorpusError
from training.normalization import rule_table

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
ALL_CANDIDATES = -1  # sample from the whole lattice


class SubwordModel:
    """Text to ids and back.

    Raises:
        ValueError: the special ids of the model are not those that the network expects.
    """

    def __init__(self, serialized: bytes) -> None:
        self.serialized = serialized
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=serialized)
        self.vocab_size: int = self._processor.get_piece_size()
        self.pad_id, self.unk_id, self.bos_id, self.eos_id = PAD_ID, UNK_ID, BOS_ID, EOS_ID
        p = self._processor
        if (p.pad_id(), p.unk_id(), p.bos_id(), p.eos_id()) != (PAD_ID, UNK_ID, BOS_ID, EOS_ID):
            raise ValueError(f"special ids are {p.pad_id()}, {p.unk_id()}, {p.bos_id()}, {p.eos_id()}, not 0, 1, 2, 3")

    @classmethod
    def load(cls, path: Path | str) -> "SubwordModel":
        """Read a `.spm` file."""
        return cls(Path(path).read_bytes())

    def save(self, path: Path) -> None:
        """Write the `.spm` file."""
        path.write_bytes(self.serialized)

    def save_vocabulary(self, path: Path) -> None:
        """Write the pieces with their scores as text, for people to read."""
        p = self._processor
        lines = (f"{p.id_to_piece(i)}\t{p.get_score(i):.6g}\n" for i in range(self.vocab_size))
        path.write_text("".join(lines), encoding="utf-8", newline="\n")

    def encode(self, text: str, alpha: float = 0.0) -> list[int]:
        """Piece ids of `text`: the best segmentation, or one sampled with smoothing `alpha` > 0 (Kudo 2018).

        Sampling draws from a generator of the calling thread: see `training.dataset`.
        """
        if alpha == 0.0:
            return list(self._processor.encode(text))
        return list(self._processor.encode(text, enable_sampling=True, alpha=alpha, nbest_size=ALL_CANDIDATES))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of piece ids."""
        return str(self._processor.decode(list(ids)))

    def source_ids(self, text: str, tag: str | None, alpha: float = 0.0) -> list[int]:
        """[tag] + pieces + [end], as the encoder reads them."""
        prefix = [] if tag is None else [self.tag_id(tag)]
        return [*prefix, *self.encode(text, alpha), EOS_ID]

    def target_ids(self, text: str, alpha: float = 0.0) -> list[int]:
        """Pieces + [end], as the decoder writes them."""
        return [*self.encode(text, alpha), EOS_ID]

    def tag_id(self, tag: str) -> int:
        """Id of a target-language tag.

        Raises:
            ValueError: the model has no such piece.
        """
        tag_id = int(self._processor.piece_to_id(tag))
        if tag_id == UNK_ID:
            raise ValueError(f"the subword model has no tag {tag}")
        return tag_id


def train_subword(lines: Iterable[str], config: SubwordConfig, tags: Sequence[str]) -> SubwordModel:
    """Fit a subword model to `lines`; the same lines give the same model.

    Raises:
        CorpusError: the corpus is too small for `config.vocab_size`.
    """
    written = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as rules:
        rules.write(rule_table())
        rules.flush()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines),
                model_writer=written,
                vocab_size=config.vocab_size,
                model_type=config.model_type,
                character_coverage=config.character_coverage,
                byte_fallback=config.byte_fallback,
                input_sentence_size=config.max_training_sentences,
                shuffle_input_sentence=False,
                user_defined_symbols=list(tags),
                normalization_rule_tsv=rules.name,
                pad_id=PAD_ID, unk_id=UNK_ID, bos_id=BOS_ID, eos_id=EOS_ID,
                minloglevel=2,
            )  # fmt: skip
        except RuntimeError as error:
            raise CorpusError(f"subword.vocab_size {config.vocab_size} does not fit this corpus: {error}") from error
    return SubwordModel(_without_path(written.getvalue()))


def _without_path(serialized: bytes) -> bytes:
    """Forget the name of the temporary rule file; the rules themselves are compiled into the model."""
    proto = sentencepiece_model_pb2.ModelProto.FromString(serialized)  # type: ignore[attr-defined]  # made at import
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    return bytes(proto.SerializeToString(deterministic=True))
