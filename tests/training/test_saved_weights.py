"""Weights from a checkpoint or an artifact: in a mean, or as a network; what cannot fit is refused."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch

from training.artifact import write_sums
from training.average import average_checkpoints
from training.checkpoint import Checkpoint, CheckpointError
from training.dataset import PreparedData
from training.initial_weights import saved_network


def test_an_artifact_counts_in_a_mean_with_its_weights(first: Path, artifact: Path) -> None:
    averaged, mean = Checkpoint.load(first).ema, average_checkpoints([artifact, first]).ema
    for name, tensor in averaged.items():
        torch.testing.assert_close(mean[name], (tensor.half().double() + tensor.double()).div(2).float())


def test_a_mean_ends_with_the_checkpoint_of_a_run(first: Path, artifact: Path) -> None:
    with pytest.raises(CheckpointError, match=f"{artifact} is an artifact; the last has to be"):
        average_checkpoints([first, artifact])


def test_unlike_vocabularies_have_no_mean(first: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pt"
    dataclasses.replace(Checkpoint.load(first), fingerprint={"vocabulary": "0" * 64}).save(foreign)
    with pytest.raises(CheckpointError, match="checkpoints of different subword models cannot be averaged"):
        average_checkpoints([first, foreign])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_heads": 5}, "its config.json describes no network"),
        ({"decoder_size": 128}, "its weights are of another network than it says"),
        ({"no_such_size": 1}, "its config.json describes no network"),
    ],
)
def test_an_artifact_whose_sizes_are_wrong_is_refused_by_name(
    data: PreparedData, artifact: Path, tmp_path: Path, changes: dict[str, int], message: str
) -> None:
    wrong = tmp_path / "wrong"
    shutil.copytree(artifact, wrong)
    config = json.loads((wrong / "config.json").read_text())
    config["model"] |= changes
    (wrong / "config.json").write_text(json.dumps(config))
    write_sums(wrong)
    with pytest.raises(CheckpointError, match=f"--checkpoint.*{wrong}.*{message}"):
        saved_network(wrong, data, "--checkpoint")
