"""The command `dragoman`: serve, translate, check, models, keys."""

import sys
from typing import Annotated

import typer

from service.cli.check import check
from service.cli.faults import UserFault
from service.cli.keys import app as keys
from service.cli.models import models
from service.cli.serve import serve
from service.cli.translate import translate
from service.cli.version import show_version

app = typer.Typer(
    name="dragoman",
    epilog="Settings are DRAGOMAN_* variables too, such as DRAGOMAN_ARTIFACTS; a flag wins over its variable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show versions and exit.")
    ] = False,
) -> None:
    """Neural machine translation: an HTTP service, and a filter for files."""


for verb in (serve, translate, check, models):
    app.command()(verb)
app.add_typer(keys)


def main() -> None:
    """Run the command; what the user can mend is one line and exit code 2."""
    try:
        app()
    except UserFault as fault:
        print(f"dragoman: {fault}", file=sys.stderr)
        sys.exit(2)
