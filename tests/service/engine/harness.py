"""A batcher without a thread, and what its lanes answer to a segment that is alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from service.artifact import Artifact
from service.engine.batcher import Batcher
from service.engine.delivery import Courier, Receiver, Ticket, hand_out
from service.engine.entry import Entry
from service.engine.gate import Gate
from service.engine.observer import Observer, SilentObserver
from service.engine.options import EngineOptions
from service.engine.result import Hypothesis, Result
from service.engine.runner import Runner
from service.engine.segment import Segment
from tests.service.factories import Clock, Inbox


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
