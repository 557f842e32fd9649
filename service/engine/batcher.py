"""The engine without its thread: what one turn does, in order.

turn:  withdraw expired -> release withdrawn -> in the lane whose turn it is: admit and encode, step, retire -> send
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from service.engine.delivery import Outbox, Ticket
from service.engine.entry import Entry, Status
from service.engine.errors import Cancelled, DeadlineExceeded, EngineError, EngineFault
from service.engine.gate import Gate
from service.engine.observer import Observer
from service.engine.options import EngineOptions
from service.engine.rehearsal import measure, rehearse
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.runner import Runner
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane, Priority
from service.engine.stats import Counters

log = logging.getLogger(__name__)

_NUM_FAULTS_UNHEALTHY = 2


class Batcher:
    """Owns the scheduler, the runner and all state; everything but the gate belongs to the calling thread."""

    def __init__(
        self, runner: Runner, gate: Gate, options: EngineOptions, clock: Callable[[], float], observer: Observer
    ) -> None:
        self._runner = runner
        self._gate = gate
        self._clock = clock
        self._observer = observer
        self._scheduler = Scheduler(runner.lanes, options)
        self._outbox = Outbox()
        self._num_faults_in_a_row = 0
        self.counters = Counters()
        self.last_result_at: float | None = None

    @property
    def has_work(self) -> bool:
        """Whether any segment waits or any row is in use."""
        return self._scheduler.has_work

    @property
    def is_healthy(self) -> bool:
        """Whether fewer than two visits failed since the last result."""
        return self._num_faults_in_a_row < _NUM_FAULTS_UNHEALTHY

    @property
    def num_running(self) -> int:
        """Rows in use."""
        return self._scheduler.num_running

    @property
    def num_rows(self) -> int:
        """Rows in use or free."""
        return self._scheduler.num_rows

    def prepare(self) -> None:
        """Open the arenas, reproduce the samples and so warm up, measure; raises what is wrong.

        Bulk lanes and reserves run the same code as the others, so those need no rehearsal.
        """
        self._runner.start()
        for lane in self._runner.lanes:
            if lane.priority is Priority.INTERACTIVE and not lane.is_reserve:
                rehearse(self._runner, lane)
                measure(self._runner, lane, self._clock, self._gate.forecast)
            self._tell_load(lane)

    def accept(self, ticket: Ticket) -> None:
        """Let the entries of `ticket`, which the gate has let in, wait."""
        self._outbox.register(ticket)
        for entry in ticket.entries:
            self._scheduler.add(entry)

    def cancel(self, entries: Sequence[Entry]) -> None:
        """Give up what is not settled of `entries`."""
        for entry in entries:
            self._withdraw(entry, Cancelled("cancelled by its caller"))

    def extend(self, entry: Entry, deadline: float) -> None:
        """Let `entry` live until `deadline`, if that is later than its own."""
        entry.deadline = max(entry.deadline, deadline)

    def turn(self) -> None:
        """Do a bounded amount of work for whose turn it is, then send what is ready."""
        started = self._clock()
        for entry in self._scheduler.pop_expired(started):
            self._withdraw(entry, DeadlineExceeded("the deadline passed"))
        for vacated, rows in self._scheduler.vacant().items():
            self._release_withdrawn(vacated, rows)
        lane = self._scheduler.next_visit()
        num_drained = 0 if lane is None else self._visit(lane)
        if num_drained > 0 or self._scheduler.num_waiting > 0:
            self._gate.drained(num_drained, self._clock() - started)
        self.send()

    def send(self) -> None:
        """Hand over the outcomes so far."""
        self._outbox.send()

    def fail_all(self, make_error: Callable[[], EngineError]) -> None:
        """Settle everything with an error of its own, without another word to the runner."""
        for entry in self._scheduler.unsettled():
            self._withdraw(entry, make_error())
        self.send()

    def _visit(self, lane: Lane) -> int:
        """Serve `lane` once; returns the source tokens that left its queue. A failure stays within the lane."""
        num_drained = 0
        try:
            num_drained = self._admit(lane)
            self._advance(lane)
        except Exception:
            self._fault(lane)
        self._tell_load(lane)
        return num_drained

    def _tell_load(self, lane: Lane) -> None:
        self._gate.forecast.running(lane, self._scheduler.payers(lane), self._scheduler.num_free(lane))

    def _release_withdrawn(self, lane: Lane, rows: Sequence[int]) -> None:
        try:
            self._runner.release(lane, rows)
            self._scheduler.retire(lane, rows)
        except Exception:
            self._fault(lane)

    @contextmanager
    def _charging(self, lane: Lane, payers: Mapping[str, int]) -> Iterator[None]:
        """Account the time within to `payers`, come what may."""
        started = self._clock()
        try:
            yield
        finally:
            self._scheduler.charge(lane, payers, self._clock() - started)

    def _admit(self, lane: Lane) -> int:
        newcomers = self._scheduler.admit(lane)
        if not newcomers:
            return 0
        segments = [entry.segment for entry in newcomers]
        self._gate.leave(segments)
        parts: Counter[str] = Counter()
        for segment in segments:
            parts[segment.client] += segment.num_tokens
        started = self._clock()
        with self._charging(lane, parts):
            self._runner.admit(lane, segments)
        encode_s = self._clock() - started
        for entry in newcomers:
            entry.admitted_at, entry.encode_s = started, encode_s
        num_tokens = parts.total()
        self.counters.source_tokens += num_tokens
        self._gate.forecast.encoded(lane, num_tokens, encode_s)
        self._observer.encoded(lane, len(segments), num_tokens, encode_s)
        return num_tokens

    def _advance(self, lane: Lane) -> None:
        with self._charging(lane, self._scheduler.payers(lane)):
            self._retire(lane, self._step(lane))

    def _step(self, lane: Lane) -> list[int]:
        """Advance the lane; returns the rows that are done."""
        num_rows = len(self._scheduler.owners(lane))
        if num_rows == 0:
            return []
        num_steps = self._scheduler.num_steps(lane)
        started = self._clock()
        done = self._runner.step(lane, num_steps)
        seconds = self._clock() - started
        num_steps = self._scheduler.stepped(lane, num_steps, seconds, all_done=len(done) == num_rows)
        self._gate.forecast.stepped(lane, num_rows, seconds / num_steps)
        self._observer.stepped(lane, num_rows, num_steps, seconds)
        return done

    def _retire(self, lane: Lane, rows: Sequence[int]) -> None:
        if not rows:
            return
        owners = self._scheduler.owners(lane)
        segments = [owner.segment for row in rows if (owner := owners[row]) is not None]
        found = self._runner.best(lane, rows, segments)
        self._runner.release(lane, rows)
        for entry, hypotheses in zip(self._scheduler.retire(lane, rows), found, strict=True):
            self._finish(entry, hypotheses)

    def _finish(self, entry: Entry, hypotheses: tuple[Hypothesis, ...]) -> None:
        self.last_result_at = self._clock()
        self._num_faults_in_a_row = 0
        self.counters.target_tokens += len(hypotheses[0].ids)
        self._gate.forecast.translated(entry.segment.lane, entry.segment.num_tokens, len(hypotheses[0].ids))
        timing = Timing(
            queue_s=entry.admitted_at - entry.submitted_at,
            encode_s=entry.encode_s,
            decode_s=self.last_result_at - entry.admitted_at - entry.encode_s,
        )
        self._settle(entry, Result(hypotheses, timing))

    def _fault(self, lane: Lane) -> None:
        """Fail the lane's rows, log why, and begin with an empty arena."""
        owners = [owner for owner in self._scheduler.owners(lane) if owner is not None]
        longest = max((owner.segment.num_tokens for owner in owners), default=0)
        log.exception("a visit to %s failed with %d rows, sources of up to %d tokens", lane, len(owners), longest)
        self.counters.faults += 1
        self._num_faults_in_a_row += 1
        self._observer.faulted(lane)
        for entry in self._scheduler.reset(lane):
            self._settle(entry, EngineFault("the engine failed"))
        self._runner.open(lane)

    def _withdraw(self, entry: Entry, error: EngineError) -> None:
        """Settle `entry` with `error`, wherever it is; its row is released at its lane's next visit."""
        is_waiting = entry.status is Status.WAITING
        if not self._scheduler.withdraw(entry):
            return
        if is_waiting:
            self._gate.leave([entry.segment])
        self._settle(entry, error)

    def _settle(self, entry: Entry, outcome: Outcome) -> None:
        self.counters.count(outcome)
        self._observer.settled(entry.segment, outcome)
        self._outbox.put(entry, outcome)
