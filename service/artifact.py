"""Loads an artifact from its directory, or says exactly what is wrong with it.

ArtifactError
├── MissingFile             a file that every artifact has, or that its configuration names
├── UnknownFormat           a format version that this program does not read
├── MalformedConfig         config.json, samples.jsonl or SHA256SUMS does not parse
├── HashMismatch            a file's content is not what SHA256SUMS says, or it is not listed there
├── VocabularyMismatch      the subword model and the network disagree on the number of pieces
├── SpecialIdsMismatch      they disagree on which ids are special
├── MissingVerb             the module is no translator
└── SamplesNotReproduced    the translator does not translate as it did when it was made
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from service.artifact_config import (
    FORMAT_VERSION,
    ArtifactConfig,
    Sample,
    SubwordFacts,
    read_config,
    read_format_version,
    read_samples,
)

VERBS = ("open", "admit", "step", "finished", "best", "release")
MODULE, CONFIG, SAMPLES, SUMS = "model.ts", "config.json", "samples.jsonl", "SHA256SUMS"


class ArtifactError(Exception):
    """A directory that cannot be served."""


class MissingFile(ArtifactError):
    """A file that every artifact has, or that its configuration names, is not there."""


class UnknownFormat(ArtifactError):
    """The format version is not one that this program reads."""


class MalformedConfig(ArtifactError):
    """A text file of the artifact does not parse."""


class HashMismatch(ArtifactError):
    """A file's content is not what SHA256SUMS says."""


class VocabularyMismatch(ArtifactError):
    """The subword model's size is not that of the network's vocabulary."""


class SpecialIdsMismatch(ArtifactError):
    """The subword model's special ids are not the network's."""


class MissingVerb(ArtifactError):
    """The module lacks a verb of the search."""


class SamplesNotReproduced(ArtifactError):
    """The module does not translate as it did when the artifact was made."""


@dataclass(frozen=True)
class Artifact:
    """A checked artifact, its module in float32; `hash` names this very content."""

    path: Path
    config: ArtifactConfig
    hash: str
    module: torch.nn.Module
    samples: tuple[Sample, ...]

    @property
    def name(self) -> str:
        """The name that segments call it by."""
        return self.config.name

    @property
    def source_subword(self) -> Path:
        """The subword model of the source side."""
        return self.path / self.config.subword.source

    @property
    def target_subword(self) -> Path:
        """The subword model of the target side."""
        return self.path / self.config.subword.target


def compile_no_kernels() -> None:
    """Let TorchScript make no kernels of its own on CUDA, for shapes that it meets while serving; process-wide."""
    torch.jit.set_fusion_strategy([])


def load(directory: Path, describe_subword: Callable[[Path], SubwordFacts]) -> Artifact:
    """Load the artifact in `directory` after every check but its samples, which the engine's thread runs.

    `describe_subword` reads a subword model's facts from its file.
    """
    config, samples = _read_texts(directory)
    identity = _check_hashes(directory, {MODULE, CONFIG, SAMPLES, config.subword.source, config.subword.target})
    _check_subword(directory / config.subword.source, config.vocabulary.source_size, config, describe_subword)
    _check_subword(directory / config.subword.target, config.vocabulary.target_size, config, describe_subword)
    module = _load_module(directory / MODULE)
    return Artifact(path=directory, config=config, hash=f"sha256:{identity}", module=module, samples=samples)


def _read_texts(directory: Path) -> tuple[ArtifactConfig, tuple[Sample, ...]]:
    for name in (SUMS, CONFIG, SAMPLES, MODULE):
        _require(directory / name)
    try:
        version = read_format_version(directory / CONFIG)
        if version != FORMAT_VERSION:
            raise UnknownFormat(f"{directory}: format_version is {version!r}; this program reads {FORMAT_VERSION}")
        config, samples = read_config(directory / CONFIG), read_samples(directory / SAMPLES)
    except ValueError as error:
        raise MalformedConfig(f"{directory}: {error}") from error
    for name in (config.subword.source, config.subword.target):
        _require(directory / name)
    return config, samples


def _require(path: Path) -> None:
    if not path.is_file():
        raise MissingFile(f"{path.parent} has no file {path.name}")


def _check_hashes(directory: Path, needed: set[str]) -> str:
    """Compare every listed file with its hash; returns the hash of the list, the artifact's identity."""
    listing = (directory / SUMS).read_bytes()
    expected = _parse_sums(listing.decode("utf-8", "replace"), directory)
    for name in sorted(needed - expected.keys()):
        raise HashMismatch(f"{directory}: {name} is not listed in {SUMS}")
    for name, digest in expected.items():
        _require(directory / name)
        with (directory / name).open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != digest:
            raise HashMismatch(f"{directory}: {name} has sha256 {actual}; {SUMS} says {digest}")
    return hashlib.sha256(listing).hexdigest()


def _parse_sums(text: str, directory: Path) -> dict[str, str]:
    """Parse lines of `sha256sum`: hash, space, space or asterisk, name."""
    sums: dict[str, str] = {}
    for line in text.splitlines():
        digest, separator, name = line[:64], line[64:66], line[66:]
        if len(digest) != 64 or separator not in ("  ", " *") or Path(name).name != name:
            raise MalformedConfig(f"{directory}: {SUMS} has a malformed line: {line[:100]!r}")
        sums[name] = digest.lower()
    return sums


def _check_subword(
    path: Path, size: int, config: ArtifactConfig, describe_subword: Callable[[Path], SubwordFacts]
) -> None:
    facts = describe_subword(path)
    if facts.size != size:
        raise VocabularyMismatch(f"{path} has {facts.size} pieces; the network's vocabulary has {size}")
    if facts.special_ids != config.special_ids:
        raise SpecialIdsMismatch(f"{path} has {facts.special_ids}; the network has {config.special_ids}")


def _load_module(path: Path) -> torch.nn.Module:
    """Load the scripted module for inference in float32, whatever precision it is stored in."""
    _still_the_compiler()
    with warnings.catch_warnings():
        # TorchScript is the artifact's format and deprecated upstream; these are its own words only.
        warnings.filterwarnings("ignore", r"`torch\.jit\.load` is deprecated", DeprecationWarning)
        module: torch.nn.Module = torch.jit.load(str(path), map_location="cpu")
    for verb in VERBS:
        if not hasattr(module, verb):
            raise MissingVerb(f"{path} has no verb {verb!r}; it needs {', '.join(VERBS)}")
    return module.float().eval()


def _still_the_compiler() -> None:
    """Run graphs as they were exported: the profiling executor compiles anew for every shape, for up to minutes."""
    torch._C._jit_set_profiling_executor(False)
    torch._C._jit_set_texpr_fuser_enabled(False)
    torch.jit.set_fusion_strategy([])
