"""The configuration of a training run: frozen dataclasses, checked on construction, read from one YAML file."""

import os
import re
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from model.config import ModelConfig
from training.checks import check, check_at_least, check_name, check_positive, check_rate
from training.strict import ConfigError, load_yaml

Precision = Literal["auto", "bf16", "fp32"]
StoredPrecision = Literal["float16", "bfloat16", "float32"]


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


@dataclass(frozen=True)
class ModelSettings:
    """The network without its vocabulary, which is known once the subword model is."""

    embedding_size: int = 256
    encoder_size: int = 192  # per direction
    encoder_layers: int = 2
    decoder_size: int = 384
    decoder_layers: int = 2
    num_heads: int = 4
    embedding_dropout: float = 0.2
    hidden_dropout: float = 0.3
    output_dropout: float = 0.3

    def __post_init__(self) -> None:
        self.with_vocabulary(8)  # ModelConfig checks

    def with_vocabulary(self, size: int) -> ModelConfig:
        """The complete configuration of a network over `size` pieces."""
        return ModelConfig(vocab_size=size, **asdict(self))


@dataclass(frozen=True)
class TrainingConfig:
    """How the weights are found: docs/training.md gives the evidence for the defaults."""

    seed: int = 1
    initial_weights: str | None = None  # a checkpoint or an artifact to begin with
    match_pieces: bool = False  # from an artifact whose subword model is another; else it has to be the same
    epochs: int = 30
    batch_tokens: int = 2500  # padded target tokens
    accumulate: int = 1  # batches an update
    peak_learning_rate: float = 1e-3
    warmup_updates: int = 400
    decay_start: float = 0.5  # part of the horizon
    final_rate_fraction: float = 0.03
    adam_beta1: float = 0.9
    adam_beta2: float = 0.98
    clip_norm: float = 1.0
    label_smoothing: float = 0.1
    ema_decay: float = 0.998
    source_word_dropout: float = 0.1
    target_word_dropout: float = 0.1
    precision: Precision = "auto"
    validate_every_epochs: int = 1
    validate_beam_size: int = 1
    max_validation_segments: int | None = None
    patience: int | None = None  # validations without a better BLEU; never before the rate has begun its decay
    keep_checkpoints: int = 3  # of the newest and of the best
    checkpoint_every_s: float = 300.0  # and after every epoch
    num_threads: int | None = None
    log_every_updates: int = 50

    def __post_init__(self) -> None:
        check_at_least(self, 1, "epochs", "batch_tokens", "accumulate", "log_every_updates")
        check_at_least(self, 1, "validate_every_epochs", "validate_beam_size", "max_validation_segments")
        check_at_least(self, 1, "patience", "num_threads")
        check_at_least(self, 0, "seed", "warmup_updates", "keep_checkpoints", "checkpoint_every_s")
        check_positive(self, "peak_learning_rate", "clip_norm")
        check_rate(self, "adam_beta1", "adam_beta2", "label_smoothing", "ema_decay")
        check_rate(self, "source_word_dropout", "target_word_dropout")
        check(
            self.initial_weights is not None or not self.match_pieces,
            "match_pieces",
            True,
            "false without initial_weights",
        )
        for name in ("decay_start", "final_rate_fraction"):
            check(0 <= getattr(self, name) <= 1, name, getattr(self, name), "in [0, 1]")


@dataclass(frozen=True)
class SearchConfig:
    """The search as it is served."""

    beam_size: int = 5
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    max_length_factor: float = 2.0
    max_length_offset: int = 10

    def __post_init__(self) -> None:
        check_at_least(self, 1, "beam_size", "max_length_offset")
        check_at_least(self, 0, "length_penalty", "coverage_penalty", "max_length_factor")


@dataclass(frozen=True)
class ExportConfig:
    """What the artifact is called and how it is stored; its card names the `terms` of corpora by path of the source."""

    name: str
    terms: dict[str, str] = field(default_factory=dict)
    stored_precision: StoredPrecision = "float16"
    max_source_tokens: int = 200
    max_target_tokens: int = 256
    num_samples: int = 16

    def __post_init__(self) -> None:
        check_name(self.name)
        check_at_least(self, 1, "max_source_tokens", "max_target_tokens", "num_samples")


@dataclass(frozen=True)
class RunConfig:
    """A whole run, from text files to an artifact."""

    name: str
    corpus: CorpusConfig
    export: ExportConfig
    subword: SubwordConfig = field(default_factory=SubwordConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    search: SearchConfig = field(default_factory=SearchConfig)

    def __post_init__(self) -> None:
        check_name(self.name)
        sources = {files.source for pair in self.corpus.pairs for files in pair.train}
        for path in self.export.terms:
            check(path in sources, "export.terms", path, "the source of an entry under train")


def load_config(path: Path | str) -> RunConfig:
    """Read and check the configuration file at `path`.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or a key or value is wrong; names file and dotted key.
    """
    return load_yaml(RunConfig, path)
