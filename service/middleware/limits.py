"""Bounds of a request in bytes: its address and headers before it is looked at, its body while it is read."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BodyTooLarge, HeadersTooLarge, UrlTooLong

# A client that is still sending does not read its answer: this much more of the body is taken and thrown away first.
_LINGER_BYTES = 8 * 1024 * 1024


class LimitsMiddleware:
    """Raises what is too large from within the application, where errors are rendered.

    `max_body_bytes_of` has the paths for which there is another limit than `max_body_bytes`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        max_header_bytes: int,
        max_url_bytes: int,
        max_body_bytes_of: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._max_body_bytes_of = max_body_bytes_of
        self._max_header_bytes = max_header_bytes
        self._max_url_bytes = max_url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        self._check_url(scope)
        declared = self._checked_headers(scope)
        limit = self._max_body_bytes_of.get(scope["path"], self._max_body_bytes)
        await self._app(scope, _Measured(receive, limit, declared), send)

    def _check_url(self, scope: Scope) -> None:
        num_bytes, limit = len(scope.get("raw_path") or b"") + len(scope["query_string"]), self._max_url_bytes
        if num_bytes > limit:
            raise UrlTooLong(f"the URL has {num_bytes} bytes; the limit is {limit}", value=num_bytes, limit=limit)

    def _checked_headers(self, scope: Scope) -> int:
        """The number of bytes that the headers declare for the body, 0 if they declare none."""
        num_bytes, declared, limit = 0, b"", self._max_header_bytes
        for name, value in scope["headers"]:
            num_bytes += len(name) + len(value) + 4
            if name == b"content-length":
                declared = value
        if num_bytes > limit:
            raise HeadersTooLarge(
                f"the headers have {num_bytes} bytes; the limit is {limit}", value=num_bytes, limit=limit
            )
        return int(declared) if declared.isdigit() else 0


class _Measured:
    """A body that is counted while it is read."""

    def __init__(self, receive: Receive, limit: int, declared: int) -> None:
        self._receive = receive
        self._limit = limit
        self._declared = declared
        self._num_bytes = 0

    async def __call__(self) -> Message:
        if self._declared > max(self._limit, _LINGER_BYTES):
            raise self._fault()  # nobody is asked to send it first
        message = await self._receive()
        self._num_bytes += len(message.get("body", b""))
        if max(self._num_bytes, self._declared) > self._limit and message["type"] == "http.request":
            await self._linger(message)
            raise self._fault()
        return message

    def _fault(self) -> BodyTooLarge:
        size = f"{self._declared} bytes" if self._declared > self._limit else "more bytes than it may have"
        return BodyTooLarge(f"the body has {size}; the limit is {self._limit}", field="body", limit=self._limit)

    async def _linger(self, message: Message) -> None:
        while message.get("more_body", False) and max(self._num_bytes, self._declared) <= _LINGER_BYTES:
            message = await self._receive()
            self._num_bytes += len(message.get("body", b""))
