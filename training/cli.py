"""`dragoman-train`: the pipeline, a command for each stage."""

import sys
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from training.corpus import CorpusError
from training.strict import ConfigError

STAGES = {  # command: its module, which names the function like the command
    "fetch": "fetch",
    "toy": "toy",
    "prepare": "prepare",
    "train": "train",
    "average": "average",
    "tune": "tune",
    "export": "export",
    "evaluate": "evaluate",
    "require": "require",
    "gate": "gate",
    "behaviour": "behaviour_command",
    "translate": "translate",
    "distil": "distil",
    "plot": "plots",
    "ablate": "laboratory",
}


class Pipeline(TyperGroup):
    """Imports a stage when it is asked for: fetching a corpus need not wait for torch.

    The types of context and command are `Any` because typer keeps a private copy of click's.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The stages, in the order of a run."""
        return list(STAGES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of one stage."""
        if cmd_name not in STAGES:
            return None
        stage = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
        stage.command(cmd_name)(getattr(import_module(f"training.{STAGES[cmd_name]}"), cmd_name))
        return typer.main.get_command(stage)


app = typer.Typer(cls=Pipeline, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")


@app.callback()
def pipeline() -> None:
    """Train a translation model: from two text files to an artifact that `dragoman serve` serves."""


def main() -> None:
    """Run a command; what the user can mend is one line on standard error and exit status 2."""
    try:
        app()
    except (ConfigError, CorpusError, UnicodeDecodeError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    sys.exit(2)
