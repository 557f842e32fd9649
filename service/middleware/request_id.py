"""Gives each request an id: the client's if it has a good one, else a new one; it is in every log line and answer."""

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs
from service.api.dialects import Dialect, dialect_of

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class RequestIdMiddleware:
    """Reads or makes the id, keeps it in `scope["state"]["request_id"]` and answers with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ACCEPTED.fullmatch(given) else secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        logs.request_id.set(request_id)
        logs.trace_id.set(_trace_id(headers.get(b"traceparent", b"").decode("latin-1")))
        ours = [(b"x-request-id", request_id.encode())]
        if dialect_of(scope["path"]) is Dialect.DEEPL:
            ours.append((b"x-trace-id", request_id.encode()))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *ours]
            await send(message)

        await self._app(scope, receive, send_with_id)


def _trace_id(traceparent: str) -> str | None:
    """The trace that the client's request belongs to, as W3C Trace Context tells it."""
    found = _TRACEPARENT.fullmatch(traceparent)
    return None if found is None else found[1]
