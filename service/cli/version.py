"""`dragoman --version`: what a report of a fault has to name."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import typer

from service.settings import DEFAULT_ARTIFACT, variable


def show_version(is_asked: bool) -> None:
    """Print the versions of what computes and the artifact that serves if none is named, and end the command."""
    if not is_asked:
        return
    typer.echo(f"dragoman {version('dragoman')}")
    typer.echo(f"torch {version('torch')}")
    typer.echo(f"Python {platform.python_version()}, {platform.platform()}")
    typer.echo(f"artifact {_nearest(Path(os.environ.get(variable('artifacts')) or DEFAULT_ARTIFACT))}")
    raise typer.Exit


def _nearest(path: Path) -> Path:
    """`path` from here, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
