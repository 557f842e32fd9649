"""Options that several verbs have."""

from pathlib import Path
from typing import Annotated

import typer

Artifacts = Annotated[
    list[Path] | None,
    typer.Option("--artifact", help="An artifact's directory; give it again for another one.", show_default=False),
]
