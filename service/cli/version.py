"""`dragoman --version`: what a report of a fault has to name."""

import platform
from importlib.metadata import version
from pathlib import Path

import typer

from service.settings import SettingsError, read_settings


def show_version(is_asked: bool) -> None:
    """Print the versions of what computes and the artifacts that serve if none is named, and end the command."""
    if not is_asked:
        return
    typer.echo(f"dragoman {version('dragoman')}")
    typer.echo(f"torch {version('torch')}")
    typer.echo(f"Python {platform.python_version()}, {platform.platform()}")
    for artifact in _artifacts():
        typer.echo(f"artifact {artifact}")
    raise typer.Exit


def _artifacts() -> list[str]:
    """The directories as the settings name them, from here; or what is wrong with the settings."""
    try:
        return [str(_nearest(path)) for path in read_settings().artifacts]
    except SettingsError as error:
        return [f"unknown: {error}"]


def _nearest(path: Path) -> Path:
    """`path` from here, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
