"""The events of a stream on the wire: server-sent events, or lines of JSON."""

import asyncio
import json
from typing import Any

from starlette.types import Send

from service.api.stream_schemas import StreamEvent
from service.errors import ClientGone

SSE, NDJSON = "text/event-stream", "application/x-ndjson"
MAX_SEND_S = 30.0


def prefers_ndjson(accept: str) -> bool:
    """Whether the header `Accept` names lines of JSON and does not want events more."""
    weights = dict(map(_media_range, accept.split(",")))
    wished = weights.get(NDJSON, 0.0)
    return wished > 0.0 and wished >= weights.get(SSE, 0.0)


def _media_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


class EventWriter:
    """Writes the head of an answer, then its events, to a client that reads them."""

    def __init__(self, send: Send, *, is_ndjson: bool) -> None:
        self.has_started = False
        self._send = send
        self._is_ndjson = is_ndjson

    async def start(self) -> None:
        """Write the head."""
        self.has_started = True
        kind = NDJSON if self._is_ndjson else f"{SSE}; charset=utf-8"
        headers = {"content-type": kind, "cache-control": "no-store", "x-accel-buffering": "no"}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": raw})

    async def write(self, event: StreamEvent) -> None:
        """Write `event` as the one line of JSON that it is."""
        facts = event.model_dump(mode="json", exclude_unset=True, exclude={"event"})
        if self._is_ndjson:
            await self._write(f"{_json({'event': event.event, **facts})}\n")
        else:
            await self._write(f"event: {event.event}\ndata: {_json(facts)}\n\n")

    async def write_pause(self) -> None:
        """Show that the connection lives; in lines of JSON there is no way to."""
        if not self._is_ndjson:
            await self._write(": still here\n\n")

    async def end(self) -> None:
        """Write that there is no more."""
        await self._write("", more=False)

    async def _write(self, text: str, *, more: bool = True) -> None:
        message = {"type": "http.response.body", "body": text.encode(), "more_body": more}
        try:
            async with asyncio.timeout(MAX_SEND_S):
                await self._send(message)
        except TimeoutError:
            raise ClientGone("the client does not read its answer") from None


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
