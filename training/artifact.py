"""The text files of an artifact directory."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from training.checkpoint import Checkpoint
from training.config import RunConfig
from training.dataset import PreparedData
from training.scores import Score

FORMAT_VERSION = 1
MODULE, SUBWORD, CONFIG, SAMPLES = "model.ts", "subword.spm", "config.json", "samples.jsonl"
CARD, SUMS = "MODEL_CARD.md", "SHA256SUMS"
SUMMED = (MODULE, SUBWORD, CONFIG, SAMPLES, CARD)  # what is served; a gate's floors and baselines may change beside it


class ArtifactError(Exception):
    """An artifact cannot be written, or is not what its files say."""


def describe(config: RunConfig, checkpoint: Checkpoint, data: PreparedData, artifact_version: str) -> dict[str, Any]:
    """The content of `config.json`, before anything was scored."""
    model, size = checkpoint.model_config, data.subword.vocab_size
    export = config.export
    return {
        "format_version": FORMAT_VERSION,
        "name": export.name,
        "version": artifact_version,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit_of(Path(__file__)),
        "dragoman_version": version("dragoman"),
        "torch_version": str(torch.__version__),
        "pairs": [asdict(pair) for pair in data.pairs],
        "subword": {"source": SUBWORD, "target": SUBWORD},
        "vocabulary": {"source_size": size, "target_size": size},
        "special_ids": {"pad": model.pad_id, "unk": model.unk_id, "bos": model.bos_id, "eos": model.eos_id},
        "limits": {"max_source_tokens": export.max_source_tokens, "max_target_tokens": export.max_target_tokens},
        "search": asdict(config.search),
        "stored_precision": export.stored_precision,
        "model": asdict(model),
        "data": {_data_name(path): digest for path, digest in data.manifest["inputs"].items()},
        "scores": [],
    }


def read_config(directory: Path) -> dict[str, Any]:
    """The content of an artifact's `config.json`.

    Raises:
        ArtifactError: the directory has none that can be read, or of a version that this program does not know.
    """
    try:
        config = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(f"{directory} is not an artifact: {CONFIG} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ArtifactError(f"{directory} is not an artifact: {CONFIG} is not JSON: {error}") from error
    if not isinstance(config, dict) or "format_version" not in config:
        raise ArtifactError(f"{directory} is not an artifact: {CONFIG} has no format_version")
    format_version = config["format_version"]
    if format_version != FORMAT_VERSION:
        raise ArtifactError(f"{directory} has format_version {format_version}; this program knows {FORMAT_VERSION}")
    return config


def write_config(directory: Path, config: dict[str, Any]) -> None:
    """Write `config.json`."""
    text = json.dumps(config, indent=2, ensure_ascii=False, allow_nan=False)
    (directory / CONFIG).write_text(text + "\n", encoding="utf-8")


def with_scores(
    config: dict[str, Any], set_name: str, pair: tuple[str, str], scores: Sequence[Score]
) -> dict[str, Any]:
    """`config` with `scores` on one test set, in place of earlier ones on the same set."""
    place = {"set": set_name, "source": pair[0], "target": pair[1]}
    others = [entry for entry in config["scores"] if any(entry[key] != value for key, value in place.items())]
    return config | {"scores": others + [place | asdict(score) for score in scores]}


def write_sums(directory: Path) -> None:
    """Write `SHA256SUMS`, as `sha256sum` does, over the files that make the artifact."""
    names = sorted(SUMMED)
    lines = [f"{sha256(directory / name)}  {name}\n" for name in names]
    (directory / SUMS).write_text("".join(lines), encoding="utf-8")


def check_sums(directory: Path) -> None:
    """Compare every file that `SHA256SUMS` lists.

    Raises:
        ArtifactError: names the first file that is missing or differs.
    """
    try:
        for line in (directory / SUMS).read_text(encoding="utf-8").splitlines():
            digest, _, name = line.partition("  ")
            if sha256(directory / name) != digest:
                raise ArtifactError(f"{directory / name} is not the file that {SUMS} lists")
    except OSError as error:
        raise ArtifactError(f"{directory} is incomplete: {error}") from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit_of(file: Path) -> str:
    """The commit of the repository that tracks `file`, with `-dirty` where files differ from it; else `unknown`.

    A repository that only surrounds the file, such as one with an environment that this program is installed in, is
    another program's.
    """
    commands = (
        ["git", "ls-files", "--error-unmatch", file.name],
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    )
    try:
        found = [subprocess.run(each, cwd=file.parent, capture_output=True, text=True, check=True) for each in commands]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found[-1].stdout.strip()


def _data_name(path: str) -> str:
    """The path as the configuration gives it; of an absolute one, which names a place on one machine, its end."""
    return "/".join(Path(path).parts[-2:]) if Path(path).is_absolute() else path


def copy_others(source: Path, target: Path) -> None:
    """Copy what lies in an artifact without being part of it: floors and baselines outlive weights."""
    for path in source.iterdir() if source.is_dir() else ():
        if path.is_file() and path.name not in (*SUMMED, SUMS):
            shutil.copyfile(path, target / path.name)
