"""Jobs: bounded, fair, each ended once, forgotten in time, and nobody's but their owner's."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.faults import as_service_error
from service.errors import NotFound, Overloaded, TooManyJobs
from service.jobs.board import Bounds, Jobs
from service.jobs.job import Job, JobFailed, Kind, Report, State
from service.jobs.shelf import Shelf
from tests.laws import examples


class Work:
    """Runs until it is let go, or fails with `error`."""

    can_be_cancelled = True

    def __init__(self, error: Exception | None = None, kind: Kind = Kind.DOCUMENT) -> None:
        self.kind = kind
        self.let_go = asyncio.Event()
        self.num_runs = self.num_withdrawn = self.num_closed = 0
        self._error = error

    async def run(self, report: Report) -> None:
        self.num_runs += 1
        report(0.5)
        await self.let_go.wait()
        if self._error is not None:
            raise self._error

    def withdraw(self) -> None:
        self.num_withdrawn += 1

    def close(self) -> None:
        self.num_closed += 1


def board(max_jobs: int = 100, per_client: int = 100, running: int = 2, retention_s: float = 60.0) -> Jobs:
    return Jobs(Bounds(max_jobs, per_client, running, retention_s), Shelf(1000, Path("/")), as_service_error)


def in_loop(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20.0):
            await test()

    asyncio.run(bounded())


async def a_moment() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def states(*jobs: Job) -> list[str]:
    return [str(job.state) for job in jobs]


def test_a_job_waits_runs_and_is_done() -> None:
    async def test() -> None:
        jobs = board(running=1)
        works = [Work(), Work()]
        first, second = (jobs.add(work, "o", "c") for work in works)
        await a_moment()
        assert states(first, second) == ["running", "queued"]
        assert (first.progress, second.progress, jobs.expires(first)) == (0.5, 0.0, None)
        works[0].let_go.set()
        await a_moment()
        assert states(first, second) == ["done", "running"]
        assert (first.progress, works[0].num_closed) == (1.0, 0)
        assert jobs.num_ended[Kind.DOCUMENT, State.DONE] == 1
        await jobs.close()

    in_loop(test)


@pytest.mark.parametrize(
    ("error", "code"), [(JobFailed("x", "why"), "x"), (NotFound("why"), "not_found"), (ValueError("MARK"), "internal")]
)
def test_a_job_that_fails_says_why_and_frees_what_it_had(
    error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        jobs, work = board(), Work(error)
        job = jobs.add(work, "o", "c")
        work.let_go.set()
        await a_moment()
        assert states(job) == ["failed"]
        assert job.error is not None
        assert job.error.code == code
        assert "MARK" not in job.error.message
        assert work.num_closed == 1
        assert jobs.find(job.id, "o") is job
        await jobs.close()

    with caplog.at_level("INFO"):
        in_loop(test)
    assert "MARK" not in caplog.text


def test_a_cancelled_job_stays_cancelled_and_makes_room() -> None:
    async def test() -> None:
        jobs = board(running=1)
        works = [Work() for _ in range(4)]
        running, unstarted, queued, last = (jobs.add(work, "o", "c") for work in works)
        await a_moment()
        jobs.remove(running)
        jobs.remove(unstarted)  # its task exists and has not begun
        jobs.remove(queued)  # so does this one's by now
        await a_moment()
        assert states(running, unstarted, queued, last) == ["cancelled", "cancelled", "cancelled", "running"]
        assert [work.num_runs for work in works] == [1, 0, 0, 1]
        assert all(work.num_closed >= 1 for work in works[:3])
        jobs.remove(running)
        with pytest.raises(NotFound):
            jobs.find(running.id, "o")
        await jobs.close()

    in_loop(test)


def test_one_that_never_ran_gives_back_what_was_taken() -> None:
    async def test() -> None:
        jobs, waiting = board(running=1), Work()
        jobs.add(Work(), "o", "c")
        jobs.remove(jobs.add(waiting, "o", "c"))
        assert (waiting.num_withdrawn, waiting.num_runs) == (1, 0)
        await jobs.close()

    in_loop(test)


def test_nobody_sees_what_is_not_theirs() -> None:
    async def test() -> None:
        jobs = board()
        job = jobs.add(Work(), "mine", "c")
        for job_id, owner in ((job.id, "other"), (job.id, ""), ("0" * 32, "mine"), ("", "mine"), ("../x", "mine")):
            with pytest.raises(NotFound):
                jobs.find(job_id, owner)
        assert len(job.id) == 32
        await jobs.close()

    in_loop(test)


def test_each_client_and_all_together_have_a_limit() -> None:
    async def test() -> None:
        jobs = board(max_jobs=3, per_client=2)
        first = jobs.add(Work(), "o", "a")
        jobs.add(Work(), "o", "a")
        with pytest.raises(TooManyJobs, match="you have 2 jobs, ended ones included; the limit is 2"):
            jobs.add(Work(), "o", "a")
        jobs.add(Work(), "o", "b")
        with pytest.raises(Overloaded, match="there are 3 jobs; the limit is 3"):
            jobs.add(Work(), "o", "c")
        jobs.remove(first)  # cancels
        with pytest.raises(TooManyJobs):
            jobs.add(Work(), "o", "a")
        jobs.remove(first)  # forgets
        jobs.add(Work(), "o", "a")
        await jobs.close()

    in_loop(test)


def test_who_has_fewest_running_is_next() -> None:
    async def test() -> None:
        jobs = board(running=2)
        many = [jobs.add(Work(), "o", "many") for _ in range(5)]
        one = jobs.add(Work(), "o", "one")
        await a_moment()
        jobs.remove(many[0])
        assert states(one, *many[1:]) == ["running", "running", "queued", "queued", "queued"]
        await jobs.close()

    in_loop(test)


def test_other_work_does_not_wait_for_documents() -> None:
    async def test() -> None:
        jobs = board(running=1)
        jobs.add(Work(), "o", "c")
        job = jobs.add(Work(kind=Kind.RELOAD), "o", "c")
        assert states(job) == ["running"]
        assert jobs.underway(Kind.RELOAD) is job
        await jobs.close()

    in_loop(test)


def test_an_ended_job_is_forgotten_in_time() -> None:
    async def test() -> None:
        jobs, work = board(retention_s=0.05), Work()
        job = jobs.add(work, "o", "c")
        work.let_go.set()
        await a_moment()
        assert job.state is State.DONE
        await asyncio.sleep(0.1)
        with pytest.raises(NotFound):
            jobs.find(job.id, "o")
        assert work.num_closed >= 1
        await jobs.close()

    in_loop(test)


def test_closing_ends_all_and_waits_for_what_cannot_be_cancelled() -> None:
    async def test() -> None:
        jobs, stubborn = board(), Work(kind=Kind.RELOAD)
        stubborn.can_be_cancelled = False
        works = [Work() for _ in range(5)]
        for work in works:
            jobs.add(work, "o", "c")
        jobs.add(stubborn, "o", "c")
        await a_moment()
        closing = asyncio.ensure_future(jobs.close())
        await a_moment()
        assert not closing.done()
        stubborn.let_go.set()
        await closing
        assert [work.num_runs for work in works] == [1, 1, 0, 0, 0]
        assert all(work.num_closed >= 1 for work in (*works, stubborn))
        await jobs.close()

    in_loop(test)


@examples(60, nightly=1_000)
@given(st.lists(st.tuples(st.sampled_from(["add", "finish", "remove"]), st.integers(0, 9)), max_size=40))
def test_whatever_happens_bounds_hold_and_no_job_is_lost(script: list[tuple[str, int]]) -> None:
    async def test() -> None:
        jobs = board(max_jobs=6, per_client=3, running=2)
        alive: dict[str, Job] = {}
        works: dict[str, Work] = {}
        for action, number in script:
            if action == "add":
                work = Work()
                try:
                    job = jobs.add(work, "o", f"client {number % 3}")
                except (TooManyJobs, Overloaded):
                    assert len(alive) >= 3
                    continue
                alive[job.id], works[job.id] = job, work
            elif alive:
                job = next(islice(alive.values(), number % len(alive), None))
                if action == "finish":
                    works[job.id].let_go.set()
                else:
                    if job.is_over:
                        del alive[job.id]
                    jobs.remove(job)
            await a_moment()
            running, queued = (jobs.count(Kind.DOCUMENT, state) for state in (State.RUNNING, State.QUEUED))
            assert running == min(2, running + queued)
            assert all(jobs.find(job_id, "o") is job for job_id, job in alive.items())
            assert all(works[job_id].num_runs <= 1 for job_id in alive)
        await jobs.close()
        assert all(work.num_closed >= 1 for work in works.values())

    in_loop(test)
