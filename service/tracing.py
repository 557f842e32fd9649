"""Traces for OpenTelemetry, if a collector is configured: spans of ours alone, with numbers and never a text."""

from typing import TYPE_CHECKING

from service.settings import Settings, variable

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class TracingError(Exception):
    """Traces are wanted and cannot be made; the message says what is missing."""


def make_provider(settings: Settings) -> "TracerProvider | None":
    """What makes spans and sends them, in a thread of its own; None if no collector is configured.

    Raises:
        TracingError: the libraries are not installed.
    """
    if settings.tracing_endpoint is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        needed = "pip install 'dragoman[tracing]'"
        raise TracingError(f"{variable('tracing_endpoint')} needs more libraries: {needed}") from error
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.tracing_sample_ratio)),
        resource=Resource.create({"service.name": "dragoman"}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.tracing_endpoint)))
    return provider
