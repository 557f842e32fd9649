"""The weights that a new run begins with: those of a checkpoint, or of an artifact where nobody has the checkpoint."""

import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training.artifact import SUBWORD, ArtifactError, check_sums, read_config, sha256
from training.checkpoint import Checkpoint, CheckpointError, Weights
from training.dataset import PreparedData
from training.export import read_module
from training.fingerprint import check_same_vocabulary
from training.subword import SubwordModel

logger = logging.getLogger(__name__)

SETTING, MATCH_SETTING = "training.initial_weights", "training.match_pieces"
PIECE_WEIGHTS = ("embedding.weight", "decoder.embedding.weight", "decoder.output_bias")  # a row is a piece's
RATES = {"embedding_dropout", "hidden_dropout", "output_dropout"}  # no weight depends on them


def initial_weights(path: Path, model_config: ModelConfig, data: PreparedData) -> Weights:
    """The averaged weights of the checkpoint at `path`, or the weights of the artifact there, for a new network.

    Raises:
        CheckpointError: there is neither, the subword model is not the one of `data`, or the network has other sizes
            than `model_config`; the message names each.
    """
    found = _of_same_vocabulary(path, data, SETTING)
    _check_sizes(path, asdict(found.model_config), asdict(model_config))
    return found.ema


def matched_weights(path: Path, model_config: ModelConfig, fresh: Weights, data: PreparedData) -> Weights:
    """The weights of the artifact at `path`, whose subword model is another than that of `data`, for a new network.

    What belongs to a piece, its row of the embedding and its output bias, is taken where both models have the piece,
    and that of `fresh` where only `data` has (Zoph et al. 2016; Kocmi and Bojar 2018).

    Raises:
        CheckpointError: there is no such artifact, it cannot be used, or its network has other sizes than
            `model_config`, the vocabulary apart; the message names each.
    """
    if path.is_file():
        raise CheckpointError(f"{SETTING} {path}: {MATCH_SETTING} needs an artifact; a checkpoint has no subword model")
    try:
        found = saved_checkpoint(path)
        there, here = SubwordModel.load(path / SUBWORD).ids_of_pieces(), data.subword.ids_of_pieces()
    except (CheckpointError, ValueError) as error:
        raise CheckpointError(f"{SETTING}: {error}") from error
    wanted = replace(model_config, vocab_size=found.model_config.vocab_size)
    _check_sizes(path, asdict(found.model_config), asdict(wanted))
    both = [(there[piece], here[piece]) for piece in here if piece in there]
    from_ids, to_ids = torch.tensor(both).unbind(dim=1)
    logger.info("%d of %d pieces are known to %s", len(both), len(here), path)
    rows = {name: fresh[name].index_copy(0, to_ids, found.ema[name][from_ids]) for name in PIECE_WEIGHTS}
    return {**found.ema, **rows}


def load_initial_weights(
    network: Seq2Seq, path: Path, model_config: ModelConfig, data: PreparedData, match_pieces: bool
) -> None:
    """Give the new `network` the weights at `path`, which are those of other pieces if `match_pieces`.

    Raises:
        CheckpointError: as `initial_weights` and `matched_weights` do.
    """
    if match_pieces:
        weights = matched_weights(path, model_config, network.state_dict(), data)
    else:
        weights = initial_weights(path, model_config, data)
    network.load_state_dict(weights)
    logger.info("beginning with the weights of %s", path)


def saved_network(path: Path, data: PreparedData, what: str) -> Seq2Seq:
    """The network at `path`, in evaluation mode: of a checkpoint, with its averaged weights, or of an artifact.

    Raises:
        CheckpointError: there is neither, or its subword model is not the one of `data`; messages begin with `what`.
    """
    found = _of_same_vocabulary(path, data, what)
    try:
        return found.network()
    except RuntimeError as error:
        raise CheckpointError(f"{what} {path}: its weights are of another network than it says: {error}") from error


def saved_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint at `path`; of an artifact there, one with its weights and nothing of its training.

    Raises:
        CheckpointError: it is neither, or damaged.
    """
    if not path.is_dir():
        return Checkpoint.load(path)
    try:
        config = read_config(path)
        check_sums(path)
        prefix = "network."
        weights = {
            name.removeprefix(prefix): tensor.float()
            for name, tensor in read_module(path).state_dict().items()
            if name.startswith(prefix)
        }
        vocabulary = {"vocabulary": sha256(path / SUBWORD)}
        return Checkpoint(ModelConfig(**config.get("model", {})), weights, weights, update=0, fingerprint=vocabulary)
    except ArtifactError as error:
        raise CheckpointError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: its config.json describes no network: {error}") from error


def _of_same_vocabulary(path: Path, data: PreparedData, what: str) -> Checkpoint:
    """What is at `path`, if it reads the pieces of `data`."""
    try:
        found = saved_checkpoint(path)
    except CheckpointError as error:
        raise CheckpointError(f"{what}: {error}") from error
    check_same_vocabulary(found.fingerprint, data, f"{what} {path}")
    return found


def _check_sizes(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse another network, naming every size that differs."""
    differing = [name for name in wanted if name not in RATES and found.get(name) != wanted[name]]
    if differing:
        sizes = ", ".join(f"model.{name} is {found.get(name)} there, {wanted[name]} here" for name in differing)
        raise CheckpointError(f"{SETTING} {path}: it is of another network ({sizes})")
