"""What is counted and measured, in a registry of its own; every label has a closed set of values."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.engine.errors import Cancelled, DeadlineExceeded, EngineError
from service.engine.result import Origin, Outcome, Result
from service.engine.segment import Lane, Segment
from service.engine.stats import EngineStats

PREFIX = "dragoman"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_STEP_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class ReloadOutcome(StrEnum):
    """How a reload ended; but for the first the old version serves on."""

    SWITCHED = "switched"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Metrics:
    """Counts requests, and the engine's work as its observer; made once for each application."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        request = ["dialect", "route"]
        self.requests = self._counter("http_requests", "Answered requests.", [*request, "method", "status"])
        self.request_seconds = self._histogram("http_request_seconds", "From head to last byte.", request, _SECONDS)
        self.num_in_flight = 0  # counted by one event loop, which needs no lock for it
        in_flight = Gauge(f"{PREFIX}_http_in_flight", "Requests being answered.", registry=self.registry)
        in_flight.set_function(lambda: self.num_in_flight)
        about = "From the body of a request for a stream to the first translated text."
        self.first_text = self._histogram("first_text_seconds", about, [], _SECONDS)
        self.warnings = self._counter("warnings", "Warnings that came with translations.", ["code"])
        labels = ["name", "hash", "torch", "precision"]
        about = "Segments of answered requests, by whether they were remembered."
        self._lookups = self._counter("cache_lookups", about, ["result"])
        about = "Segments of answered requests that joined equal ones on their way."
        self._joined = self._counter("joined_segments", about, [])
        self._artifacts = Gauge(f"{PREFIX}_artifact_info", "Served artifacts.", labels, registry=self.registry)
        self._segments = self._counter("segments", "Segments that the engine settled.", ["artifact", "outcome"])
        self._queue = self._histogram("queue_seconds", "From admission to a row.", ["class"], _SECONDS)
        self._encode = self._histogram("encode_seconds", "Encoding newcomers together.", [], _SECONDS)
        self._step = self._histogram("step_seconds", "One step of all rows of a lane.", [], _STEP_SECONDS)
        self._rows = self._histogram("step_rows", "Rows that a step advanced.", [], _ROWS)
        self._source = self._counter("source_tokens", "Source tokens of finished segments.", [])
        self._target = self._counter("target_tokens", "Target tokens of finished segments.", [])
        self._rejections = self._counter("rejections", "Segments that were refused.", ["reason"])
        self._cancelled = self._counter("cancelled_rows", "Segments that were given up.", [])
        self._reloads = self._counter("reloads", "Reloads that were asked for.", ["outcome"])
        for outcome in ReloadOutcome:  # so that the first one is an increase
            self._reloads.labels(outcome)
        self._faults = self._counter("engine_faults", "Visits of the engine to a lane that failed.", [])

    def watch_usage(self, num_unwritten: Callable[[], int]) -> None:
        """Show how many answered requests are not in the database because it cannot be written."""
        about = "Answered requests whose usage cannot be written now."
        gauge = Gauge(f"{PREFIX}_usage_unwritten_requests", about, registry=self.registry)
        gauge.set_function(num_unwritten)

    def describe_artifact(self, name: str, digest: str, torch_version: str, precision: str) -> None:
        """Show which artifact is served."""
        self._artifacts.labels(name, digest, torch_version, precision).set(1)

    def forget_artifacts(self) -> None:
        """Show none, before those that replace them are described."""
        self._artifacts.clear()

    def reloaded(self, outcome: ReloadOutcome) -> None:
        """A reload has ended."""
        self._reloads.labels(outcome).inc()

    def answered(self, origins: Iterable[Origin]) -> None:
        """Count how the segments of a request came about."""
        for origin in origins:
            self._lookups.labels("hit" if origin is Origin.CACHED else "miss").inc()
            if origin is Origin.JOINED:
                self._joined.inc()

    def encoded(self, lane: Lane, num_segments: int, num_tokens: int, seconds: float) -> None:
        """See `service.engine.observer`."""
        self._encode.observe(seconds)

    def stepped(self, lane: Lane, num_rows: int, num_steps: int, seconds: float) -> None:
        """See `service.engine.observer`."""
        self._rows.observe(num_rows)
        self._step.observe(seconds / max(1, num_steps))

    def settled(self, segment: Segment, outcome: Outcome) -> None:
        """See `service.engine.observer`."""
        self._segments.labels(segment.artifact, outcome_name(outcome)).inc()
        if isinstance(outcome, Result):
            self._queue.labels(str(segment.priority)).observe(outcome.timing.queue_s)
            self._source.inc(segment.num_tokens)
            self._target.inc(len(outcome.hypotheses[0].ids))
        elif isinstance(outcome, Cancelled):
            self._cancelled.inc()

    def rejected(self, segments: Sequence[Segment], error: EngineError) -> None:
        """See `service.engine.observer`."""
        self._rejections.labels(error.code).inc(len(segments))

    def faulted(self, lane: Lane) -> None:
        """See `service.engine.observer`."""
        self._faults.inc()

    def _counter(self, name: str, about: str, labels: Sequence[str]) -> Counter:
        return Counter(f"{PREFIX}_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, labels: Sequence[str], buckets: Sequence[float]) -> Histogram:
        return Histogram(f"{PREFIX}_{name}", about, labels, buckets=buckets, registry=self.registry)


def outcome_name(outcome: Outcome) -> str:
    """The label of an outcome."""
    match outcome:
        case Result():
            return "done"
        case Cancelled():
            return "cancelled"
        case DeadlineExceeded():
            return "expired"
        case _:
            return "failed"


class EngineCollector(Collector):
    """Reads the engine's facts whenever somebody asks for the metrics."""

    def __init__(
        self, stats: Callable[[], EngineStats], is_ready: Callable[[], bool], cache_bytes: Callable[[], int]
    ) -> None:
        self._stats = stats
        self._is_ready = is_ready
        self._cache_bytes = cache_bytes

    def collect(self) -> Iterable[Metric]:
        """One gauge for each fact."""
        stats = self._stats()
        yield _gauge("ready", "Whether the service takes requests.", float(self._is_ready()))
        yield _gauge("heartbeat_age_seconds", "Since the engine's thread was last seen.", stats.heartbeat_age_s)
        yield _gauge("cache_bytes", "Finished segments that are remembered.", self._cache_bytes())
        yield _gauge("rows_running", "Segments in rows.", stats.rows_running)
        yield _gauge("rows_capacity", "Rows there are.", stats.rows_capacity)
        segments = GaugeMetricFamily(f"{PREFIX}_waiting_segments", "Segments in the queue.", labels=["class"])
        tokens = GaugeMetricFamily(f"{PREFIX}_waiting_tokens", "Source tokens in the queue.", labels=["class"])
        for priority, count in stats.waiting_segments.items():
            segments.add_metric([str(priority)], count)
            tokens.add_metric([str(priority)], stats.waiting_tokens[priority])
        yield from (segments, tokens)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", about, value=value)
