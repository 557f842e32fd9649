"""What a short request may cost in hand-overs: each is a wake-up that stands between a client and its answer."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from service.candidates import candidates
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.text_work import LONG_CHARACTERS, TURN_S, each, rest_s
from service.translation import Translate
from tests.service.api.doubles import make_core
from tests.service.api.test_connection import Client, open_app, scope, whole
from tests.service.doubles import EchoEngine
from tests.service.engine.test_async_engine import running
from tests.service.factories import make_segment
from tests.service.translating import translator


class Loop:
    """The running loop, watched: what is asked of its executors, how often it is woken, how many tasks begin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self.num_tasks = 0
        self.executed: list[Any] = []
        self.woken_with: list[Any] = []
        loop.set_task_factory(self._make_task)
        self._watch(monkeypatch, "run_in_executor", self.executed)
        self._watch(monkeypatch, "call_soon_threadsafe", self.woken_with)

    def _make_task(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        self.num_tasks += 1
        return asyncio.Task(work, loop=loop, **options)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, name: str, calls: list[Any]) -> None:
        loop = asyncio.get_running_loop()
        own: Callable[..., Any] = getattr(loop, name)

        def note(*args: Any, **options: Any) -> Any:
            calls.append(args)
            return own(*args, **options)

        monkeypatch.setattr(loop, name, note)


class Counted(EchoEngine):
    """Notes what is submitted together."""

    def __init__(self) -> None:
        self.submissions: list[int] = []

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One result per segment."""
        self.submissions.append(len(segments))
        return await super().translate(segments)


def test_segments_that_finish_together_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with running() as (engine, _):
            loop = Loop(monkeypatch)
            for num_segments in (1, 3):
                loop.woken_with.clear()
                await engine.translate([make_segment(10 + i, 20 + i) for i in range(num_segments)])
                assert len(loop.woken_with) == 1

    asyncio.run(main())


@pytest.mark.parametrize(("length", "is_long"), [(LONG_CHARACTERS - 1, False), (LONG_CHARACTERS, True)])
def test_only_long_texts_leave_the_loops_thread(monkeypatch: pytest.MonkeyPatch, length: int, is_long: bool) -> None:
    text = ("A man sings. " * 100)[:length]

    async def main() -> None:
        loop = Loop(monkeypatch)
        await translator(EchoEngine()).translate(Translate((text,), "de", "en"))
        assert bool(loop.executed) == is_long

    asyncio.run(main())


def test_answers_to_long_requests_are_read_away_from_the_loops_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set[str]()

    def noted(*arguments: Any) -> Any:
        threads.add(threading.current_thread().name)
        return candidates(*arguments)

    monkeypatch.setattr("service.attempts.candidates", noted)
    command = Translate(("A man sings.",) * 250, "de", "en")
    asyncio.run(translator(EchoEngine()).translate(command))
    assert threads
    assert all(name.startswith("text") for name in threads)


def work_for(processor_s: float) -> None:
    until = time.thread_time() + processor_s
    while time.thread_time() < until:
        pass


def test_long_requests_take_turns_of_a_bounded_time() -> None:
    order: list[str] = []

    def note(name: str) -> None:
        work_for(0.4 * TURN_S)
        order.append(name)

    async def main() -> None:
        await asyncio.gather(*(each(note, [name] * 6, away=True) for name in "ab"))

    asyncio.run(main())
    assert "".join(order) == "aaabbbaaabbb"


def test_work_of_no_time_is_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = Loop(monkeypatch)
        assert await each(str, range(300), away=True) == [str(number) for number in range(300)]
        assert len(loop.executed) < 5

    asyncio.run(main())


def test_a_piece_of_work_longer_than_a_turn_is_done_all_the_same() -> None:
    def work(number: int) -> int:
        work_for(2 * TURN_S)
        return number

    assert asyncio.run(each(work, [1, 2], away=True)) == [1, 2]


@pytest.mark.parametrize(
    ("wall_s", "processor_s", "wanted_s"), [(0.005, 0.005, 0.0), (0.012, 0.005, 0.007), (9.0, 0.005, 0.01)]
)
def test_text_work_rests_as_long_as_others_held_it_up_within_a_bound(
    wall_s: float, processor_s: float, wanted_s: float
) -> None:
    assert rest_s(wall_s, processor_s) == pytest.approx(wanted_s)
    assert rest_s(processor_s, wall_s) == 0.0  # the clocks differ a little


def test_all_sentences_of_all_texts_are_submitted_together() -> None:
    engine = Counted()
    texts = ("A man sings. A dog barks.", "A child plays in the snow.", "Two women talk. They smile. They leave.")
    asyncio.run(translator(engine).translate(Translate(texts, "de", "en")))
    assert engine.submissions[0] == 6


def test_a_request_makes_one_task_which_watches_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    core = make_core()

    async def main() -> None:
        app, client = open_app(core), Client(whole())
        loop = Loop(monkeypatch)
        await app(scope(), client.receive, client.send)
        assert client.status == 200
        assert loop.num_tasks == 1
        assert loop.executed == []

    asyncio.run(main())
