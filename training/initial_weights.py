"""The weights that a new run begins with: those of a checkpoint, or of an artifact where nobody has the checkpoint."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.config import ModelConfig
from training.artifact import SUBWORD, ArtifactError, check_sums, read_config, sha256
from training.checkpoint import Checkpoint, CheckpointError, Weights
from training.dataset import PreparedData
from training.export import read_module
from training.fingerprint import check_same_vocabulary

SETTING = "training.initial_weights"
RATES = {"embedding_dropout", "hidden_dropout", "output_dropout"}  # no weight depends on them


def initial_weights(path: Path, model_config: ModelConfig, data: PreparedData) -> Weights:
    """The averaged weights of the checkpoint at `path`, or the weights of the artifact there, for a new network.

    Raises:
        CheckpointError: there is neither, the subword model is not the one of `data`, or the network has other sizes
            than `model_config`; the message names each.
    """
    try:
        found, weights, saved = _of_artifact(path) if path.is_dir() else _of_checkpoint(path)
    except (CheckpointError, ArtifactError) as error:
        raise CheckpointError(f"{SETTING}: {error}") from error
    check_same_vocabulary(saved, data, f"{SETTING} {path}")
    _check_sizes(path, found, asdict(model_config))
    return weights


def _of_checkpoint(path: Path) -> tuple[dict[str, Any], Weights, dict[str, str]]:
    """Sizes, weights and fingerprint of a checkpoint."""
    checkpoint = Checkpoint.load(path)
    return asdict(checkpoint.model_config), checkpoint.ema, checkpoint.fingerprint


def _of_artifact(directory: Path) -> tuple[dict[str, Any], Weights, dict[str, str]]:
    """Sizes, weights in float32 and fingerprint of an artifact, whose sums are checked."""
    config = read_config(directory)
    check_sums(directory)
    prefix = "network."
    weights = {
        name.removeprefix(prefix): tensor.float()
        for name, tensor in read_module(directory).state_dict().items()
        if name.startswith(prefix)
    }
    return config.get("model", {}), weights, {"vocabulary": sha256(directory / SUBWORD)}


def _check_sizes(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse another network, naming every size that differs."""
    differing = [name for name in wanted if name not in RATES and found.get(name) != wanted[name]]
    if differing:
        sizes = ", ".join(f"model.{name} is {found.get(name)} there, {wanted[name]} here" for name in differing)
        raise CheckpointError(f"{SETTING} {path}: it is of another network ({sizes})")
