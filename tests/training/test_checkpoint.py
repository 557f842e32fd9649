"""Laws of checkpoints: read what was written, whole or not at all; keep the newest and the best."""

import dataclasses
from pathlib import Path

import pytest
import torch

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training.checkpoint import Checkpoint, CheckpointError, CheckpointStore, load_network
from training.progress import Progress

CONFIG = ModelConfig(20, 8, 6, 2, 8, 2, 2)


def make_checkpoint(update: int = 7, dev_bleu: float | None = None, seed: int = 1) -> Checkpoint:
    torch.manual_seed(seed)
    network, average = Seq2Seq(CONFIG), Seq2Seq(CONFIG)
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.tensor([[4, 3]]), torch.tensor([2]), torch.tensor([[2, 5]])).sum().backward()
    optimizer.step()
    return Checkpoint(
        CONFIG,
        network.state_dict(),
        average.state_dict(),
        update,
        dev_bleu,
        optimizer.state_dict(),
        Progress(horizon=100, update=update),
        {"training.seed": "1"},
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    written = make_checkpoint(dev_bleu=31.5)
    written.save(tmp_path / "deep" / "last.pt")
    read = Checkpoint.load(tmp_path / "deep" / "last.pt")
    for name in ("model_config", "update", "dev_bleu", "progress", "fingerprint"):
        assert getattr(read, name) == getattr(written, name)
    for mine, theirs in ((read.model, written.model), (read.ema, written.ema)):
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert read.optimizer is not None
    assert written.optimizer is not None
    assert torch.equal(read.optimizer["state"][0]["exp_avg"], written.optimizer["state"][0]["exp_avg"])


def test_a_crash_while_writing_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.pt"
    make_checkpoint(update=1).save(path)

    def write_half(content: object, stream: object) -> None:
        stream.write(b"PK")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", write_half)
        with pytest.raises(KeyboardInterrupt):
            make_checkpoint(update=2).save(path)
    assert Checkpoint.load(path).update == 1
    make_checkpoint(update=3).save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["last.pt"]


def test_the_average_is_what_a_network_is_made_of_unless_asked_otherwise(tmp_path: Path) -> None:
    checkpoint = make_checkpoint()
    checkpoint.save(tmp_path / "x.pt")
    network = load_network(tmp_path / "x.pt")
    assert not network.training
    assert torch.equal(network.embedding.weight, checkpoint.ema["embedding.weight"])
    raw = load_network(tmp_path / "x.pt", weights="raw")
    assert torch.equal(raw.embedding.weight, checkpoint.model["embedding.weight"])


def test_a_missing_damaged_or_foreign_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*none\.pt"):
        Checkpoint.load(tmp_path / "none.pt")
    make_checkpoint().save(tmp_path / "cut.pt")
    whole = (tmp_path / "cut.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"cut\.pt cannot be read"):
        Checkpoint.load(tmp_path / "cut.pt")
    torch.save({"format_version": 99}, tmp_path / "new.pt")
    with pytest.raises(CheckpointError, match=r"new\.pt has checkpoint format 99"):
        Checkpoint.load(tmp_path / "new.pt")


def test_reading_executes_nothing(tmp_path: Path) -> None:
    torch.save({"format_version": 1, "model_config": Path("x")}, tmp_path / "code.pt")
    with pytest.raises(CheckpointError, match="cannot be read"):
        Checkpoint.load(tmp_path / "code.pt")


def test_the_store_keeps_the_newest_and_the_best(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep=2)
    best = 0.0
    for update, bleu in ((10, 30.0), (20, 10.0), (30, 40.0), (40, 20.0), (100, 5.0), (110, 6.0)):
        weights = dataclasses.replace(make_checkpoint(update, bleu), optimizer=None, progress=None)
        store.save_validated(weights, is_best=bleu > best)
        best = max(best, bleu)
    assert [path.stem for path in store.validated()] == ["update-10", "update-30", "update-100", "update-110"]
    assert Checkpoint.load(store.best).update == 30
    assert [path.stem for path in store.newest(2)] == ["update-100", "update-110"]
    assert [path.stem for path in store.highest(3)] == ["update-30", "update-10", "update-110"]


def test_the_store_of_a_restarted_run_is_empty(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep=1)
    make_checkpoint().save(store.last)
    store.save_validated(make_checkpoint(), is_best=True)
    store.clear()
    assert list(tmp_path.iterdir()) == []
