"""SentencePiece models: text to ids and back, each piece with the characters that it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from service.artifact_config import SpecialIds, SubwordFacts
from service.text.spans import Span

_SPACE = "\u2581"  # as SentencePiece writes it


@dataclass(frozen=True)
class Encoded:
    """Ids, and for each the start and end of what it stands for in the original text, before normalisation.

    Of the bytes of a character that is no piece, the last one stands for it and the others for nothing.
    """

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The offsets as spans."""
        return tuple(Span(*each) for each in self.offsets)


@dataclass(frozen=True)
class Decoded:
    """The text of some ids, and for each of them the start and end of what it gave."""

    text: str
    offsets: tuple[tuple[int, int], ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The offsets as spans."""
        return tuple(Span(*each) for each in self.offsets)


class Subword:
    """A loaded subword model. Safe to use from several threads."""

    def __init__(self, processor: SentencePieceProcessor) -> None:
        self._processor = processor

    @cached_property
    def is_split_at_spaces(self) -> bool:
        """Whether no piece reaches over a space into another word."""
        model = self._processor
        return not any(_SPACE in model.id_to_piece(id).strip(_SPACE) for id in range(model.vocab_size()))

    @classmethod
    def load(cls, path: Path) -> "Subword":
        """Read a `.spm` file."""
        return cls(SentencePieceProcessor(model_file=str(path)))

    @property
    def facts(self) -> SubwordFacts:
        """What an artifact's configuration must agree with."""
        model = self._processor
        special_ids = SpecialIds(model.pad_id(), model.unk_id(), model.bos_id(), model.eos_id())
        return SubwordFacts(model.vocab_size(), special_ids)

    @property
    def size(self) -> int:
        """How many pieces it knows."""
        size: int = self._processor.vocab_size()
        return size

    def encode(self, text: str) -> Encoded:
        """The pieces of `text`, without tag and end token; none where normalisation leaves nothing."""
        mapping = self._processor.encode(text, return_type="offset_mapping")
        return Encoded(tuple(mapping["ids"]), tuple(mapping["offsets"]))

    def is_usual_in_lower_case(self, word: str) -> bool:
        """Whether the model's pieces, the most frequent ones first, fit `word` in lower case better than as a noun."""
        lower, upper = (self._processor.encode(each) for each in (word.lower(), word.capitalize()))
        return (len(lower), sum(lower)) < (len(upper), sum(upper))

    def as_source(self, pieces: Encoded, tag: str | None) -> Encoded:
        """What the network reads: the pair's tag if it has one, the pieces, the end token."""
        end = pieces.offsets[-1][1] if pieces.offsets else 0
        head = [] if tag is None else [self._processor.piece_to_id(tag)]
        ids = (*head, *pieces.ids, self._processor.eos_id())
        return Encoded(ids, (*[(0, 0) for _ in head], *pieces.offsets, (end, end)))

    def decode(self, ids: Sequence[int]) -> Decoded:
        """The text of target ids, given without the end token."""
        mapping = self._processor.decode(list(ids), return_type="offset_mapping")
        return Decoded(mapping["text"], tuple(mapping["offsets"]))

    def decode_text(self, ids: Sequence[int]) -> str:
        """The text of ids alone, which is quicker."""
        text: str = self._processor.decode(list(ids))
        return text


def describe(path: Path) -> SubwordFacts:
    """Size and special ids of a `.spm` file, for the artifact's loader."""
    return Subword.load(path).facts
