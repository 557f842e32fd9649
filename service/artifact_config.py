"""What an artifact says about itself: `config.json` and `samples.jsonl`, parsed strictly."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

FORMAT_VERSION = 1


@dataclass(frozen=True)
class SpecialIds:
    """The ids that are no text."""

    pad: int
    unk: int
    bos: int
    eos: int


@dataclass(frozen=True)
class SubwordFacts:
    """What the loader must know of a subword model, as its reader reports it."""

    size: int
    special_ids: SpecialIds


@dataclass(frozen=True)
class Pair:
    """A served direction; `tag` is the piece that goes before the source, where one artifact serves several."""

    source: str
    target: str
    tag: str | None


@dataclass(frozen=True)
class SubwordFiles:
    """File names of the subword models; both sides may share one."""

    source: str
    target: str


@dataclass(frozen=True)
class VocabularySizes:
    """How many pieces the network knows on each side."""

    source_size: int
    target_size: int


@dataclass(frozen=True)
class Limits:
    """The longest source and target that an arena is opened for, special ids included."""

    max_source_tokens: int
    max_target_tokens: int


@dataclass(frozen=True)
class SearchDefaults:
    """How the search is meant to run."""

    beam_size: int
    length_penalty: float
    coverage_penalty: float
    max_length_factor: float
    max_length_offset: int


@dataclass(frozen=True)
class Score:
    """A published figure with what is needed to reproduce it."""

    set: str
    source: str
    target: str
    metric: str
    score: float
    signature: str


@dataclass(frozen=True)
class ArtifactConfig:
    """The whole of `config.json`; `model` and `data` are for people and are not read here."""

    format_version: int
    name: str
    version: str
    created: str
    commit: str
    dragoman_version: str
    torch_version: str
    pairs: tuple[Pair, ...]
    subword: SubwordFiles
    vocabulary: VocabularySizes
    special_ids: SpecialIds
    limits: Limits
    search: SearchDefaults
    stored_precision: str
    model: dict[str, Any]
    data: dict[str, Any]
    scores: tuple[Score, ...]

    def max_length(self, num_source_ids: int) -> int:
        """Target tokens, end token included, that a source of `num_source_ids` may take."""
        wanted = math.ceil(self.search.max_length_factor * num_source_ids) + self.search.max_length_offset
        return min(self.limits.max_target_tokens, wanted)

    def pair(self, source: str, target: str) -> Pair | None:
        """Return the direction from `source` to `target`, if it is served."""
        return next((pair for pair in self.pairs if (pair.source, pair.target) == (source, target)), None)


@dataclass(frozen=True)
class Sample:
    """A source with the translation that this artifact must reproduce; ids include the end token."""

    source_language: str
    target_language: str
    source: str
    source_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    score: float
    log_prob: float
    target: str


def read_config(path: Path) -> ArtifactConfig:
    """Parse `config.json`; raises ValueError naming file and key."""
    return parse_config(_decode(path.read_text("utf-8"), path.name), path.name)


def parse_config(content: object, where: str) -> ArtifactConfig:
    """Check the decoded content of a `config.json`; raises ValueError naming `where` and the key."""
    return _parse(ArtifactConfig, content, where)


def read_format_version(path: Path) -> object:
    """Return what `config.json` gives as its format version, whatever else the file holds."""
    content = _decode(path.read_text("utf-8"), path.name)
    return content.get("format_version") if isinstance(content, dict) else None


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Parse `samples.jsonl`; raises ValueError naming file, line and key."""
    lines = enumerate(path.read_text("utf-8").split("\n"), start=1)
    named = [(f"{path.name} line {number}", line) for number, line in lines if line.strip()]
    return tuple(_parse(Sample, _decode(line, name), name) for name, line in named)


def _decode(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{where}: not JSON: {error}") from error


def _parse(cls: type[T], content: object, where: str) -> T:
    """Build the dataclass `cls` from a JSON object; every key must be known and present."""
    if not isinstance(content, Mapping):
        raise ValueError(f"{where}: expected an object, found {type(content).__name__}")
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    for key in content:
        if key not in known:
            raise ValueError(f"{where}: unknown key {key!r}")
    for key in known:
        if key not in content:
            raise ValueError(f"{where}: missing key {key!r}")
    return cls(**{key: _convert(hints[key], content[key], f"{where}: {key}") for key in known})


def _convert(kind: Any, value: object, where: str) -> object:
    """Check that a JSON `value` is of the annotated `kind`; lists become tuples, whole numbers may be floats."""
    origin = get_origin(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _parse(kind, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(get_args(kind)[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin in (Union, UnionType):
        return None if value is None else _convert(get_args(kind)[0], value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = origin or kind
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise ValueError(f"{where}: expected {expected.__name__}, found {type(value).__name__}")
    return value
