"""Equal segments are translated once: those on their way are joined, finished ones are remembered.

An answer that was joined or remembered is bit-identical to a fresh one. A segment on its way lives until the latest
deadline of those who wait for it, and is given up when the last of them has left.
"""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.engine.async_engine import Arrivals, LoopCourier, in_order
from service.engine.cache import ResultCache, SegmentKey
from service.engine.delivery import Ticket
from service.engine.engine import Engine
from service.engine.entry import Status
from service.engine.errors import DeadlineExceeded
from service.engine.result import Origin, Outcome, Result, Timing
from service.engine.segment import Priority, Segment

_NO_TIME = Timing(0.0, 0.0, 0.0)
# Who can wait longer joins only while there is time to tell the engine so.
_EXTENSION_S = 1.0

FlightKey = tuple[SegmentKey, Priority]  # nobody urgent joins what is not


@dataclass(slots=True, eq=False)
class Claim:
    """Someone who waits for a flight."""

    arrivals: Arrivals
    index: int
    segment: Segment
    flight: "Flight"
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class Flight:
    """A segment on its way through the engine, and everyone who waits for it."""

    key: FlightKey
    segment: Segment
    deadline: float
    claims: dict[Claim, None] = field(default_factory=dict)


class SharedEngine:
    """What `AsyncEngine` is, for any number of loops in turn, and equal work done once. Used in the running loop."""

    def __init__(
        self,
        engine: Engine,
        hashes: Mapping[str, str],
        cache: ResultCache,
        *,
        is_scoped: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Share by `hashes`, those of the artifacts by name, and while `is_scoped` within a client only."""
        self._engine = engine
        self._hashes = hashes
        self._cache = cache
        self._is_scoped = is_scoped
        self._clock = clock
        self._flights: dict[FlightKey, Flight] = {}
        self._tickets: dict[Flight, tuple[Ticket, int]] = {}

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """Return one outcome for each of `segments`, in their order; raises as `AsyncEngine.translate` does."""
        return await in_order(self.stream(segments))

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """Submit now what nobody has asked for yet; iterate over what returns as for `AsyncEngine.stream`."""
        keys = [self._key(segment) for segment in segments]
        known = [self._cache.get(key) for key, _ in keys]
        newcomers = {
            key: Flight(key, segment, segment.deadline)
            for key, segment, found in zip(keys, segments, known, strict=True)
            if found is None and not self._is_joinable(key, segment)
        }
        self._launch(list(newcomers.values()))
        arrivals, claims = Arrivals(len(segments)), list[Claim]()
        for index, (key, segment, found) in enumerate(zip(keys, segments, known, strict=True)):
            if found is not None:
                arrivals.put(index, Result(found, _NO_TIME, Origin.CACHED))
            else:
                claims.append(self._join(Claim(arrivals, index, segment, self._flights[key])))
        arrivals.on_close = lambda: self._leave_all(claims)
        return arrivals

    def _key(self, segment: Segment) -> FlightKey:
        """Name all that the answer depends on; an unknown artifact gets a key too, and the engine's refusal."""
        scope = segment.client if self._is_scoped() else ""
        return SegmentKey.of(segment, self._hashes.get(segment.artifact, ""), scope), segment.priority

    def _is_joinable(self, key: FlightKey, segment: Segment) -> bool:
        """Whether to wait for a flight: not for one that waits itself, behind all that its client has asked for."""
        flight = self._flights.get(key)
        if flight is None or not (flight.segment.client == segment.client or self._has_started(flight)):
            return False
        return segment.deadline <= flight.deadline or flight.deadline - self._clock() > _EXTENSION_S

    def _has_started(self, flight: Flight) -> bool:
        ticket, index = self._tickets[flight]
        return ticket.entries[index].status is not Status.WAITING

    def _launch(self, flights: Sequence[Flight]) -> None:
        """Submit `flights` together, or raise and leave everything as it was."""
        if not flights:
            return
        courier = LoopCourier(asyncio.get_running_loop())
        ticket = self._engine.submit(
            [flight.segment for flight in flights],
            lambda index, outcome: self._land(flights[index], outcome),
            courier,
        )
        for index, flight in enumerate(flights):
            self._flights[flight.key] = flight
            self._tickets[flight] = (ticket, index)

    def _join(self, claim: Claim) -> Claim:
        """Let `claim` wait; from the second on, each has a timer, since the flight may outlive its deadline."""
        flight, deadline = claim.flight, claim.segment.deadline
        if len(flight.claims) == 1:
            self._set_timer(next(iter(flight.claims)))
        if flight.claims:
            self._set_timer(claim)
        if deadline > flight.deadline:
            flight.deadline = deadline
            self._engine.extend(*self._tickets[flight], deadline)
        flight.claims[claim] = None
        return claim

    def _set_timer(self, claim: Claim) -> None:
        if claim.timer is None and claim.segment.deadline < math.inf:
            delay_s = max(0.0, claim.segment.deadline - self._clock())
            claim.timer = asyncio.get_running_loop().call_later(delay_s, self._expire, claim)

    def _expire(self, claim: Claim) -> None:
        self._leave_all([claim])
        claim.arrivals.put(claim.index, DeadlineExceeded("the deadline passed"))

    def _leave_all(self, claims: Sequence[Claim]) -> None:
        """Wait no longer; flights that nobody else waits for are given up, those of one submission together."""
        given_up = defaultdict[Ticket, list[int]](list)
        for claim in claims:
            flight = claim.flight
            _stop_timer(claim)
            flight.claims.pop(claim, None)
            if not flight.claims and flight in self._tickets:
                ticket, index = self._tickets[flight]
                given_up[ticket].append(index)
                self._forget(flight)
        for ticket, indices in given_up.items():
            self._engine.cancel(ticket, indices)

    def _land(self, flight: Flight, outcome: Outcome) -> None:
        """Remember a result and give it to everyone who waits; a result that came too late is remembered too."""
        self._forget(flight)
        if isinstance(outcome, Result):
            self._cache.put(flight.key[0], outcome.hypotheses)
        for place, claim in enumerate(flight.claims):
            _stop_timer(claim)
            claim.arrivals.put(claim.index, outcome if place == 0 else _joined(outcome))

    def _forget(self, flight: Flight) -> None:
        self._tickets.pop(flight, None)
        if self._flights.get(flight.key) is flight:
            del self._flights[flight.key]


def _stop_timer(claim: Claim) -> None:
    if claim.timer is not None:
        claim.timer.cancel()


def _joined(outcome: Outcome) -> Outcome:
    return replace(outcome, origin=Origin.JOINED) if isinstance(outcome, Result) else outcome
