"""The subword model: SentencePiece with its normalisation rules inside."""

import io
import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from training.corpus import CorpusError
from training.data_config import SubwordConfig
from training.normalization import rule_table
from training.sampling import Sampler, Vocabulary

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
UNK_PENALTY = 10.0  # SentencePiece: an unknown character is so much less likely than the rarest piece


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
        self._samplers: dict[float, Sampler] = {}
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

    def encode(self, text: str, alpha: float = 0.0, rng: random.Random | None = None) -> list[int]:
        """Piece ids of `text`: the best segmentation, or with `alpha` > 0 one that is drawn with `rng` (Kudo 2018).

        Raises:
            ValueError: there is no `rng` to draw with, or the model is none to sample from.
        """
        if alpha == 0.0:
            return list(self._processor.encode(text))
        if rng is None:
            raise ValueError("sampling needs a generator")
        if alpha not in self._samplers:
            self._samplers[alpha] = Sampler(_vocabulary(self.serialized), alpha)
        return self._samplers[alpha].sample(self._processor.normalize(text), rng)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of piece ids."""
        return str(self._processor.decode(list(ids)))

    def source_ids(self, text: str, tag: str | None, alpha: float = 0.0, rng: random.Random | None = None) -> list[int]:
        """[tag] + pieces + [end], as the encoder reads them."""
        prefix = [] if tag is None else [self.tag_id(tag)]
        return [*prefix, *self.encode(text, alpha, rng), EOS_ID]

    def target_ids(self, text: str, alpha: float = 0.0, rng: random.Random | None = None) -> list[int]:
        """Pieces + [end], as the decoder writes them."""
        return [*self.encode(text, alpha, rng), EOS_ID]

    def tag_id(self, tag: str) -> int:
        """Id of a target-language tag.

        Raises:
            ValueError: the model has no such piece.
        """
        if not self.has_tag(tag):
            raise ValueError(f"the subword model has no tag {tag}")
        return int(self._processor.piece_to_id(tag))

    def has_tag(self, tag: str) -> bool:
        """Whether `tag` is a piece."""
        return int(self._processor.piece_to_id(tag)) != UNK_ID

    def ids_of_pieces(self) -> dict[str, int]:
        """Each piece with its id."""
        return {self._processor.id_to_piece(i): i for i in range(self.vocab_size)}

    @property
    def is_unigram(self) -> bool:
        """Whether segmentations can be sampled."""
        spec = _parse(self.serialized).trainer_spec
        return bool(spec.model_type == spec.UNIGRAM)


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
        except (RuntimeError, ValueError) as error:  # the latter for numbers that its options cannot hold
            raise CorpusError(f"subword.vocab_size {config.vocab_size} does not fit this corpus: {error}") from error
    return SubwordModel(_without_path(written.getvalue()))


def load_subword(path: Path, tags: Sequence[str], sampling_alpha: float) -> SubwordModel:
    """Read the model that `subword.model` names, and see that a run can use it.

    Raises:
        CorpusError: there is no such file, it is none of SentencePiece, its special ids are others than the network's,
            it lacks a tag, or it is to be sampled from and is no unigram model.
    """
    try:
        model = SubwordModel.load(path)
    except (OSError, RuntimeError, ValueError) as error:  # SentencePiece raises RuntimeError for what it cannot parse
        raise CorpusError(f"subword.model {path} cannot be used: {error}") from error
    missing = [tag for tag in tags if not model.has_tag(tag)]
    if missing:
        raise CorpusError(f"subword.model {path} has no tag {', '.join(missing)}")
    if sampling_alpha > 0 and not model.is_unigram:
        raise CorpusError(
            f"subword.sampling_alpha is {sampling_alpha}; {path} is no unigram model to sample from, so it must be 0"
        )
    return model


def _vocabulary(serialized: bytes) -> Vocabulary:
    """What a sampler needs to know of a model."""
    proto = _parse(serialized)
    if proto.trainer_spec.model_type != proto.trainer_spec.UNIGRAM:
        raise ValueError("only a unigram model can be sampled from")
    kind = proto.SentencePiece
    pieces = {p.piece: (i, p.score) for i, p in enumerate(proto.pieces) if p.type == kind.NORMAL}
    byte_ids = tuple(i for i, p in enumerate(proto.pieces) if p.type == kind.BYTE)  # they stand in order
    return Vocabulary(pieces, UNK_ID, min(score for _, score in pieces.values()) - UNK_PENALTY, byte_ids)


def _without_path(serialized: bytes) -> bytes:
    """Forget the name of the temporary rule file; the rules themselves are compiled into the model."""
    proto = _parse(serialized)
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    return bytes(proto.SerializeToString(deterministic=True))


def _parse(serialized: bytes) -> Any:
    return sentencepiece_model_pb2.ModelProto.FromString(serialized)  # type: ignore[attr-defined]  # made at import
