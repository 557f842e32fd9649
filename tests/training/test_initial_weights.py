"""Laws of a run that begins with the weights of another: it starts where that ended, and is refused what cannot fit."""

import dataclasses
import json
import shutil
import signal
from pathlib import Path

import pytest
import torch
import typer

from tests.training.test_resume import assert_same_run, interrupt
from tests.training.toy_run import NO_NOISE, SIZES, run_training, toy_config, write_config
from training.checkpoint import Checkpoint
from training.config import ModelSettings, RunConfig
from training.dataset import PreparedData
from training.export import export_artifact
from training.journal import Journal
from training.loss import Objective
from training.prepare import prepare_data
from training.train import train

QUIET = {"source_word_dropout": 0.0, "target_word_dropout": 0.0, "log_every_updates": 1}


def exit_code(config: RunConfig, data: Path, output: Path) -> int:
    with pytest.raises(typer.Exit) as end:
        train(write_config(output.with_suffix(".yaml"), config), data, output)
    return end.value.exit_code


def test_a_run_starts_at_the_loss_of_the_weights_that_it_begins_with(
    root: Path, data: PreparedData, first: Path, tmp_path: Path
) -> None:
    config = toy_config(root, NO_NOISE, initial_weights=str(first), **QUIET)
    run_training(config, data, tmp_path, num_updates=1)
    group = [batch for batch, _ in zip(batches(config, data), range(config.training.accumulate), strict=False)]
    objective = Objective(Checkpoint.load(first).network(), smoothing=0.0)
    nll = sum(objective(b.src_ids, b.src_lengths, b.tgt_in, b.tgt_out).nll.item() for b in group)
    expected = nll / sum(batch.num_target_tokens for batch in group)
    assert Journal(tmp_path).read()[0]["nll"] == pytest.approx(expected, rel=1e-3)
    untrained = tmp_path / "untrained"
    run_training(toy_config(root, NO_NOISE, **QUIET), data, untrained, num_updates=1)
    assert abs(Journal(untrained).read()[0]["nll"] - expected) > 0.01 * expected


def batches(config: RunConfig, data: PreparedData):  # type: ignore[no-untyped-def]  # as a trainer asks for them
    settings = config.training
    return data.batches(
        seed=settings.seed,
        epoch=0,
        batch_tokens=settings.batch_tokens,
        sampling_alpha=config.subword.sampling_alpha,
        noise=config.noise,
    )


def test_the_weights_of_an_artifact_are_those_of_its_checkpoint_as_it_stores_them(
    root: Path, data: PreparedData, first: Path, artifact: Path, tmp_path: Path
) -> None:
    """A run that is stopped before its first update has the weights that it began with."""
    weights = []
    for number, path in enumerate((first, artifact)):
        config = toy_config(root, initial_weights=str(path))
        run_training(config, data, tmp_path / str(number), num_updates=0)
        weights.append(Checkpoint.load(tmp_path / str(number) / "checkpoints" / "last.pt"))
    averaged = Checkpoint.load(first).ema
    assert all(torch.equal(weights[0].model[name], averaged[name]) for name in averaged)
    for name, tensor in averaged.items():
        assert torch.equal(weights[1].model[name], tensor.half().float())
        assert torch.equal(weights[1].ema[name], weights[1].model[name])


def test_going_on_needs_the_initial_weights_no_more_and_is_exact(
    root: Path, data: PreparedData, first: Path, tmp_path: Path
) -> None:
    initial = tmp_path / "initial.pt"
    initial.write_bytes(first.read_bytes())
    config = toy_config(root, initial_weights=str(initial))
    run_training(config, data, tmp_path / "unbroken")
    run_training(config, data, tmp_path / "broken", num_updates=2)
    initial.unlink()
    run_training(config, data, tmp_path / "broken", num_updates=3)
    run_training(config, data, tmp_path / "broken")
    assert_same_run(tmp_path / "broken", tmp_path / "unbroken")


