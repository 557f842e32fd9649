"""The mean of several checkpoints' weights: often a little better than each (Junczys-Dowmunt et al. 2016)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from training.checkpoint import Checkpoint, CheckpointError, CheckpointStore, Weights
from training.initial_weights import saved_checkpoint


def mean_of(weights: Sequence[Weights]) -> dict[str, Tensor]:
    """The mean of each tensor, summed in float64.

    Raises:
        CheckpointError: there is nothing to average, or the tensors differ in name or shape.
    """
    if not weights:
        raise CheckpointError("there are no checkpoints to average")
    shapes = [{name: tensor.shape for name, tensor in each.items()} for each in weights]
    if any(each != shapes[0] for each in shapes):
        raise CheckpointError("checkpoints of different networks cannot be averaged")
    return {name: _mean([each[name] for each in weights]) for name in weights[0]}


def average_checkpoints(paths: Sequence[Path]) -> Checkpoint:
    """A checkpoint whose weights, raw and EMA, are the means over `paths`; all else is that of the last.

    An artifact among them counts with its weights.

    Raises:
        CheckpointError: one cannot be read, the last is an artifact, or they are of different networks or vocabularies.
    """
    checkpoints = [saved_checkpoint(path) for path in paths]
    if paths and paths[-1].is_dir():
        raise CheckpointError(f"{paths[-1]} is an artifact; the last has to be the checkpoint of a run")
    if len({each.fingerprint.get("vocabulary") for each in checkpoints} - {None}) > 1:
        raise CheckpointError("checkpoints of different subword models cannot be averaged")
    model, ema = mean_of([c.model for c in checkpoints]), mean_of([c.ema for c in checkpoints])
    return replace(checkpoints[-1], model=model, ema=ema, dev_bleu=None, optimizer=None, progress=None)


def average(
    run: Annotated[Path | None, typer.Argument(help="Directory of a run.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; CHECKPOINTS/averaged.pt if not given.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Average the newest checkpoints of RUN.")] = None,
    best: Annotated[int | None, typer.Option(min=1, help="Average those of RUN with the highest dev BLEU.")] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="Average these, or artifacts; the last is the run to export.")
    ] = None,
) -> None:
    """Average the weights of a run's checkpoints, or of runs that began from one another (Wortsman et al. 2022).

    Example: dragoman-train average runs/multi30k-en-de --best 3
    """
    if [last, best, checkpoint or None].count(None) != 2:
        raise typer.BadParameter("give one of --last, --best and --checkpoint")
    if checkpoint:
        if run is not None or output is None:
            raise typer.BadParameter("--checkpoint goes with --output, and without a run")
        paths, target = checkpoint, output
    elif run is None:
        raise typer.BadParameter("--last and --best need the directory of a run")
    else:
        store = CheckpointStore(run / "checkpoints", keep=0)
        paths = store.newest(last) if last else store.highest(best or 0)
        target = output or store.directory / "averaged.pt"
    try:
        ordered = paths if checkpoint else sorted(paths, key=lambda path: Checkpoint.load(path).update)
        average_checkpoints(ordered).save(target)
    except CheckpointError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{target}: mean of {', '.join(path.name if run else str(path) for path in paths)}")


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    return torch.stack([tensor.to(torch.float64) for tensor in tensors]).mean(dim=0).to(tensors[0].dtype)
