"""A batcher without a thread, an engine with one, and what they answer to a segment that is alone."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from service.artifact import Artifact
from service.engine.batcher import Batcher
from service.engine.delivery import Courier, Receiver, Ticket, hand_out
from service.engine.engine import Engine
from service.engine.entry import Entry
from service.engine.gate import Gate
from service.engine.observer import Observer, SilentObserver
from service.engine.options import EngineOptions
from service.engine.result import Hypothesis, Outcome, Result
from service.engine.runner import Runner
from service.engine.segment import Segment
from tests.service.factories import Clock, EchoTranslator, Inbox, Interposed, make_artifact

LONG = tuple(range(10, 30))
PATIENCE_S = 30.0


class Bench:
    """Drives a batcher turn by turn on a clock of its own."""

    def __init__(self, artifact: Artifact, options: EngineOptions, observer: Observer | None = None) -> None:
        self.clock = Clock()
        self.gate = Gate(options.max_waiting_tokens)
        self.runner = Runner([artifact], options)
        self.batcher = Batcher(self.runner, self.gate, options, self.clock, observer or SilentObserver())
        self.batcher.prepare()

    def submit(self, segments: Sequence[Segment], receiver: Receiver, courier: Courier = hand_out) -> Ticket:
        """Admit `segments` as an engine would."""
        self.gate.enter(segments, self.clock())
        ticket = Ticket(tuple(Entry(segment, self.clock()) for segment in segments), receiver, courier)
        self.batcher.accept(ticket)
        return ticket

    def finish(self, max_turns: int = 10_000) -> None:
        """Take turns until there is no work."""
        for _ in range(max_turns):
            if not self.batcher.has_work:
                return
            self.batcher.turn()
        raise AssertionError(f"still at work after {max_turns} turns")


def alone(artifact: Artifact) -> Callable[[Segment], tuple[Hypothesis, ...]]:
    """What the artifact answers to a segment in an arena of one row, remembered."""
    bench = Bench(artifact, EngineOptions(max_rows=1, beam_sizes=(1, 2, 3)))
    known: dict[Segment, tuple[Hypothesis, ...]] = {}

    def answer(segment: Segment) -> tuple[Hypothesis, ...]:
        segment = replace(segment, client="", deadline=float("inf"))
        if segment not in known:
            inbox = Inbox()
            bench.submit([segment], inbox)
            bench.finish()
            result = inbox.outcomes[0]
            assert isinstance(result, Result)
            known[segment] = result.hypotheses
        return known[segment]

    return answer


def bench(before: Callable[[str], None] | None = None, observer: SilentObserver | None = None, **changes: int) -> Bench:
    module = EchoTranslator() if before is None else Interposed(EchoTranslator(), before)
    options = EngineOptions(**{"max_rows": 4, "max_steps": 1, **changes})  # type: ignore[arg-type]
    return Bench(make_artifact(module), options, observer)


def fail_on(verb: str, times: int) -> tuple[Callable[[str], None], list[bool]]:
    """Something to interpose that fails the next `times` calls of `verb` once the list's only item is true."""
    is_armed, left = [False], [times]

    def before(called: str) -> None:
        if is_armed[0] and called == verb and left[0] > 0:
            left[0] -= 1
            raise RuntimeError("injected")

    return before, is_armed


def ids(outcome: Outcome) -> tuple[int, ...]:
    assert isinstance(outcome, Result), outcome
    return outcome.hypotheses[0].ids


class Mailbox:
    """A receiver that can be waited for."""

    def __init__(self, num_expected: int) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._num_expected = num_expected
        self._full = threading.Event()

    def __call__(self, index: int, outcome: Outcome) -> None:
        assert index not in self.outcomes
        self.outcomes[index] = outcome
        if len(self.outcomes) == self._num_expected:
            self._full.set()

    def wait(self) -> list[Outcome]:
        assert self._full.wait(PATIENCE_S), f"{len(self.outcomes)} of {self._num_expected} outcomes"
        return [self.outcomes[index] for index in range(self._num_expected)]


class Valve:
    """Something to interpose that holds steps until it is opened."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.is_open.set()

    def __call__(self, verb: str) -> None:
        if verb == "step":
            assert self.is_open.wait(PATIENCE_S)


@contextmanager
def running(before: Callable[[str], None] | None = None, **changes: Any) -> Iterator[Engine]:
    module = EchoTranslator() if before is None else Interposed(EchoTranslator(), before)
    observer = changes.pop("observer", None)
    options = EngineOptions(**{"max_rows": 4, "heartbeat_s": 0.05, **changes})
    engine = Engine([make_artifact(module)], options, observer=observer)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop(PATIENCE_S)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)
