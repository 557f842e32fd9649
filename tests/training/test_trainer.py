"""Laws of a run: what it writes, what it selects, what it refuses, and that more processes change nothing."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import typer
from torch import nn

from tests.training.toy_run import NO_NOISE, run_training, start_training, toy_config, write_config
from training.checkpoint import Checkpoint
from training.config import SearchConfig
from training.dataset import PreparedData
from training.journal import Journal
from training.progress import TrainingError
from training.train import train
from training.trainer import Trainer
from training.validate import validate
from training.world import World


@pytest.fixture(scope="module")
def finished(root: Path, data: PreparedData) -> Path:
    run_training(toy_config(root), data, root / "run")
    return root / "run"


def test_a_run_reports_its_updates_and_its_validations(finished: Path) -> None:
    lines = Journal(finished).read()
    reports = [line for line in lines if "loss" in line]
    assert [line["update"] for line in reports] == list(range(3, int(reports[-1]["update"]) + 1, 3))
    for line in reports:
        expected = {"update", "epoch", "elapsed_s", "loss", "nll", "rate", "grad_norm", "target_tokens_per_s"}
        assert line.keys() == expected
        assert 0 < line["nll"] < 20
    validations = [line for line in lines if "loss" not in line]
    assert [line["epoch"] for line in validations] == [1, 2]
    assert all(line.keys() == {"update", "epoch", "elapsed_s", "dev_bleu", "dev_nll"} for line in validations)


def test_the_horizon_is_the_number_of_updates(finished: Path) -> None:
    progress = Checkpoint.load(finished / "checkpoints" / "last.pt").progress
    assert progress is not None
    assert (progress.epoch, progress.batch) == (2, 0)
    assert progress.update == pytest.approx(progress.horizon, abs=2)


def test_the_best_checkpoint_scores_what_its_validation_said(finished: Path, data: PreparedData) -> None:
    best = Checkpoint.load(finished / "checkpoints" / "best.pt")
    scores = {line["update"]: line for line in Journal(finished).read() if "dev_bleu" in line}
    assert best.dev_bleu == max(line["dev_bleu"] for line in scores.values())
    bleu, nll = validate(best.network("ema"), data, SearchConfig(beam_size=1), max_segments=4)
    assert (bleu, nll) == pytest.approx((scores[best.update]["dev_bleu"], scores[best.update]["dev_nll"]))
    assert best.optimizer is None


def test_every_validation_is_kept_for_averaging(finished: Path) -> None:
    scores = {line["update"] for line in Journal(finished).read() if "dev_bleu" in line}
    assert {int(path.stem[7:]) for path in (finished / "checkpoints").glob("update-*.pt")} == scores


def test_validations_come_as_often_as_asked_and_at_the_end(root: Path, data: PreparedData, tmp_path: Path) -> None:
    run_training(toy_config(root, epochs=3, validate_every_epochs=2), data, tmp_path)
    assert [line["epoch"] for line in Journal(tmp_path).read() if "dev_bleu" in line] == [2, 3]


def test_a_run_that_diverges_ends_with_an_error(root: Path, data: PreparedData, tmp_path: Path) -> None:
    config = toy_config(root, peak_learning_rate=1e38, warmup_updates=0)
    with pytest.raises(TrainingError, match="5 updates in a row"):
        run_training(config, data, tmp_path)


def test_the_command_reports_and_resumes_and_restarts(
    root: Path, data: PreparedData, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "a.yaml", toy_config(root, epochs=1))
    other = write_config(tmp_path / "b.yaml", toy_config(root, epochs=1, seed=2))
    assert exit_code(config, data, tmp_path / "run") == 0
    assert "starting at update 0" in (tmp_path / "run" / "train.log").read_text()
    assert exit_code(config, data, tmp_path / "run") == 0
    assert "resuming at update" in (tmp_path / "run" / "train.log").read_text()
    assert exit_code(other, data, tmp_path / "run") == 2
    assert "training.seed was 1, is 2" in capsys.readouterr().err
    assert exit_code(other, data, tmp_path / "run", resume=False) == 0
    log = (tmp_path / "run" / "train.log").read_text()
    assert log.count("starting at update 0") == 2


def exit_code(config: Path, data: PreparedData, output: Path, resume: bool = True) -> int:
    with pytest.raises(typer.Exit) as end:
        train(config, data.directory, output, resume)
    return end.value.exit_code


@pytest.mark.slow
@pytest.mark.timeout(500)  # it imports torch once more, which takes long on a busy machine
def test_two_processes_make_the_updates_of_one(root: Path, data: PreparedData, tmp_path: Path) -> None:
    quiet = {"source_word_dropout": 0.0, "target_word_dropout": 0.0, "log_every_updates": 1}
    config = toy_config(root, NO_NOISE, epochs=1, precision="fp32", **quiet)
    run_training(config, data, tmp_path / "one")
    file = write_config(tmp_path / "config.yaml", config)
    processes = [start_training(file, data.directory, tmp_path / "two", **world) for world in worlds(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    one, two = (Journal(tmp_path / name).read() for name in ("one", "two"))
    assert [line["update"] for line in one] == [line["update"] for line in two]
    for name in ("loss", "nll", "grad_norm", "dev_nll"):
        mine, theirs = ([line[name] for line in lines if name in line] for lines in (one, two))
        assert mine == pytest.approx(theirs, rel=1e-3)


class BesideNewcomer(World):
    """The first of two processes, of which the other has found no checkpoint."""

    def sum(self, values: Sequence[float]) -> list[float]:
        return list(values)

    def share(self, network: nn.Module) -> nn.Module:
        return network


def test_processes_that_find_different_checkpoints_do_not_wait_for_each_other(
    finished: Path, data: PreparedData, root: Path
) -> None:
    trainer = Trainer(toy_config(root), data, finished, BesideNewcomer(torch.device("cpu"), rank=0, size=2))
    with pytest.raises(TrainingError, match=r"process 0 stands at update \d+, and others do not; .*last\.pt"):
        trainer.run(lambda: True)


def worlds(size: int) -> list[dict[str, str]]:
    """What `torchrun` puts into the environment of each of `size` processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]


def test_the_network_that_is_trained_is_the_configured_one(finished: Path, data: PreparedData, root: Path) -> None:
    config = Checkpoint.load(finished / "checkpoints" / "last.pt").model_config
    assert config == toy_config(root).model.with_vocabulary(data.subword.vocab_size)
    assert config.eos_id == data.subword.eos_id


def test_a_configuration_that_the_data_was_not_prepared_with_is_told(
    root: Path, data: PreparedData, tmp_path: Path
) -> None:
    made = toy_config(root, epochs=1)
    other = replace(
        made,
        corpus=replace(made.corpus, max_characters=7),
        subword=replace(made.subword, vocab_size=99, sampling_alpha=0.0),
    )
    for name, config in (("made", made), ("other", other)):
        assert exit_code(write_config(tmp_path / f"{name}.yaml", config), data, tmp_path / name) == 0
    told = f"WARNING {data.directory} was prepared with other values of corpus.max_characters, subword.vocab_size, and"
    assert told in (tmp_path / "other" / "train.log").read_text()
    assert "WARNING" not in (tmp_path / "made" / "train.log").read_text()
