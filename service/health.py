"""Is the service alive, started, ready: answered from facts that the engine leaves behind, never by asking it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from service.engine.stats import EngineStats, State


@dataclass(frozen=True)
class Report:
    """An answer to a probe: what was looked at, and whether all of it is well."""

    status: str
    is_ok: bool
    checks: dict[str, str | float] = field(default_factory=dict)


class Health:
    """Facts about the service; `drain` and `canary_failure` are told to it, the rest it reads from the engine."""

    def __init__(self, stats: Callable[[], EngineStats], *, max_heartbeat_age_s: float, max_proof_age_s: float) -> None:
        self._stats = stats
        self._max_heartbeat_age_s = max_heartbeat_age_s
        self._max_proof_age_s = max_proof_age_s
        self.has_started = False
        self.is_draining = False
        self.canary_failure: str | None = None

    def startup(self) -> Report:
        """Have the artifacts reproduced their samples? Once true, true for ever."""
        return Report("started", True) if self.has_started else Report("starting", False)

    def live(self) -> Report:
        """Is the engine's thread seen? Before the start and while draining it need not be."""
        stats = self._stats()
        is_expected = stats.state in (State.RUNNING, State.DRAINING, State.FAILED)
        is_ok = not is_expected or (
            stats.state is not State.FAILED and stats.heartbeat_age_s < self._max_heartbeat_age_s
        )
        checks: dict[str, str | float] = {"heartbeat_age_s": round(stats.heartbeat_age_s, 1)}
        return Report("alive" if is_ok else "stalled", is_ok, checks)

    def do_segments_wait(self) -> bool:
        """Does anybody wait for a row?"""
        return any(self._stats().waiting_segments.values())

    def ready(self) -> Report:
        """May new requests come? Only with a proof of life: a segment that was really translated, not long ago."""
        stats = self._stats()
        age = stats.last_result_age_s
        has_proof = age is not None and age < self._max_proof_age_s
        facts = {
            "artifact": "ok" if self.has_started else "starting",
            "engine": "ok" if stats.healthy else str(stats.state) if stats.state is not State.RUNNING else "failing",
            "canary": self.canary_failure or ("ok" if has_proof else "no segment was translated lately"),
        }
        checks: dict[str, str | float] = dict(facts) if age is None else {**facts, "canary_age_s": round(age, 1)}
        is_ok = not self.is_draining and all(fact == "ok" for fact in facts.values())
        status = "draining" if self.is_draining else "ready" if is_ok else "not_ready"
        return Report(status, is_ok, checks)
