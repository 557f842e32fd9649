"""One span for each request, a child of the client's; its facts are those of the log line."""

import asyncio
from collections.abc import Mapping

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs
from service.middleware.access import QUIET, method_of, route_of


class TracingMiddleware:
    """Owns `provider`: what is left to send is sent when the application ends."""

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._provider = provider
        self._tracer = provider.get_tracer("dragoman")
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the application's whole life."""
        if scope["type"] == "lifespan":
            try:
                return await self._app(scope, receive, send)
            finally:
                await asyncio.to_thread(self._provider.shutdown)
        if scope["type"] != "http" or scope["path"] in QUIET:
            return await self._app(scope, receive, send)
        status = 500

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        parent = self._propagator.extract(dict(Headers(scope=scope)))
        # Exceptions are not recorded: their words may hold a text.
        with self._tracer.start_as_current_span(
            "request", parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            logs.trace_id.set(format_trace_id(span.get_span_context().trace_id))
            try:
                await self._app(scope, receive, send_and_look)
            finally:
                _describe(span, scope, status)


def _describe(span: Span, scope: Scope, status: int) -> None:
    route, dialect = route_of(scope)
    span.update_name(f"{method_of(scope)} {route}")
    span.set_attribute("http.request.method", method_of(scope))
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("dragoman.dialect", dialect)
    facts: Mapping[str, object] = scope.get("state", {}).get("event", {})
    for name, fact in facts.items():
        if isinstance(fact, str | int | float):
            span.set_attribute(f"dragoman.{name}", fact)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
