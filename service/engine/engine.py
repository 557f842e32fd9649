"""The thread that owns torch and all search state, and the few ways to talk to it."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from service.artifact import Artifact
from service.engine.batcher import Batcher
from service.engine.checks import check_submission
from service.engine.delivery import Courier, Receiver, Ticket, hand_out
from service.engine.entry import Entry
from service.engine.errors import EngineError, EngineFault, NotReady
from service.engine.gate import Gate
from service.engine.messages import Messages
from service.engine.observer import Observer, SilentObserver
from service.engine.options import EngineOptions
from service.engine.precision import Precision
from service.engine.runner import Runner
from service.engine.segment import Segment
from service.engine.stats import EngineStats, State

log = logging.getLogger(__name__)

_JOIN_GRACE_S = 5.0


class Engine:
    """Translates segments; `start` it once, `submit` from any thread, `stop` it once."""

    def __init__(
        self,
        artifacts: Sequence[Artifact],
        options: EngineOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
        observer: Observer | None = None,
    ) -> None:
        self._options = options
        self._clock = clock
        self._observer = observer or SilentObserver()
        self._configs = {artifact.name: artifact.config for artifact in artifacts}
        self._runner = Runner(artifacts, options)
        self._lanes = frozenset(self._runner.lanes)
        self._gate = Gate(options.max_waiting_tokens)
        self._batcher = Batcher(self._runner, self._gate, options, clock, self._observer)
        self._messages = Messages()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._lock = threading.Lock()  # guards state against submissions, so that none slips in after the last turn
        self._state = State.NEW
        self._started = threading.Event()
        self._failure: Exception | None = None
        self._stop_at = math.inf
        self._beat_at = clock()
        self._num_rejected = 0

    def start(self) -> None:
        """Start the thread and wait until the samples have been reproduced; raises what prevented it."""
        self._state = State.STARTING
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def submit(self, segments: Sequence[Segment], receiver: Receiver, courier: Courier = hand_out) -> Ticket:
        """Admit all `segments`, of one client and priority, or none.

        `receiver` gets one outcome for each, with its index, in order of completion. `courier` carries
        outcomes, as many as are ready together, to their receivers and is called on the engine's thread.

        Raises:
            NotReady, QueueFull, DeadlineUnreachable, RequestTooLarge, InvalidSegment: nothing was admitted.
        """
        now = self._clock()
        ticket = Ticket(tuple(Entry(segment, now) for segment in segments), receiver, courier)
        try:
            check_submission(segments, self._lanes, self._configs)
            with self._lock:
                is_follow_up = bool(segments) and segments[0].is_follow_up
                if self._state is not State.RUNNING and not (is_follow_up and self._state is State.DRAINING):
                    raise NotReady(f"the engine is {self._state}")
                if segments:
                    self._gate.enter(segments, now)
                self._messages.put(partial(self._batcher.accept, ticket))
        except EngineError as error:
            with self._lock:
                self._num_rejected += len(segments)
            self._observer.rejected(segments, error)
            raise
        return ticket

    def cancel(self, ticket: Ticket, indices: Sequence[int] | None = None) -> None:
        """Give up what is not done of `ticket`, or of its segments `indices`; the receiver gets Cancelled for that."""
        entries = ticket.entries if indices is None else tuple(ticket.entries[index] for index in indices)
        self._messages.put(partial(self._batcher.cancel, entries))

    def extend(self, ticket: Ticket, index: int, deadline: float) -> None:
        """Let segment `index` of `ticket` live until `deadline`, if that is later than its own."""
        self._messages.put(partial(self._batcher.extend, ticket.entries[index], deadline))

    def drain(self) -> None:
        """Refuse newcomers from now on; what was admitted goes on."""
        with self._lock:
            if self._state is State.NEW:
                self._state = State.STOPPED
            elif self._state in (State.STARTING, State.RUNNING):
                self._state = State.DRAINING

    def stop(self, timeout_s: float) -> None:
        """Refuse newcomers, finish what was admitted for at most `timeout_s`, fail the rest, end the thread."""
        self.drain()
        if self._thread.ident is None:
            return
        self._messages.put(partial(self._end_at, self._clock() + timeout_s))
        self._thread.join(timeout_s + _JOIN_GRACE_S)
        if self._thread.is_alive():
            log.error("the engine did not stop within %.1f s", timeout_s + _JOIN_GRACE_S)

    def beam_sizes(self, artifact: str) -> tuple[int, ...]:
        """Served beam sizes of the named artifact, ascending."""
        return self._runner.beam_sizes(artifact)

    def precision(self, artifact: str) -> Precision:
        """What the steps of the named artifact compute in."""
        return self._runner.precision(artifact)

    def stats(self) -> EngineStats:
        """Gather the facts without waiting for the engine."""
        now, batcher, counters = self._clock(), self._batcher, self._batcher.counters
        state, proof = self._state, batcher.last_result_at
        return EngineStats(
            state=state,
            healthy=state in (State.RUNNING, State.DRAINING) and batcher.is_healthy,
            heartbeat_age_s=now - self._beat_at,
            last_result_age_s=None if proof is None else now - proof,
            rows_running=batcher.num_running,
            rows_capacity=batcher.num_rows,
            waiting_segments=self._gate.num_segments(),
            waiting_tokens=self._gate.num_tokens(),
            done=counters.done,
            cancelled=counters.cancelled,
            expired=counters.expired,
            failed=counters.failed,
            rejected=self._num_rejected,
            faults=counters.faults,
            source_tokens=counters.source_tokens,
            target_tokens=counters.target_tokens,
            drain_tokens_per_s=self._gate.tokens_per_s,
        )

    def _run(self) -> None:
        """Prepare, serve until stopped, leave nobody waiting."""
        try:
            self._batcher.prepare()
            self._begin()
            self._serve()
        except Exception as error:
            if self._started.is_set():
                log.exception("the engine failed")
            self._failure = error
            self._close(State.FAILED, partial(EngineFault, "the engine failed"))
        else:
            self._close(State.STOPPED, partial(NotReady, "the engine stopped"))
        finally:
            self._started.set()

    def _begin(self) -> None:
        with self._lock:
            if self._state is State.STARTING:
                self._state = State.RUNNING
        self._started.set()

    def _serve(self) -> None:
        while not self._is_over():
            self._messages.take(may_wait=not self._batcher.has_work, timeout_s=self._options.heartbeat_s)
            self._beat_at = self._clock()
            self._batcher.turn()

    def _is_over(self) -> bool:
        if self._stop_at == math.inf:
            return False
        return not self._batcher.has_work or self._clock() >= self._stop_at

    def _end_at(self, stop_at: float) -> None:
        self._stop_at = stop_at

    def _close(self, state: State, make_error: Callable[[], EngineError]) -> None:
        """Enter the last `state`; what was submitted before it, and is not done, fails."""
        with self._lock:
            self._state = state
        self._messages.take_rest()
        self._batcher.fail_all(make_error)
