"""All jobs: bounded in number, run some at a time, forgotten some time after their end."""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from service.errors import Internal, NotFound, Overloaded, ServiceError, TooManyJobs
from service.jobs.job import Job, JobFailed, Kind, State, Work
from service.jobs.shelf import Shelf
from service.logs import log_privately

log = logging.getLogger(__name__)

_RETRY_AFTER_S = 30.0


@dataclass(frozen=True)
class Bounds:
    """How many jobs there may be, ended ones too, in all and of one client; how many documents run at once."""

    max_jobs: int
    max_jobs_per_client: int
    max_running: int
    retention_s: float


class Jobs:
    """Owns the jobs of one event loop, whose documents lie on `shelf`.

    `explain` says of any exception what a client may know of it.
    """

    def __init__(
        self,
        bounds: Bounds,
        shelf: Shelf,
        explain: Callable[[Exception], ServiceError],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.shelf = shelf
        self.num_ended: Counter[tuple[Kind, State]] = Counter()
        self._bounds = bounds
        self._explain = explain
        self._clock = clock
        self._jobs: dict[str, Job] = {}  # in the order in which they came
        self._closing = False

    def check_room(self, client: str) -> None:
        """Refuse one more job of `client`: the error names the limit.

        Raises:
            TooManyJobs: of this client.
            Overloaded: of all clients.
        """
        num_all, num_own = len(self._jobs), sum(job.client == client for job in self._jobs.values())
        if num_own >= self._bounds.max_jobs_per_client:
            limit = self._bounds.max_jobs_per_client
            message = f"you have {num_own} jobs, ended ones included; the limit is {limit}: delete those that are over"
            raise TooManyJobs(message, self._wait_s(client), value=num_own, limit=limit)
        if num_all >= self._bounds.max_jobs:
            raise Overloaded(f"there are {num_all} jobs; the limit is {self._bounds.max_jobs}", self._wait_s())

    def add(self, work: Work, owner: str, client: str) -> Job:
        """A new job that does `work`, as soon as its turn comes; raises as `check_room` does."""
        self.check_room(client)
        job = Job(secrets.token_hex(16), owner, client, work, self._clock())
        self._jobs[job.id] = job
        self._start_next()
        return job

    def find(self, job_id: str, owner: str) -> Job:
        """The job of that id; raises NotFound if there is none, or another's."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise NotFound("there is no such job; it may have expired", field="id")
        return job

    def remove(self, job: Job) -> None:
        """Cancel a job that has not ended, and forget one that has."""
        if job.is_over:
            self._forget(job)
            return
        if job.task is None:
            job.work.withdraw()
        else:
            job.task.cancel()
        self._end(job, State.CANCELLED)
        job.work.close()

    def underway(self, kind: Kind) -> Job | None:
        """A job of that kind which has not ended."""
        return next((job for job in self._jobs.values() if job.work.kind is kind and not job.is_over), None)

    def expires(self, job: Job) -> float | None:
        """When an ended job will be forgotten."""
        return None if job.ended is None else job.ended + self._bounds.retention_s

    def count(self, kind: Kind, state: State) -> int:
        """How many jobs there are now of that kind in that state."""
        return sum(job.work.kind is kind and job.state is state for job in self._jobs.values())

    async def close(self) -> None:
        """Cancel what can be, wait for what cannot, forget all; may be called twice."""
        self._closing = True
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for job in [job for job in self._jobs.values() if job.work.can_be_cancelled and not job.is_over]:
            self.remove(job)
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in list(self._jobs.values()):
            self._forget(job)

    def _start_next(self) -> None:
        """Start what need not wait, and documents up to their number: first of whom the fewest run."""
        waiting = [job for job in self._jobs.values() if job.state is State.QUEUED]
        for job in waiting:
            if job.work.kind is not Kind.DOCUMENT:
                self._start(job)
        documents = [job for job in waiting if job.work.kind is Kind.DOCUMENT]
        while documents and self.count(Kind.DOCUMENT, State.RUNNING) < self._bounds.max_running and not self._closing:
            running = Counter(job.client for job in self._jobs.values() if job.state is State.RUNNING)
            job = min(documents, key=lambda each: running[each.client])
            documents.remove(job)
            self._start(job)

    def _start(self, job: Job) -> None:
        job.state = State.RUNNING
        job.task = asyncio.create_task(self._run(job), context=job.context)

    async def _run(self, job: Job) -> None:
        try:
            await job.work.run(job.report)
        except JobFailed as error:
            self._end(job, State.FAILED, error)
        except Exception as error:
            known = self._explain(error)
            if isinstance(known, Internal):
                log_privately(log, "a job failed", error)
            self._end(job, State.FAILED, JobFailed(known.code, known.message))
        else:
            self._end(job, State.DONE)

    def _end(self, job: Job, state: State, error: JobFailed | None = None) -> None:
        if job.is_over:  # it was cancelled just before
            return
        job.state, job.error, job.ended = state, error, self._clock()
        job.progress = 1.0 if state is State.DONE else job.progress
        if state is not State.DONE:
            job.work.close()
        self.num_ended[job.work.kind, state] += 1
        facts = {"kind": job.work.kind, "state": state, "duration_s": round(job.ended - job.created, 1)}
        log.info("a job ended", extra={"event": {**facts, **({"error": error.code} if error else {})}})
        job.expiry = asyncio.get_running_loop().call_later(self._bounds.retention_s, self._forget, job)
        self._start_next()

    def _forget(self, job: Job) -> None:
        if job.expiry is not None:
            job.expiry.cancel()
        self._jobs.pop(job.id, None)
        job.work.close()

    def _wait_s(self, client: str | None = None) -> float:
        """When the first job that counts is forgotten, if one has ended."""
        ends = [self.expires(job) for job in self._jobs.values() if client is None or job.client == client]
        known = [end - self._clock() for end in ends if end is not None]
        return min(known, default=_RETRY_AFTER_S)
