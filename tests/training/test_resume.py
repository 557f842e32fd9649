"""The law of resuming: a run that was stopped, or killed at any moment, ends with the weights of one that was not."""

import dataclasses
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.toy_run import run_training, start_training, toy_config, write_config
from training.checkpoint import Checkpoint, CheckpointError
from training.dataset import PreparedData
from training.journal import Journal

# Checkpoints after every update, so that a kill often falls into the writing of one.
SETTINGS: dict[str, Any] = {"epochs": 5, "checkpoint_every_s": 0.0}


@pytest.fixture(scope="module")
def unbroken(root: Path, data: PreparedData) -> Path:
    run_training(toy_config(root, **SETTINGS), data, root / "unbroken")
    return root / "unbroken"


def assert_same_run(one: Path, other: Path) -> None:
    """Weights, averages, optimiser, counters and reports are equal, bit for bit; times are not compared."""
    a, b = (Checkpoint.load(run / "checkpoints" / "last.pt") for run in (one, other))
    assert a.progress is not None
    assert b.progress is not None
    assert dataclasses.replace(a.progress, elapsed_s=0.0) == dataclasses.replace(b.progress, elapsed_s=0.0)
    for mine, theirs in ((a.model, b.model), (a.ema, b.ema)):
        assert [name for name in mine if not torch.equal(mine[name], theirs[name])] == []
    assert a.optimizer is not None
    assert b.optimizer is not None
    for key, state in a.optimizer["state"].items():
        assert all(torch.equal(state[name], b.optimizer["state"][key][name]) for name in state)
    assert dev_scores(one) == dev_scores(other)


def dev_scores(run: Path) -> list[tuple[float, float]]:
    return [(line["update"], line["dev_bleu"]) for line in Journal(run).read() if "dev_bleu" in line]


@pytest.mark.parametrize("num_updates", [0, 1, 5])
def test_stopping_changes_nothing(
    root: Path, data: PreparedData, unbroken: Path, num_updates: int, tmp_path: Path
) -> None:
    config = toy_config(root, epochs=5)
    for _ in range(2):
        stopped = run_training(config, data, tmp_path, num_updates)
    assert stopped.progress.update == 2 * num_updates
    run_training(config, data, tmp_path)
    assert_same_run(tmp_path, unbroken)


def test_a_run_interrupted_ten_times_ends_where_an_unbroken_one_ends(
    root: Path, data: PreparedData, unbroken: Path, tmp_path: Path
) -> None:
    config = toy_config(root, epochs=5)
    end = Checkpoint.load(unbroken / "checkpoints" / "last.pt").update
    assert end > 10
    for number in range(1, 11):
        stopped = run_training(config, data, tmp_path, num_updates=end // 11)
        assert stopped.progress.update == number * (end // 11) < end
    run_training(config, data, tmp_path)
    assert_same_run(tmp_path, unbroken)


def test_a_finished_run_stays_as_it_is(root: Path, data: PreparedData, unbroken: Path) -> None:
    before = (unbroken / "checkpoints" / "last.pt").read_bytes()
    run_training(toy_config(root, **SETTINGS), data, unbroken)
    assert (unbroken / "checkpoints" / "last.pt").read_bytes() == before


@pytest.mark.slow
@pytest.mark.timeout(500)  # it imports torch once more, which takes long on a busy machine
def test_killing_changes_nothing(root: Path, data: PreparedData, unbroken: Path, tmp_path: Path) -> None:
    config, seed = toy_config(root, **SETTINGS), random.SystemRandom().randrange(10**6)
    print(f"moments of the signals: seed {seed}")
    draw = random.Random(seed)
    write_config(tmp_path / "config.yaml", config)
    statuses = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGKILL):
        assert interrupt(data, tmp_path, number, draw.uniform(0.0, 0.2)) in (statuses[number], 0)
    run_training(config, data, tmp_path)
    assert_same_run(tmp_path, unbroken)


def interrupt(data: PreparedData, run: Path, number: signal.Signals, after_s: float) -> int | None:
    """Resume in another process, send it a signal soon after its first checkpoint, and return its exit status."""
    last = run / "checkpoints" / "last.pt"
    before = last.stat().st_mtime_ns if last.exists() else 0
    process = start_training(run / "config.yaml", data.directory, run)
    while process.is_alive() and (not last.exists() or last.stat().st_mtime_ns == before):
        time.sleep(0.002)
    time.sleep(after_s)
    if process.is_alive() and process.pid is not None:
        os.kill(process.pid, number)
    process.join()
    return process.exitcode


def test_another_run_is_refused_by_naming_the_difference(root: Path, data: PreparedData, unbroken: Path) -> None:
    config = toy_config(root, **{**SETTINGS, "label_smoothing": 0.2})
    with pytest.raises(CheckpointError, match=r"training\.label_smoothing was 0\.05, is 0\.2"):
        run_training(config, data, unbroken)


def test_settings_that_touch_no_weight_may_change(root: Path, data: PreparedData, tmp_path: Path) -> None:
    run_training(toy_config(root), data, tmp_path, num_updates=2)
    changed = toy_config(root, log_every_updates=1, keep_checkpoints=1, validate_beam_size=2)
    assert run_training(changed, data, tmp_path, num_updates=1).progress.update == 3
