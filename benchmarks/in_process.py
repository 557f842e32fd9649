"""Segments sent to engines of this process when they are due, as MLPerf's load generator does (Reddi et al. 2020).

There is no socket, no event loop and no text. Whoever sends has a thread on the client's core; engines have theirs on
the server's, and call back on it.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from random import Random

from benchmarks.arrivals import arrivals
from benchmarks.cores import Cores, on_core
from benchmarks.kinds import Kind, computed_by
from benchmarks.offline import BATCH, started_engine
from benchmarks.open_loop import PATIENCE_S, WARM_UP_S
from benchmarks.point import MAX_LAG_S, Point, Sample
from benchmarks.static_engine import StaticEngine, StaticRunner
from benchmarks.watch import Watch
from service.artifact import Artifact
from service.engine.engine import Engine
from service.engine.errors import EngineError
from service.engine.result import Outcome, Result
from service.engine.segment import Segment

OURS, NAIVE = "engine", "eager, one at a time"
WAITS_MS = (0, 5, 10, 30)
_EMPTY_TIMEOUT_S = 60.0
_MIN_REQUESTS = 100

Submit = Callable[[Segment, Callable[[Outcome], None]], None]


def waiting(wait_ms: int) -> str:
    """The name of static batches whose first waits so long for others."""
    return f"static, {wait_ms} ms"


@dataclass(frozen=True)
class Generator:
    """Sends `segments` over and over, in an order of its own; every way gets the same at the same times."""

    segments: Sequence[Segment]
    seconds: float
    cores: Cores

    def point(self, submit: Submit, rate_per_s: float, seed: int = 0) -> Point:
        """What comes of Poisson arrivals at that rate, counted after a warm-up; once more if we ourselves were late.

        Slow rates get more seconds, so that some requests come. What is refused or takes too long has failed.

        Raises:
            TimeoutError: outcomes are missing long after the load.
        """
        seconds = max(self.seconds, _MIN_REQUESTS / rate_per_s)
        point = self._point(submit, rate_per_s, seconds, seed)
        if point.lag_s <= MAX_LAG_S:
            return point
        return replace(self._point(submit, rate_per_s, seconds, seed), num_void=len(point.samples))

    def _point(self, submit: Submit, rate_per_s: float, seconds: float, seed: int) -> Point:
        chance = Random(seed)
        order = cycle(chance.sample(self.segments, len(self.segments)))
        sent: list[tuple[float, float, list[float]]] = []  # due, sent, and when it was done
        left = threading.Semaphore(0)
        started = time.monotonic()

        def done(times: list[float], outcome: Outcome) -> None:
            if isinstance(outcome, Result):
                times.append(time.monotonic() - started)
            left.release()

        with on_core(self.cores.client):
            for due_s in arrivals(rate_per_s, WARM_UP_S + seconds, chance):
                time.sleep(max(0.0, started + due_s - time.monotonic()))
                times: list[float] = []
                sent.append((due_s, time.monotonic() - started, times))
                try:
                    submit(next(order), partial(done, times))
                except EngineError as refusal:
                    done(times, refusal)
        ends_at = started + WARM_UP_S + seconds + PATIENCE_S
        in_time = [left.acquire(timeout=max(0.0, ends_at - time.monotonic())) for _ in sent]
        samples = [Sample(due_s, sent_s, times[0] if times else math.inf) for due_s, sent_s, times in sent]
        for _ in range(in_time.count(False)):  # the next point finds the engine empty
            if not left.acquire(timeout=_EMPTY_TIMEOUT_S):
                raise TimeoutError(f"segments without an outcome {_EMPTY_TIMEOUT_S:g} s after the load")
        return Point(rate_per_s, seconds, [sample for sample in samples if sample.due_s >= WARM_UP_S])


@dataclass(frozen=True)
class Ways:
    """Every way that is measured, started."""

    engine: Engine
    watch: Watch
    submits: Mapping[str, Submit]


@contextmanager
def all_started(artifact: Artifact, cores: Cores) -> Iterator[Ways]:
    """Start the engine and static ones in this process, on the server's core."""
    with ExitStack() as stack, on_core(cores.server):
        watch = Watch()
        engine = stack.enter_context(started_engine(artifact, watch))
        submits: dict[str, Submit] = {OURS: partial(_submit, engine)}
        runners = {waiting(wait_ms): (StaticRunner(artifact, BATCH), BATCH, wait_ms / 1000) for wait_ms in WAITS_MS}
        runners[NAIVE] = (StaticRunner(computed_by(Kind.EAGER, artifact), 1), 1, 0.0)
        for name, (runner, max_batch, wait_s) in runners.items():
            peer = StaticEngine(runner, max_batch, wait_s)
            peer.start()
            stack.callback(peer.stop)
            submits[name] = peer.submit
        yield Ways(engine, watch, submits)


def _submit(engine: Engine, segment: Segment, deliver: Callable[[Outcome], None]) -> None:
    engine.submit([segment], lambda _, outcome: deliver(outcome))
