"""The configuration of a training run: frozen dataclasses, checked on construction, read from one YAML file."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from model.config import ModelConfig
from training.checks import check, check_at_least, check_name, check_positive, check_rate
from training.data_config import CorpusConfig, NoiseConfig, SubwordConfig
from training.strict import load_yaml

Precision = Literal["auto", "bf16", "fp32"]
StoredPrecision = Literal["float16", "bfloat16", "float32"]


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
