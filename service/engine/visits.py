"""What a visit to a lane does: admit and encode, step, retire; a failure stays within the lane."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from service.engine.errors import EngineFault
from service.engine.gate import Gate
from service.engine.observer import Observer
from service.engine.outcomes import Outcomes
from service.engine.runner import Runner
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane

log = logging.getLogger(__name__)


class Visits:
    """Does for one lane at a time what the scheduler says, with the runner, and tells both gate and observer."""

    def __init__(
        self,
        runner: Runner,
        scheduler: Scheduler,
        gate: Gate,
        outcomes: Outcomes,
        clock: Callable[[], float],
        observer: Observer,
    ) -> None:
        self._runner = runner
        self._scheduler = scheduler
        self._gate = gate
        self._outcomes = outcomes
        self._clock = clock
        self._observer = observer

    def serve(self, lane: Lane) -> int:
        """Serve `lane` once; returns the source tokens that left its queue. A failure stays within the lane."""
        num_drained = 0
        try:
            num_drained = self._admit(lane)
            self._advance(lane)
        except Exception:
            self._fault(lane)
        self.tell_load(lane)
        return num_drained

    def release_withdrawn(self, lane: Lane, rows: Sequence[int]) -> None:
        """Free `rows` of `lane`, whose entries were withdrawn."""
        try:
            self._runner.release(lane, rows)
            self._scheduler.retire(lane, rows)
        except Exception:
            self._fault(lane)
        self.tell_load(lane)

    def tell_load(self, lane: Lane) -> None:
        """Let the gate know who pays for `lane`, how many rows of it are free, and how long newcomers may be held."""
        scheduler = self._scheduler
        self._gate.forecast.running(lane, scheduler.payers(lane), scheduler.num_free(lane), scheduler.hold_s(lane))

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
        self._outcomes.counters.source_tokens += num_tokens
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
        entries, now = self._scheduler.retire(lane, rows), self._clock()
        for entry, hypotheses in zip(entries, found, strict=True):
            self._outcomes.finish(entry, hypotheses, now)
        self._outcomes.send()  # nobody waits for the rows to be released
        self._runner.release(lane, rows)
        self._outcomes.count_success()
        for entry, hypotheses in zip(entries, found, strict=True):
            self._gate.forecast.translated(entry.segment.lane, entry.segment.num_tokens, len(hypotheses[0].ids))

    def _fault(self, lane: Lane) -> None:
        """Fail the lane's rows, log why, and begin with an empty arena."""
        owners = [owner for owner in self._scheduler.owners(lane) if owner is not None]
        longest = max((owner.segment.num_tokens for owner in owners), default=0)
        log.exception("a visit to %s failed with %d rows, sources of up to %d tokens", lane, len(owners), longest)
        self._outcomes.count_fault(lane)
        for entry in self._scheduler.reset(lane):
            self._outcomes.settle(entry, EngineFault("the engine failed"))
        self._runner.open(lane)
