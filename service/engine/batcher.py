"""The engine without its thread: what one turn does, in order.

turn:  withdraw expired -> release withdrawn -> in the lane whose turn it is: admit and encode, step, retire -> send
"""

from collections.abc import Callable, Sequence

from service.engine.delivery import Ticket
from service.engine.entry import Entry, Status
from service.engine.errors import Cancelled, DeadlineExceeded, EngineError
from service.engine.gate import Gate
from service.engine.observer import Observer
from service.engine.options import EngineOptions
from service.engine.outcomes import Outcomes
from service.engine.rehearsal import measure, rehearse
from service.engine.runner import Runner
from service.engine.scheduler import Scheduler
from service.engine.segment import Priority
from service.engine.stats import Counters
from service.engine.visits import Visits


class Batcher:
    """Owns the scheduler, the runner and all state; everything but the gate belongs to the calling thread."""

    def __init__(
        self, runner: Runner, gate: Gate, options: EngineOptions, clock: Callable[[], float], observer: Observer
    ) -> None:
        self._runner = runner
        self._gate = gate
        self._clock = clock
        self._scheduler = Scheduler(runner.lanes, options)
        self._outcomes = Outcomes(observer)
        self._visits = Visits(runner, self._scheduler, gate, self._outcomes, clock, observer)

    @property
    def has_work(self) -> bool:
        """Whether any segment waits or any row is in use."""
        return self._scheduler.has_work

    @property
    def is_healthy(self) -> bool:
        """Whether fewer than two visits failed since one that found results and released their rows."""
        return self._outcomes.is_healthy

    @property
    def last_result_at(self) -> float | None:
        """When the last segment was done; None before the first."""
        return self._outcomes.last_result_at

    @property
    def counters(self) -> Counters:
        """Totals since the start."""
        return self._outcomes.counters

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
            self._scheduler.hold_beside(lane, self._gate.forecast.num_enough(lane))
            self._visits.tell_load(lane)

    def accept(self, ticket: Ticket) -> None:
        """Let the entries of `ticket`, which the gate has let in, wait."""
        self._outcomes.expect(ticket)
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
            self._visits.release_withdrawn(vacated, rows)
        lane = self._scheduler.next_visit()
        num_drained = 0 if lane is None else self._visits.serve(lane)
        seconds = self._clock() - started
        if num_drained > 0 or self._scheduler.num_waiting > 0:
            self._gate.drained(num_drained, seconds)
        self.send()

    def send(self) -> None:
        """Hand over the outcomes so far."""
        self._outcomes.send()

    def fail_all(self, make_error: Callable[[], EngineError]) -> None:
        """Settle everything with an error of its own, without another word to the runner."""
        for entry in self._scheduler.unsettled():
            self._withdraw(entry, make_error())
        for entry in self._outcomes.unsettled():  # whom a defect has kept from the scheduler
            self._outcomes.settle(entry, make_error())
        self.send()

    def _withdraw(self, entry: Entry, error: EngineError) -> None:
        """Settle `entry` with `error`, wherever it is; its row is released at its lane's next visit."""
        is_waiting = entry.status is Status.WAITING
        if not self._scheduler.withdraw(entry):
            return
        if is_waiting:
            self._gate.leave([entry.segment])
        self._outcomes.settle(entry, error)
