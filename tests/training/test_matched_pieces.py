"""Laws of a run that begins with the weights of an artifact of another vocabulary: it takes what is of use there."""

import dataclasses
from pathlib import Path

import pytest
import torch

from tests.training.toy_run import SIZES, run_training, toy_config
from training.checkpoint import Checkpoint, CheckpointError
from training.config import RunConfig
from training.dataset import PreparedData
from training.fingerprint import fingerprint
from training.initial_weights import PIECE_WEIGHTS, matched_weights, saved_checkpoint
from training.prepare import prepare_data
from training.subword import SubwordModel


@pytest.fixture(scope="module")
def config(root: Path, artifact: Path) -> RunConfig:
    """Of a run with more pieces than the artifact has."""
    config = toy_config(root, initial_weights=str(artifact), match_pieces=True)
    return dataclasses.replace(config, subword=dataclasses.replace(config.subword, vocab_size=25))


@pytest.fixture(scope="module")
def larger(root: Path, config: RunConfig) -> PreparedData:
    prepare_data(config, root / "larger")
    return PreparedData.open(root / "larger")


def test_pieces_that_both_have_begin_with_their_own_rows_and_the_others_as_without(
    root: Path, artifact: Path, data: PreparedData, config: RunConfig, larger: PreparedData, tmp_path: Path
) -> None:
    """A run that is stopped before its first update has the weights that it began with."""
    run_training(config, larger, tmp_path / "matched", num_updates=0)
    plain = dataclasses.replace(config, training=dataclasses.replace(
        config.training, initial_weights=None, match_pieces=False
    ))  # fmt: skip
    run_training(plain, larger, tmp_path / "plain", num_updates=0)
    began, random = (Checkpoint.load(tmp_path / name / "checkpoints/last.pt").model for name in ("matched", "plain"))
    found = saved_checkpoint(artifact).ema
    there, here = (each.subword.ids_of_pieces() for each in (data, larger))
    assert len(here) > len(there & here.keys()) >= 4  # the special pieces are in both, and some are new
    for name in PIECE_WEIGHTS:
        for piece, row in here.items():
            expected = found[name][there[piece]] if piece in there else random[name][row]
            assert torch.equal(began[name][row], expected), (name, piece)
    for name in found.keys() - set(PIECE_WEIGHTS):
        assert torch.equal(began[name], found[name]), name


def test_the_same_vocabulary_is_matched_whole(artifact: Path, data: PreparedData) -> None:
    found = saved_checkpoint(artifact)
    fresh = {name: torch.zeros_like(tensor) for name, tensor in found.ema.items()}
    weights = matched_weights(artifact, found.model_config, fresh, data)
    assert all(torch.equal(weights[name], tensor) for name, tensor in found.ema.items())


def test_other_sizes_are_named_and_the_vocabulary_is_not(artifact: Path, larger: PreparedData) -> None:
    wanted = dataclasses.replace(SIZES, decoder_size=12).with_vocabulary(larger.subword.vocab_size)
    with pytest.raises(CheckpointError) as raised:
        matched_weights(artifact, wanted, {}, larger)
    assert "(model.decoder_size is 8 there, 12 here)" in str(raised.value)


def test_a_checkpoint_which_has_no_subword_model_is_refused(first: Path, larger: PreparedData) -> None:
    sizes = SIZES.with_vocabulary(larger.subword.vocab_size)
    with pytest.raises(CheckpointError, match=f"{first}: training.match_pieces needs an artifact; a checkpoint has"):
        matched_weights(first, sizes, {}, larger)


def test_an_artifact_that_is_not_there_is_named(larger: PreparedData, tmp_path: Path) -> None:
    sizes = SIZES.with_vocabulary(larger.subword.vocab_size)
    with pytest.raises(CheckpointError, match=f"training.initial_weights: there is no checkpoint {tmp_path}/nowhere"):
        matched_weights(tmp_path / "nowhere", sizes, {}, larger)


def test_a_run_from_before_there_was_the_setting_goes_on(root: Path, data: PreparedData) -> None:
    assert "training.match_pieces" not in fingerprint(toy_config(root), data)
    matching = fingerprint(toy_config(root, initial_weights="a", match_pieces=True), data)
    assert matching["training.match_pieces"] == "true"


def test_pieces_are_matched_only_where_weights_are_given(root: Path) -> None:
    with pytest.raises(ValueError, match=r"match_pieces.*false without initial_weights"):
        toy_config(root, match_pieces=True)


def test_each_piece_is_known_by_its_id(data: PreparedData) -> None:
    again = SubwordModel(data.subword.serialized)
    ids = again.ids_of_pieces()
    assert sorted(ids.values()) == list(range(again.vocab_size))
    assert [ids[name] for name in ("<pad>", "<unk>", "<s>", "</s>")] == [0, 1, 2, 3]
