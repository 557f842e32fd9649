"""The command that trains: joins its processes, listens for a request to stop, and runs the trainer."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from training.checkpoint import CheckpointError
from training.config import load_config
from training.dataset import PreparedData
from training.fingerprint import warn_of_other_data
from training.progress import TrainingError
from training.progress_bar import log_to
from training.stop_request import StopRequest
from training.trainer import Trainer
from training.world import World


def train(
    config: Annotated[Path, typer.Argument(help="The run's YAML file.")],
    data: Annotated[Path, typer.Option(help="Prepared data.")],
    output: Annotated[Path, typer.Option(help="The run's directory: checkpoints, log, metrics.")],
    resume: Annotated[
        bool, typer.Option("--resume/--restart", help="Go on from the last checkpoint, or begin anew.")
    ] = True,
) -> None:
    """Train a network, going on from the last checkpoint if there is one.

    SIGTERM and SIGINT end the run after the update in hand, saved. With `torchrun`, several processes share a run.

    Example: dragoman-train train training/configs/multi30k-en-de.yaml --data runs/multi30k-en-de/data
    --output runs/multi30k-en-de
    """
    run_config, prepared = load_config(config), PreparedData.open(data)
    if run_config.training.num_threads:
        torch.set_num_threads(run_config.training.num_threads)
    world = World.join()
    try:
        with log_to(output / "train.log", world.is_main), StopRequest() as stop:
            if world.is_main:
                warn_of_other_data(run_config, prepared)
            trainer = Trainer(run_config, prepared, output, world)
            if not resume:
                trainer.forget()
            trainer.run(stop.is_made)
    except (CheckpointError, TrainingError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    finally:
        world.leave()
    raise typer.Exit(stop.exit_code)
