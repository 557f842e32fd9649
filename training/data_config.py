"""The configuration of what a run reads: its corpora and directions, subwords, and noise."""

import os
import re
from dataclasses import dataclass, fields
from typing import Literal

from training.checks import check, check_at_least, check_rate
from training.strict import ConfigError


@dataclass(frozen=True)
class CorpusFiles:
    """Two aligned text files, one segment a line; `.gz` is read transparently."""

    source: str
    target: str
    repeat: int = 1  # times that an epoch sees it
    max_pairs: int | None = None  # of a larger corpus a random part, the same in every run

    def __post_init__(self) -> None:
        check_at_least(self, 1, "repeat", "max_pairs")


@dataclass(frozen=True)
class PairConfig:
    """One direction: languages, the tag that asks for it (none in a model of one direction), and its files."""

    source: str
    target: str
    train: tuple[CorpusFiles, ...]
    dev: tuple[CorpusFiles, ...]
    tag: str | None = None

    def __post_init__(self) -> None:
        for name in ("source", "target"):
            check(
                bool(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]+)?", getattr(self, name))),
                name,
                getattr(self, name),
                "a language code",
            )
        check(self.source != self.target, "target", self.target, "another language than the source")
        for name in ("train", "dev"):
            check(len(getattr(self, name)) > 0, name, getattr(self, name), "at least one corpus")
        check(self.tag is None or bool(re.fullmatch(r"<\S+>", self.tag)), "tag", self.tag, "of the form <2de>")


@dataclass(frozen=True)
class CorpusConfig:
    """What is trained on, and which pairs are left out."""

    pairs: tuple[PairConfig, ...]
    held_out: tuple[str, ...] = ()  # a training pair with a side that equals a line of these files is dropped
    max_characters: int = 600
    max_length_ratio: float = 3.0
    deduplicate: bool = True

    def __post_init__(self) -> None:
        check(len(self.pairs) > 0, "pairs", self.pairs, "at least one")
        check_at_least(self, 1, "max_characters", "max_length_ratio")
        tags = [pair.tag for pair in self.pairs]
        if len(tags) > 1 and (None in tags or any(self._is_ambiguous(pair) for pair in self.pairs)):
            raise ConfigError("in a model of several directions each target language needs its own tag")
        trained = {os.path.normpath(f) for p in self.pairs for c in p.train for f in (c.source, c.target)}
        developed = {os.path.normpath(f) for p in self.pairs for c in p.dev for f in (c.source, c.target)}
        for path in sorted(trained & (developed | {os.path.normpath(f) for f in self.held_out})):
            raise ConfigError(f"{path} is held out, so it must not be trained on")

    def _is_ambiguous(self, pair: PairConfig) -> bool:
        return any(pair.tag == other.tag and pair.target != other.target for other in self.pairs)


@dataclass(frozen=True)
class SubwordConfig:
    """One SentencePiece model for all languages."""

    vocab_size: int = 5000
    model_type: Literal["unigram", "bpe"] = "unigram"
    character_coverage: float = 1.0
    byte_fallback: bool = True
    sampling_alpha: float = 0.1  # of the segmentations in training; 0 is always the best one
    max_training_sentences: int = 2_000_000
    model: str | None = None  # a SentencePiece file to take instead of fitting one to the corpus

    def __post_init__(self) -> None:
        if self.model is not None:
            self._check_only_sampling()
        check_at_least(self, 8, "vocab_size")
        check(0.98 <= self.character_coverage <= 1, "character_coverage", self.character_coverage, "in [0.98, 1]")
        check_at_least(self, 0, "sampling_alpha")
        if self.sampling_alpha > 0 and self.model_type != "unigram":
            raise ConfigError(
                f"sampling_alpha is {self.sampling_alpha}; only unigram models are sampled, so it must be 0"
            )
        check_at_least(self, 1, "max_training_sentences")
        for name, bits in (("vocab_size", 31), ("max_training_sentences", 63)):  # SentencePiece's integers
            check(getattr(self, name) < 2**bits, name, getattr(self, name), f"below {2**bits}")

    def _check_only_sampling(self) -> None:
        """What a model was fitted with cannot be set beside it."""
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name not in ("model", "sampling_alpha") and value != each.default:
                raise ConfigError(f"{each.name} is {value}; the model {self.model} has its own, so leave it out")


@dataclass(frozen=True)
class NoiseConfig:
    """How often training pairs are changed so that the network copes with text as people type it."""

    names: float = 0.0  # words with a capital that are equal on both sides become invented names
    numbers: float = 0.0  # numbers that are equal on both sides become other numbers
    lower_case: float = 0.0  # the source loses its capitals, the target keeps them
    full_stop: float = 0.0  # both sides lose the mark that ends them

    def __post_init__(self) -> None:
        check_rate(self, "names", "numbers", "lower_case", "full_stop")
