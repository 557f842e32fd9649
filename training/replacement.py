"""A directory that is replaced as a whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(directory: Path) -> Iterator[Path]:
    """An empty directory to write into, which takes the place of `directory` on leaving; after an error nothing has."""
    building = directory.with_name(f".{directory.name}.part")
    former = directory.with_name(f".{directory.name}.former")
    for leftover in (building, former):
        shutil.rmtree(leftover, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        yield building
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    if directory.exists():
        directory.rename(former)
    building.rename(directory)
    shutil.rmtree(former, ignore_errors=True)
