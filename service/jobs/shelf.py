"""Where documents lie while they wait: in files without a name, so that nobody else finds them and none is left behind.

The system frees such a file when it is closed or the process dies, however that dies.
"""

import asyncio
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from service.errors import Overloaded

_RETRY_AFTER_S = 30.0


class Shelf:
    """Files of `max_bytes` together, in `directory` or where temporary files go. For one event loop."""

    def __init__(self, max_bytes: int, directory: Path | None = None) -> None:
        self.num_bytes = 0
        self._max_bytes = max_bytes
        self._directory = directory

    async def put(self, content: bytes) -> "Stored":
        """Keep `content`; raises Overloaded if there is no room for it now."""
        self._reserve(len(content))
        # Neither a task nor cancelled: what a thread has opened is closed, whoever hangs up meanwhile.
        writing = asyncio.get_running_loop().run_in_executor(None, _write, content, self._directory)
        try:
            return Stored(await asyncio.shield(writing), len(content), self)
        except OSError as error:
            self.num_bytes -= len(content)
            raise Overloaded(f"the document cannot be kept: {error.strerror}", _RETRY_AFTER_S) from error
        except asyncio.CancelledError:
            writing.add_done_callback(partial(self._discard, len(content)))
            raise

    def _discard(self, num_bytes: int, written: "asyncio.Future[BinaryIO]") -> None:
        """Close a file that nobody waits for any more."""
        self.num_bytes -= num_bytes
        if written.exception() is None:
            written.result().close()

    def _reserve(self, num_bytes: int) -> None:
        if self.num_bytes + num_bytes > self._max_bytes:
            free = self._max_bytes - self.num_bytes
            message = f"the document has {num_bytes} bytes; of {self._max_bytes} for all documents {free} are free"
            raise Overloaded(message, _RETRY_AFTER_S)
        self.num_bytes += num_bytes


@dataclass(eq=False)
class Stored:
    """A file on a shelf."""

    _file: BinaryIO = field(repr=False)
    num_bytes: int
    shelf: Shelf = field(repr=False)

    async def read(self) -> bytes:
        """All of it, even if it is closed meanwhile."""
        descriptor = os.dup(self._file.fileno())
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(None, _read, descriptor, self.num_bytes))

    def close(self) -> None:
        """Free its room; may be called twice."""
        if not self._file.closed:
            self._file.close()
            self.shelf.num_bytes -= self.num_bytes


def _write(content: bytes, directory: Path | None) -> BinaryIO:
    with ExitStack() as unless_written:
        file = unless_written.enter_context(tempfile.TemporaryFile(dir=directory))
        file.write(content)
        file.flush()
        unless_written.pop_all()
    return file


def _read(descriptor: int, num_bytes: int) -> bytes:
    """The first bytes of a file, by a descriptor of its own, which this closes. Its position is another's."""
    try:
        parts: list[bytes] = []
        offset = 0
        while offset < num_bytes and (part := os.pread(descriptor, num_bytes - offset, offset)):
            parts.append(part)
            offset += len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)
