"""A job: what is known of it while it waits, runs, and after its end."""

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """Where a job is; the last three are for ever."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = frozenset({State.DONE, State.FAILED, State.CANCELLED})


class Kind(StrEnum):
    """What a job does."""

    DOCUMENT = "document"
    RELOAD = "reload"


class JobFailed(Exception):
    """A job cannot be done; `code` and `message` are for its client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Report = Callable[[float], None]  # is told the progress, from 0 to 1


class Work(Protocol):
    """What a job does. It is run once or withdrawn, and closed in the end."""

    kind: Kind
    can_be_cancelled: bool

    async def run(self, report: Report) -> None:
        """Do it; raises what prevented it."""
        ...

    def withdraw(self) -> None:
        """It will not be run."""
        ...

    def close(self) -> None:
        """Nobody needs what came of it any more."""
        ...


@dataclass(eq=False)
class Job:
    """A job of the `owner`, who alone may know of it, and of a `client`, as fairness counts; times are since 1970."""

    id: str
    owner: str
    client: str
    work: Work
    created: float
    state: State = State.QUEUED
    progress: float = 0.0
    ended: float | None = None
    error: JobFailed | None = None
    task: asyncio.Task[None] | None = None
    expiry: asyncio.TimerHandle | None = None
    context: Context = field(default_factory=copy_context)  # so that its lines in the log are its request's

    @property
    def is_over(self) -> bool:
        """Has it ended?"""
        return self.state in OVER

    def report(self, progress: float) -> None:
        """It has come so far."""
        self.progress = min(1.0, max(self.progress, progress))
