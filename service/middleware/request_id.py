"""Gives each request an id: the client's if it has a good one, else a new one; it is in every log line and answer.

The headers of the answer that have it are added further in, with those that every answer carries.
"""

import re
import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from service import logs

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class RequestIdMiddleware:
    """Reads or makes the id, keeps it in `scope["state"]["request_id"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = dict(scope["headers"])
        request_id = _own_id(headers.get(b"x-request-id")) or secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        logs.request_id.set(request_id)
        logs.trace_id.set(_trace_id(headers.get(b"traceparent")))
        await self._app(scope, receive, send)


def _own_id(given: bytes | None) -> str | None:
    """The id that the client gives, if it is one that a log may hold."""
    found = None if given is None else _ACCEPTED.fullmatch(given.decode("latin-1"))
    return None if found is None else found[0]


def _trace_id(traceparent: bytes | None) -> str | None:
    """The trace that the client's request belongs to, as W3C Trace Context tells it."""
    found = None if traceparent is None else _TRACEPARENT.fullmatch(traceparent.decode("latin-1"))
    return None if found is None else found[1]
