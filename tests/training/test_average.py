"""Laws of averaging checkpoints."""

from pathlib import Path

import pytest
import torch
from typer import Typer
from typer.testing import CliRunner

from tests.training.test_checkpoint import make_checkpoint
from training.average import average, average_checkpoints, mean_of
from training.checkpoint import Checkpoint, CheckpointError, CheckpointStore, load_network

app = Typer()
app.command()(average)


def make_run(directory: Path) -> list[Checkpoint]:
    store = CheckpointStore(directory / "checkpoints", keep=3)
    checkpoints = [make_checkpoint(u, bleu, seed=u) for u, bleu in ((1, 30.0), (2, 10.0), (3, 20.0))]
    for checkpoint in checkpoints:
        store.save_validated(checkpoint, is_best=False)
    return checkpoints


@pytest.mark.parametrize(("arguments", "chosen"), [(["--last", "2"], [1, 2]), (["--best", "2"], [0, 2])])
def test_the_mean_is_over_the_newest_or_the_best(tmp_path: Path, arguments: list[str], chosen: list[int]) -> None:
    checkpoints = make_run(tmp_path)
    result = CliRunner().invoke(app, [str(tmp_path), *arguments])
    assert result.exit_code == 0, result.output
    averaged = tmp_path / "checkpoints" / "averaged.pt"
    for weights, kind in (("raw", "model"), ("ema", "ema")):
        network = load_network(averaged, weights)  # type: ignore[arg-type]
        for name, tensor in network.state_dict().items():
            expected = sum(getattr(checkpoints[i], kind)[name] for i in chosen) / len(chosen)
            torch.testing.assert_close(tensor, expected)


def test_the_output_goes_where_it_is_asked_to(tmp_path: Path) -> None:
    make_run(tmp_path)
    assert CliRunner().invoke(app, [str(tmp_path), "--last", "1", "--output", str(tmp_path / "x.pt")]).exit_code == 0
    assert Checkpoint.load(tmp_path / "x.pt").update == 3


def test_checkpoints_of_several_runs_count_as_often_as_they_are_given(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "first")[0], make_run(tmp_path / "second")[2]
    names = ["first/checkpoints/update-1.pt", *["second/checkpoints/update-3.pt"] * 3]
    chosen = [argument for name in names for argument in ("--checkpoint", str(tmp_path / name))]
    result = CliRunner().invoke(app, [*chosen, "--output", str(tmp_path / "mean.pt")])
    assert result.exit_code == 0, result.output
    mean = Checkpoint.load(tmp_path / "mean.pt")
    for name, tensor in mean.ema.items():
        torch.testing.assert_close(tensor, (first.ema[name] + 3 * second.ema[name]) / 4)


@pytest.mark.parametrize(
    "arguments",
    [
        ["RUN"],
        ["RUN", "--last", "1", "--best", "1"],
        ["RUN", "--last", "0"],
        ["--last", "1"],
        ["--checkpoint", "RUN/checkpoints/update-1.pt"],
        ["RUN", "--checkpoint", "RUN/checkpoints/update-1.pt", "--output", "RUN/x.pt"],
        ["--checkpoint", "RUN/checkpoints/update-1.pt", "--last", "1", "--output", "RUN/x.pt"],
        ["--checkpoint", "RUN/checkpoints/update-7.pt", "--output", "RUN/x.pt"],
    ],
)
def test_exactly_one_choice_is_needed(tmp_path: Path, arguments: list[str]) -> None:
    make_run(tmp_path)
    assert CliRunner().invoke(app, [each.replace("RUN", str(tmp_path)) for each in arguments]).exit_code == 2


def test_nothing_to_average_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), "--last", "3"])
    assert result.exit_code == 2
    assert "there are no checkpoints to average" in result.output


def test_the_mean_of_one_is_itself(tmp_path: Path) -> None:
    checkpoint = make_checkpoint()
    checkpoint.save(tmp_path / "one.pt")
    mean = average_checkpoints([tmp_path / "one.pt"] * 3)
    assert all(torch.equal(mean.ema[name], checkpoint.ema[name]) for name in checkpoint.ema)
    assert mean.optimizer is None
    assert mean.progress is None


def test_different_networks_have_no_mean() -> None:
    with pytest.raises(CheckpointError, match="different networks"):
        mean_of([{"w": torch.zeros(2)}, {"w": torch.zeros(3)}])