def test_a_file_that_is_not_there_is_named(
    root: Path, data: PreparedData, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = toy_config(root, initial_weights=str(tmp_path / "none.pt"))
    assert exit_code(config, data.directory, tmp_path / "run") == 2
    assert f"training.initial_weights: there is no checkpoint {tmp_path / 'none.pt'}" in capsys.readouterr().err


def test_a_directory_that_is_no_artifact_is_named(
    root: Path, data: PreparedData, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(toy_config(root, initial_weights=str(root)), data.directory, tmp_path / "run") == 2
    assert f"training.initial_weights: {root} is not an artifact" in capsys.readouterr().err


def test_a_damaged_artifact_is_refused_by_its_file(
    root: Path, data: PreparedData, artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(artifact, damaged)
    with (damaged / "model.ts").open("ab") as file:
        file.write(b"x")
    assert exit_code(toy_config(root, initial_weights=str(damaged)), data.directory, tmp_path / "run") == 2
    assert f"training.initial_weights: {damaged / 'model.ts'} is not the file that" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["checkpoint", "artifact"])
def test_every_size_that_differs_is_named(
    kind: str, root: Path, data: PreparedData, first: Path, artifact: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    sizes: ModelSettings = dataclasses.replace(SIZES, decoder_size=12, encoder_layers=1)
    path = first if kind == "checkpoint" else artifact
    assert exit_code(toy_config(root, sizes, initial_weights=str(path)), data.directory, tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert "model.encoder_layers is 2 there, 1 here, model.decoder_size is 8 there, 12 here" in said


@pytest.mark.parametrize("kind", ["checkpoint", "artifact"])
def test_another_vocabulary_is_refused_with_the_way_out(
    kind: str, root: Path, first: Path, artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = first if kind == "checkpoint" else artifact
    config = toy_config(root, initial_weights=str(path))
    larger = dataclasses.replace(config, subword=dataclasses.replace(config.subword, vocab_size=25))
    prepare_data(larger, tmp_path / "data")
    assert exit_code(larger, tmp_path / "data", tmp_path / "run") == 2
    assert "prepare data with its model as subword.model" in capsys.readouterr().err


def test_other_data_with_the_model_of_an_artifact_can_go_on_from_it(root: Path, artifact: Path, tmp_path: Path) -> None:
    """Tuning: other sentences, the same pieces; the tuned network can be exported in its turn."""
    spm = str(artifact / "subword.spm")
    config = toy_config(root, initial_weights=str(artifact), epochs=1)
    config = dataclasses.replace(
        config,
        subword=dataclasses.replace(config.subword, vocab_size=5000, byte_fallback=True, model=spm),
        corpus=dataclasses.replace(config.corpus, max_characters=4),
        export=dataclasses.replace(config.export, terms={config.corpus.pairs[0].train[0].source: "digits; CC0 1.0"}),
    )
    manifest = prepare_data(config, tmp_path / "data")
    assert spm in manifest["inputs"]
    own = PreparedData.open(tmp_path / "data")
    run_training(config, own, tmp_path / "run")
    last = Checkpoint.load(tmp_path / "run" / "checkpoints" / "last.pt")
    export_artifact(config, last, own, tmp_path / "tuned")
    assert (tmp_path / "tuned" / "subword.spm").read_bytes() == (artifact / "subword.spm").read_bytes()
    card = (tmp_path / "tuned" / "MODEL_CARD.md").read_text()
    assert "| digits; CC0 1.0 |" in card
    assert f"It began with the weights of `{root.name}/artifact`, and carries the terms of their data as well." in card
    assert json.loads((tmp_path / "tuned" / "config.json").read_text())["data"].keys() == {
        "/".join(Path(name).parts[-2:]) for name in manifest["inputs"]
    }


def test_a_checkpoint_that_does_not_know_its_vocabulary_is_known_by_its_data(
    root: Path, data: PreparedData, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of earlier versions name their data alone."""
    checkpoint = Checkpoint.load(first)
    for kept, code in (("data", 0), ("training.seed", 2)):
        path = tmp_path / f"{kept}.pt"
        dataclasses.replace(checkpoint, fingerprint={kept: checkpoint.fingerprint[kept]}).save(path)
        config = toy_config(root, initial_weights=str(path), epochs=1)
        assert exit_code(config, data.directory, tmp_path / kept.replace(".", "-")) == code


@pytest.mark.slow
@pytest.mark.timeout(500)  # it imports torch once more, which takes long on a busy machine
def test_killing_changes_nothing(root: Path, data: PreparedData, artifact: Path, tmp_path: Path) -> None:
    config = toy_config(root, epochs=4, checkpoint_every_s=0.0, initial_weights=str(artifact))
    run_training(config, data, tmp_path / "unbroken")
    broken = tmp_path / "broken"
    broken.mkdir()
    write_config(broken / "config.yaml", config)
    for _ in range(2):
        assert interrupt(data, broken, signal.SIGKILL, 0.05) in (-signal.SIGKILL, 0)
    run_training(config, data, broken)
    assert_same_run(broken, tmp_path / "unbroken")
