"""How segments end: every outcome is counted, observed, and sent with the others that wait for it."""

from service.engine.delivery import Outbox, Ticket
from service.engine.entry import Entry
from service.engine.observer import Observer
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.segment import Lane
from service.engine.stats import Counters

_NUM_FAULTS_UNHEALTHY = 2


class Outcomes:
    """Settles entries and keeps the totals; belongs to the engine's thread."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._outbox = Outbox()
        self._num_faults_in_a_row = 0
        self.counters = Counters()
        self.last_result_at: float | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether fewer than two visits failed since one that found results and released their rows."""
        return self._num_faults_in_a_row < _NUM_FAULTS_UNHEALTHY

    def expect(self, ticket: Ticket) -> None:
        """Remember whose the entries of `ticket` are."""
        self._outbox.register(ticket)

    def unsettled(self) -> list[Entry]:
        """Return all whose outcome is expected."""
        return self._outbox.expected()

    def finish(self, entry: Entry, hypotheses: tuple[Hypothesis, ...], now: float) -> None:
        """Settle `entry` with what its row found."""
        self.last_result_at = now
        self.counters.target_tokens += len(hypotheses[0].ids)
        timing = Timing(
            queue_s=entry.admitted_at - entry.submitted_at,
            encode_s=entry.encode_s,
            decode_s=now - entry.admitted_at - entry.encode_s,
        )
        self.settle(entry, Result(hypotheses, timing))

    def count_success(self) -> None:
        """Note that a visit found results and left its lane in order."""
        self._num_faults_in_a_row = 0

    def count_fault(self, lane: Lane) -> None:
        """Count a visit to `lane` that failed."""
        self.counters.faults += 1
        self._num_faults_in_a_row += 1
        self._observer.faulted(lane)

    def settle(self, entry: Entry, outcome: Outcome) -> None:
        """Count `outcome`, the only one of `entry`, and address it to whoever asked."""
        self.counters.count(outcome)
        self._observer.settled(entry.segment, outcome)
        self._outbox.put(entry, outcome)

    def send(self) -> None:
        """Hand over the outcomes so far."""
        self._outbox.send()
