"""A document: one text that may be too long to be asked for at once, through the engine portion by portion."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from service.decoding import Decoding, Job
from service.engine.errors import QueueFull
from service.text.draft import Check
from service.text.passage import Passage

T = TypeVar("T")

# Of a portion: some rows stand empty while its last passages finish, and it takes its part of the queue whole.
MAX_PASSAGES = 64
MAX_TOKENS = 4096

# Apart from the thread for people's texts, which would else wait for seconds behind a document.
_WORK = ThreadPoolExecutor(max_workers=1, thread_name_prefix="document")


class Unwanted(Exception):
    """Ends work on a document that nobody waits for any more."""


@dataclass(frozen=True)
class Portion:
    """How far a document is, in passages. `retry_after_s`: the engine has no room now, and is to be asked then."""

    num_done: int
    num_passages: int
    retry_after_s: float | None = None


async def decode(job: Job, decoding: Decoding) -> AsyncGenerator[Portion, None]:
    """Give `job` its `decoded`, or its `error`, and tell how far it is after each portion and each refusal.

    Raises:
        EngineError: the engine takes nothing, now or later.
    """
    num_done = 0
    for portion in portions(job.passages):
        part = replace(job, passages=portion, decoded=[])
        while (retry_after_s := await _run(part, decoding)) is not None:
            yield Portion(num_done, len(job.passages), retry_after_s)
        num_done += len(portion)
        job.decoded += part.decoded
        if part.error is not None:
            job.error = part.error
            return
        yield Portion(num_done, len(job.passages))


def portions(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """The `passages` in groups of at most MAX_PASSAGES and, but for a single one, MAX_TOKENS."""
    portion: list[Passage] = []
    num_tokens = 0
    for passage in passages:
        if portion and (len(portion) == MAX_PASSAGES or num_tokens + len(passage.ids) > MAX_TOKENS):
            yield portion
            portion, num_tokens = [], 0
        portion.append(passage)
        num_tokens += len(passage.ids)
    if portion:
        yield portion


async def _run(part: Job, decoding: Decoding) -> float | None:
    """Decode `part`; None, or the seconds after which there may be room for it."""
    try:
        await decoding.run([part])
    except QueueFull as error:
        return error.retry_after_s
    return None


async def work(of_text: Callable[[Check], T]) -> T:
    """What `of_text` gives, made where nobody waits for it but documents; whoever is cancelled ends it by its check."""
    is_wanted = True

    def check() -> None:
        if not is_wanted:
            raise Unwanted

    try:
        return await asyncio.get_running_loop().run_in_executor(_WORK, of_text, check)
    finally:
        is_wanted = False
