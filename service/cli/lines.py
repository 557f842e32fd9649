"""A file as lines of text: a line ends at LF and nowhere else, whatever characters are in it."""

import asyncio
import queue
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from service.cli.faults import UserFault


@dataclass(frozen=True)
class Line:
    """A line's text, how it ends, and its number from 1."""

    text: str
    ending: bytes
    number: int


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of `stream`; the last one may lack its end."""
    for number, raw in enumerate(stream, start=1):
        ending = b"\n" if raw.endswith(b"\n") else b""
        try:
            text = raw.removesuffix(b"\n").decode("utf-8")
        except UnicodeDecodeError as error:
            raise UserFault(f"line {number} is not UTF-8 at byte {error.start}") from None
        yield Line(text, ending, number)


async def read_ahead(lines: Iterator[Line]) -> AsyncIterator[Line]:
    """The same lines, read in a thread: a pipe may keep its reader waiting while translations arrive.

    The thread is a daemon, so that one which waits for ever does not keep the program from ending.
    """
    loop = asyncio.get_running_loop()
    wanted: queue.SimpleQueue[asyncio.Future[Line | None] | None] = queue.SimpleQueue()

    def read() -> None:
        while (future := wanted.get()) is not None:
            try:
                settle = partial(_settle, future, next(lines, None), None)
            except Exception as error:
                settle = partial(_settle, future, None, error)
            with suppress(RuntimeError):  # the loop may be over by now
                loop.call_soon_threadsafe(settle)

    threading.Thread(target=read, name="lines", daemon=True).start()
    try:
        while (line := await _ask(wanted, loop.create_future())) is not None:
            yield line
    finally:
        wanted.put(None)


async def _ask(
    wanted: "queue.SimpleQueue[asyncio.Future[Line | None] | None]", future: "asyncio.Future[Line | None]"
) -> Line | None:
    wanted.put(future)
    return await future


def _settle(future: "asyncio.Future[Line | None]", line: Line | None, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(line)


@contextmanager
def opened_output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or the file at `path`."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise UserFault(f"cannot write {path}: {error.strerror}") from error
    with file:
        yield file
