"""A document's work: how far it is, what it waits for, what it is charged, and what it leaves behind."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from service.errors import DeadlineExceeded, NotReady
from service.jobs.document import Document
from service.jobs.shelf import Shelf
from service.translation import Translate
from tests.service.api.doubles import fake, make_core, make_settings


class Charge:
    """What was taken from rates and quota: whether it is held, and what ended it."""

    def __init__(self) -> None:
        self.is_held = False
        self.ended_by: BaseException | None = None

    @contextmanager
    def taking(self) -> Iterator[None]:
        self.is_held = True
        try:
            yield
        except BaseException as error:
            self.ended_by = error
            raise
        finally:
            self.is_held = False


class Case:
    """A document of four lines for a core without an engine."""

    def __init__(self, **settings: float) -> None:
        self.core = make_core(make_settings(**settings))
        self.core.admission.open()
        self.shelf = Shelf(1000)
        self.charge = Charge()
        self.progress: list[float] = []

    async def document(self, text: str = "a\nb\nc\nd") -> Document:
        source = await self.shelf.put(text.encode())
        charge = ExitStack()
        charge.enter_context(self.charge.taking())
        caller = self.core.access.identify(None, "127.0.0.1")
        return Document(self.core, caller, Translate((), "de", "en"), len(text), source, charge)

    async def run(self) -> Document:
        document = await self.document()
        assert self.charge.is_held
        try:
            await document.run(self.progress.append)
        except BaseException:
            document.close()
            raise
        finally:
            assert not self.charge.is_held
        return document


def test_it_tells_how_far_it_is_and_keeps_the_translation_alone() -> None:
    async def test() -> None:
        case = Case()
        document = await case.run()
        assert case.progress == [0.25, 0.5, 0.75, 1.0]
        assert document.result is not None
        assert await document.result.read() == b"A\nB\nC\nD"
        assert case.shelf.num_bytes == 7
        assert case.core.access.used(case.core.access.identify(None, "")).characters == 7
        assert case.charge.ended_by is None
        document.close()
        assert case.shelf.num_bytes == 0

    asyncio.run(test())


def test_where_there_is_no_room_it_waits_and_goes_on() -> None:
    async def test() -> None:
        case = Case()
        fake(case.core).refusals = [0.01, 0.01]
        document = await case.run()
        assert case.progress == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
        document.close()

    asyncio.run(test())


@pytest.mark.parametrize("is_late", [True, False])
def test_what_ends_it_early_is_not_charged(is_late: bool) -> None:
    async def test() -> None:
        case = Case(max_job_s=0.01)
        fake(case.core).delay_s = 5.0 if is_late else 0.0
        if not is_late:
            case.core.admission.close()
        with pytest.raises(DeadlineExceeded if is_late else NotReady):
            await case.run()
        assert isinstance(case.charge.ended_by, DeadlineExceeded | TimeoutError if is_late else NotReady)
        assert case.core.access.used(case.core.access.identify(None, "")).characters == 0

    asyncio.run(test())


def test_one_that_is_cancelled_pays_and_leaves_nothing() -> None:
    async def test() -> None:
        case = Case()
        fake(case.core).delay_s = 5.0
        document = await case.document()
        running = asyncio.ensure_future(document.run(case.progress.append))
        while not case.progress:
            await asyncio.sleep(0.001)
        running.cancel()
        document.close()
        await asyncio.gather(running, return_exceptions=True)
        assert case.shelf.num_bytes == 0
        assert not case.charge.is_held
        assert case.charge.ended_by is None  # as if it had been done

    asyncio.run(test())


def test_one_that_never_runs_is_given_back() -> None:
    async def test() -> None:
        case = Case()
        document = await case.document()
        document.withdraw()
        document.close()
        assert case.charge.ended_by is not None
        assert case.shelf.num_bytes == 0

    asyncio.run(test())
