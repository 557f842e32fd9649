"""What it means for others that newcomers are held, on a clock that steps and encodings move by what they cost."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from random import Random

import pytest

from service.engine.errors import DeadlineUnreachable
from service.engine.options import EngineOptions
from service.engine.result import Result
from service.engine.segment import Lane, Priority, Segment
from tests.service.engine.harness import LONG, Bench
from tests.service.factories import Inbox, make_artifact, make_segment

LANE = Lane("echo", 1, Priority.INTERACTIVE)
STEP_S, ROW_S = 0.00068, 0.00017  # at least, and for each row: four are enough
ENCODE_S, EACH_S = 0.00066, 0.00029
SHORT = tuple(range(10, 20))


class CostlyBench(Bench):
    """A batcher whose clock moves with its work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, row_s: float = ROW_S) -> None:
        super().__init__(make_artifact(), EngineOptions(beam_sizes=(1,)))
        self.num_rows = 0
        admit, step, release = self.runner.admit, self.runner.step, self.runner.release

        def costly_admit(lane: Lane, segments: Sequence[Segment]) -> None:
            self.clock.now += ENCODE_S + EACH_S * len(segments)
            self.num_rows += len(segments)
            admit(lane, segments)

        def costly_step(lane: Lane, num_steps: int) -> list[int]:
            self.clock.now += num_steps * max(STEP_S, row_s * self.num_rows)
            return step(lane, num_steps)

        def counted_release(lane: Lane, rows: Sequence[int]) -> None:
            release(lane, rows)
            self.num_rows -= len(rows)

        monkeypatch.setattr(self.runner, "admit", costly_admit)
        monkeypatch.setattr(self.runner, "step", costly_step)
        monkeypatch.setattr(self.runner, "release", counted_release)
        self.batcher.prepare()

    def run_beside_long_ones(self, num_long: int) -> None:
        """Let some run for long, and others come in every turn who soon think better of it."""
        self.submit([make_segment(*LONG)] * num_long, Inbox())
        for _ in range(3):
            ticket = self.submit([make_segment(*SHORT)], Inbox())
            self.batcher.turn()
            self.batcher.cancel(ticket.entries)

    @property
    def num_waiting(self) -> int:
        """Segments without a row."""
        return self.gate.num_segments()[Priority.INTERACTIVE]


@pytest.mark.parametrize(("num_long", "row_s", "is_held"), [(4, ROW_S, True), (2, ROW_S, False), (4, 0.0, False)])
def test_newcomers_are_held_where_the_steps_that_were_measured_say_so(
    num_long: int, row_s: float, is_held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = CostlyBench(monkeypatch, row_s)
    b.run_beside_long_ones(num_long)
    b.submit([make_segment(*SHORT)], Inbox())
    b.batcher.turn()
    assert b.num_waiting == is_held


def test_who_was_let_in_just_in_time_is_done_in_time_even_if_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by its own deadline, one microsecond after another: the first that is let in."""
    b = CostlyBench(monkeypatch)
    b.run_beside_long_ones(4)
    for microseconds in count():
        hurried = replace(make_segment(*SHORT), deadline=b.clock.now + 1e-6 * microseconds)
        inbox = Inbox()
        try:
            b.submit([hurried], inbox)
        except DeadlineUnreachable:
            continue
        break
    b.batcher.turn()
    assert b.num_waiting == 1, "it is held, or nothing is shown here"
    b.finish()
    assert isinstance(inbox.outcomes[0], Result)


def learned_per_s(b: CostlyBench, seconds: float, arrivals_per_s: float) -> tuple[float, float]:
    """Tokens a second that the queue is believed to lose, on average, and that it did lose."""
    random, beliefs = Random(5), list[float]()
    started, due = b.clock.now, b.clock.now
    while b.clock.now < started + seconds:
        while due <= b.clock.now:
            b.submit([make_segment(*SHORT)], Inbox())
            due += random.expovariate(arrivals_per_s)
        if not b.batcher.has_work:
            b.clock.now = due
            continue
        b.batcher.turn()
        beliefs += [] if b.gate.tokens_per_s is None else [b.gate.tokens_per_s]
    return sum(beliefs) / len(beliefs), b.batcher.counters.source_tokens / (b.clock.now - started)


def test_the_queue_is_believed_to_drain_as_it_does_held_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is learned under a load that is kept up must be true of one that is not, where it decides who is refused."""
    _, capacity = learned_per_s(CostlyBench(monkeypatch), 3.0, 600.0)
    for arrivals_per_s in (300.0, 380.0, 600.0):
        believed, _ = learned_per_s(CostlyBench(monkeypatch), 3.0, arrivals_per_s)
        assert believed == pytest.approx(capacity, rel=0.2), arrivals_per_s
