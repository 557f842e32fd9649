"""Headers that every answer carries."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.dialects import Dialect, dialect_of

_POLICY = b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    # Inline styles: Swagger UI sets them.
    (b"content-security-policy", _POLICY),
    # No proxy may keep a text. What may be kept says so itself.
    (b"cache-control", b"no-store"),
)


class HeadersMiddleware:
    """Adds what a route has not set itself and the request's id; sends clients elsewhere while the service drains."""

    def __init__(self, app: ASGIApp, is_draining: Callable[[], bool]) -> None:
        self._app = app
        self._is_draining = is_draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                names = {name for name, _ in own}
                ours = [header for header in _HEADERS if header[0] not in names]
                message["headers"] = [*own, *ours, *self._of_request(scope)]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _of_request(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        request_id = scope["state"]["request_id"].encode()
        headers = [(b"x-request-id", request_id)]
        if dialect_of(scope["path"]) is Dialect.DEEPL:
            headers.append((b"x-trace-id", request_id))
        if self._is_draining():
            headers.append((b"connection", b"close"))
        return headers
