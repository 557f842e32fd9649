"""Counts and times each request and, if wanted, logs a line for it: never a URL, a key, an address or a text."""

import logging
import time
from http import HTTPMethod

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.perform import AFTERWARDS
from service.metrics import Metrics

log = logging.getLogger("service.access")

# Asked every few seconds by machines that remember the answers themselves.
QUIET = frozenset({"/livez", "/readyz", "/startupz", "/metrics"})


class AccessMiddleware:
    """Watches from outside; a route may add facts for its log line to `scope["state"]["event"]`, or `AFTERWARDS`."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, has_log: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._has_log = has_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        event: dict[str, object] = {}
        scope.setdefault("state", {})["event"] = event
        started, status = time.monotonic(), 500

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.num_in_flight += 1
        try:
            await self._app(scope, receive, send_and_look)
        finally:
            seconds = time.monotonic() - started
            self._metrics.num_in_flight -= 1
            try:
                # Not to be kept: a connection that is idle keeps its last scope, and this has texts.
                if (afterwards := scope["state"].pop(AFTERWARDS, None)) is not None:
                    event.update(afterwards())
            finally:
                self._record(scope, event, status, seconds)

    def _record(self, scope: Scope, event: dict[str, object], status: int, seconds: float) -> None:
        route, dialect = route_of(scope)
        method = method_of(scope)
        self._metrics.requests.labels(dialect, route, method, str(status)).inc()
        self._metrics.request_seconds.labels(dialect, route).observe(seconds)
        if self._has_log:
            facts = {"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 1)}
            level = logging.DEBUG if route in QUIET else logging.INFO
            log.log(level, "request", extra={"event": {**facts, **event}})


def method_of(scope: Scope) -> str:
    """The method if it is one; `other` for what a client has made up."""
    return scope["method"] if scope["method"] in HTTPMethod.__members__ else "other"


def route_of(scope: Scope) -> tuple[str, str]:
    """The template of the route that answered and its dialect, its first tag; `other` where there is none."""
    route = scope.get("route")
    tags = getattr(route, "tags", None)
    return getattr(route, "path", "other"), str(tags[0]) if tags else "other"
