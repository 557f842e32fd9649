"""What is counted of jobs, read whenever somebody asks for the metrics."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.jobs.board import Jobs
from service.jobs.job import OVER, Kind, State
from service.metrics import PREFIX


class JobsCollector(Collector):
    """Jobs by kind and state, and the bytes of their documents; every label has a closed set of values."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def collect(self) -> Iterable[Metric]:
        """Gauges of what there is, a counter of what has ended."""
        labels = ["kind", "state"]
        present = GaugeMetricFamily(f"{PREFIX}_jobs", "Jobs that have not ended.", labels=labels)
        ended = CounterMetricFamily(f"{PREFIX}_jobs_ended", "Jobs that have ended.", labels=labels)
        for kind in Kind:
            for state in State:
                if state in OVER:
                    ended.add_metric([kind, state], self._jobs.num_ended[kind, state])
                else:
                    present.add_metric([kind, state], self._jobs.count(kind, state))
        about = "Documents of jobs and their translations, on disk."
        size = GaugeMetricFamily(f"{PREFIX}_jobs_bytes", about, value=self._jobs.shelf.num_bytes)
        yield from (present, ended, size)
