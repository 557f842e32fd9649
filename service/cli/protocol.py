"""HTTP as uvicorn reads it, with a bound on how long and how large a request's head may be."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.settings import Settings


def bounded_protocol(settings: Settings) -> type[asyncio.Protocol]:
    """A protocol class: uvicorn itself makes the objects, one for each connection."""
    # A head that is a little too large is answered by the application, in its own form.
    max_bytes = 2 * (settings.max_header_bytes + settings.max_url_bytes)
    max_wait_s = settings.max_header_wait_s

    class BoundedProtocol(HttpToolsProtocol):
        """Hangs up on a head that does not end."""

        _num_head_bytes = 0
        _is_in_head = True
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._timer = self.loop.call_later(max_wait_s, transport.close)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._is_in_head:
                self._num_head_bytes += len(data)
                if self._timer is None:
                    self._timer = self.loop.call_later(max_wait_s, self.transport.close)
            super().data_received(data)
            if self._is_in_head and self._num_head_bytes > max_bytes and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

        def on_headers_complete(self) -> None:
            self._is_in_head, self._num_head_bytes = False, 0
            self._stop_timer()
            super().on_headers_complete()

        def on_message_complete(self) -> Any:
            self._is_in_head = True
            return super().on_message_complete()

        def _stop_timer(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return BoundedProtocol
