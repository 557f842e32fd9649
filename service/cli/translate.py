"""`dragoman translate`: a filter, one line in, one line out."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.faults import plainly_told, settings_of
from service.cli.options import Artifacts

if TYPE_CHECKING:
    from service.cli.local import LocalTranslator
    from service.cli.remote import RemoteTranslator
    from service.settings import Settings

# Enough for every row and for those that follow; few enough that memory stays flat whatever the file's size.
_LINES_PER_ROW = 4


def translate(
    target: Annotated[str, typer.Option(help="Language to translate into, such as de.")],
    source: Annotated[str, typer.Option(help="Language of the lines; auto: detect it for each.")] = "auto",
    artifact: Artifacts = None,
    beam_size: Annotated[int | None, typer.Option(help="1 is greedy; the model's own if not given.", min=1)] = None,
    server: Annotated[str | None, typer.Option(help="URL of a running service to do the work.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; standard output if not given.")] = None,
) -> None:
    """Translate standard input line by line: one line in, one line out, in the same order.

    The lines go through the same code as requests of the service, each as one text. A line that cannot be translated
    is reported, its answer stays empty, and the exit code is 1.

    **Examples**

    `dragoman translate --source en --target de < in.txt > out.txt`

    `dragoman translate --target de --beam-size 1 --output out.txt < in.txt`

    `dragoman translate --source en --target de --server http://127.0.0.1:8000 < in.txt`
    """
    origin = None if source.casefold() == "auto" else source
    settings = settings_of(artifacts=tuple(artifact) if artifact else None)
    with plainly_told():
        translator, max_in_flight = _translator(settings, server, origin, target, beam_size)
        num_failed = asyncio.run(_run(translator, output, max_in_flight))
    if num_failed:
        raise typer.Exit(1)


def _translator(
    settings: "Settings", server: str | None, source: str | None, target: str, beam_size: int | None
) -> "tuple[LocalTranslator | RemoteTranslator, int]":
    """Who translates, and how many lines to have in flight."""
    if server is not None:
        from service.cli.remote import NUM_CONNECTIONS, RemoteTranslator

        return RemoteTranslator(server, source, target, beam_size), 2 * NUM_CONNECTIONS
    from service.cli.local import LocalTranslator

    return LocalTranslator(settings, source, target, beam_size), _LINES_PER_ROW * settings.max_rows


async def _run(translator: "LocalTranslator | RemoteTranslator", output: Path | None, max_in_flight: int) -> int:
    from service.cli.filter import Filter
    from service.cli.lines import opened_output, read_lines

    with opened_output(output) as file, _progress(output) as advance:
        lines = Filter(translator, file, max_in_flight, advance)
        async with translator:
            await lines.run(read_lines(sys.stdin.buffer))
    return lines.num_failed


@contextmanager
def _progress(output: Path | None) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on standard error, if that is a terminal which nothing else is written to."""
    if not sys.stderr.isatty() or (output is None and sys.stdout.isatty()):
        yield lambda num_bytes: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    facts = os.fstat(sys.stdin.fileno())
    total = facts.st_size if stat.S_ISREG(facts.st_mode) else None
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("translating", total=total)
        yield lambda num_bytes: progress.advance(task, num_bytes)
