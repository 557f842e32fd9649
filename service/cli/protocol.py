"""HTTP as uvicorn reads and writes it: bounds on a request's head, and an answer that leaves in one piece."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.json_body import WHOLE_BODY
from service.settings import Settings

_MOST_GATHERED_BYTES = 65_536


class GatheringTransport:
    """A transport that sends what is written within one turn of the event loop, or up to `flush`, with one call.

    uvicorn writes the head of an answer and its body one after the other. Sent so, a process that is killed between the
    two leaves half an answer behind, which a balancer can no longer ask another replica for; and each call hands the
    interpreter's lock to the engine's thread, which may keep it for milliseconds.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send `data` when the turn ends, or now if there is much of it."""
        if not self._written:
            self._loop.call_soon(self.flush)
        self._written += data
        if len(self._written) >= _MOST_GATHERED_BYTES:  # so that whoever writes on and on is told to wait
            self.flush()

    def close(self) -> None:
        """Send what is left and close the connection."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what is left now."""
        written, self._written = self._written, bytearray()
        if written and not self._transport.is_closing():
            self._transport.write(written)


def service_protocol(settings: Settings) -> type[asyncio.Protocol]:
    """A protocol class: uvicorn itself makes the objects, one for each connection."""
    # A head that is a little too large is answered by the application, in its own form.
    max_bytes = 2 * (settings.max_header_bytes + settings.max_url_bytes)
    max_wait_s = settings.max_header_wait_s

    class ServiceProtocol(HttpToolsProtocol):
        """Hangs up on a head that does not end; sends each answer at once."""

        _num_head_bytes = 0
        _is_in_head = True
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self._gathering = GatheringTransport(transport, self.loop)
            super().connection_made(self._gathering)  # type: ignore[arg-type]
            self._timer = self.loop.call_later(max_wait_s, self._gathering.close)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._is_in_head:
                self._num_head_bytes += len(data)
            super().data_received(data)
            if not self._is_in_head or self._num_head_bytes == 0 or self.transport.is_closing():
                return
            if self._num_head_bytes > max_bytes:
                self.send_400_response("The head of the request is too large.")
            elif self._timer is None:
                self._timer = self.loop.call_later(max_wait_s, self.transport.close)

        def on_headers_complete(self) -> None:
            self._is_in_head, self._num_head_bytes = False, 0
            self._stop_timer()
            super().on_headers_complete()

        def on_message_complete(self) -> Any:
            self._is_in_head = True
            self.scope["state"][WHOLE_BODY] = True
            return super().on_message_complete()

        def on_response_complete(self) -> None:
            self._gathering.flush()  # before the application counts and logs what it has answered
            super().on_response_complete()

        def _stop_timer(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return ServiceProtocol
