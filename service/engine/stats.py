"""Facts about the engine for probes and pages, read without waiting for it."""

from dataclasses import dataclass
from enum import StrEnum

from service.engine.errors import Cancelled, DeadlineExceeded
from service.engine.result import Outcome, Result
from service.engine.segment import Priority


class State(StrEnum):
    """Where the engine is in its life."""

    NEW = "new"
    STARTING = "starting"
    RUNNING = "running"
    DRAINING = "draining"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(slots=True)
class Counters:
    """Totals since the start, written by the engine's thread alone."""

    done: int = 0
    cancelled: int = 0
    expired: int = 0
    failed: int = 0
    faults: int = 0
    source_tokens: int = 0
    target_tokens: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one settled segment."""
        match outcome:
            case Result():
                self.done += 1
            case Cancelled():
                self.cancelled += 1
            case DeadlineExceeded():
                self.expired += 1
            case _:
                self.failed += 1


@dataclass(frozen=True)
class EngineStats:
    """A snapshot. `last_result_age_s` is the proof of life: None until the first segment is done."""

    state: State
    healthy: bool
    heartbeat_age_s: float
    last_result_age_s: float | None
    rows_running: int
    rows_capacity: int
    waiting_segments: dict[Priority, int]
    waiting_tokens: dict[Priority, int]
    done: int
    cancelled: int
    expired: int
    failed: int
    rejected: int
    faults: int
    source_tokens: int
    target_tokens: int
    drain_tokens_per_s: float | None
