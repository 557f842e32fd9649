"""Many lines in flight, their answers in order, and never more of either in memory than that."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from service.cli.lines import Line, read_ahead
from service.translation import TextError


@dataclass(frozen=True)
class Answer:
    """A line's translation, or why there is none."""

    text: str | None
    error: TextError | None = None


class Filter:
    """Translates lines, at most `max_in_flight` of them at a time, and writes the answers in the order of the lines."""

    def __init__(
        self,
        translate: Callable[[str], Awaitable[Answer]],
        output: BinaryIO,
        max_in_flight: int,
        advance: Callable[[int], None],
    ) -> None:
        self._translate = translate
        self._output = output
        self._advance = advance
        self._pending: asyncio.Queue[tuple[Line, asyncio.Task[Answer]] | None] = asyncio.Queue(max_in_flight)
        self.num_failed = 0

    async def run(self, lines: Iterator[Line]) -> None:
        """Translate all `lines`; those that fail are reported and left empty."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write())
                await self._read(lines, group)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _read(self, lines: Iterator[Line], group: asyncio.TaskGroup) -> None:
        async for line in read_ahead(lines):
            await self._pending.put((line, group.create_task(self._ask(line))))
        await self._pending.put(None)

    async def _ask(self, line: Line) -> Answer:
        return await self._translate(line.text)

    async def _write(self) -> None:
        while (entry := await self._pending.get()) is not None:
            line, task = entry
            answer = await task
            if answer.error is not None:
                self.num_failed += 1
                print(f"dragoman: line {line.number}: {answer.error.message}", file=sys.stderr)
            self._output.write((answer.text or "").encode("utf-8") + line.ending)
            if self._pending.empty():
                self._output.flush()
            self._advance(len(line.text.encode("utf-8")) + len(line.ending))
