"""The answer that does its work while it is sent: each event of the translation is written as it comes."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from service.api.connection import while_connected
from service.api.faults import as_service_error, envelope
from service.api.native import refuse_if_all_failed
from service.api.native_answers import answer, translated
from service.api.native_schemas import ModelName
from service.api.perform import count_work, note, working
from service.api.stream_schemas import DeltaEvent, DoneEvent, ErrorEvent, SegmentEvent, StartEvent, TextEvent
from service.api.stream_writer import EventWriter, prefers_ndjson
from service.catalogue import Catalogue
from service.core import Core
from service.errors import ClientGone, Internal
from service.logs import log_privately
from service.streaming import Begun, Event, Finished, SegmentDone, TextDone, Wording
from service.translation import Outcome, Translate, Translation, common_error

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0


class StreamAnswer(Response):
    """Does the work while it is sent; what fails before the first byte fails as it does elsewhere."""

    media_type = None  # two for streams, described with them; errors are JSON

    def __init__(self, request: Request, core: Core, command: Translate, details: frozenset[str]) -> None:
        super().__init__()
        self._request, self._core = request, core
        self._command, self._details = command, details
        self._catalogue = core.catalogue
        self._created = time.monotonic()
        self._has_text = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, unless the client hangs up first."""
        writer = EventWriter(send, is_ndjson=prefers_ndjson(self._request.headers.get("accept", "")))
        try:
            await while_connected(self._request, self._answer(writer))
        except ClientGone as error:
            if not writer.has_started:
                raise
            self._request.state.event["error"] = error.code

    async def _answer(self, writer: EventWriter) -> None:
        request, core, command = self._request, self._core, self._command
        try:
            with working(request, core, command.texts):
                outcome = await self._write_events(writer)
                count_work(request, core, command.texts, outcome.translations)
            note(request, core, command, outcome)
            refuse_if_all_failed(command, outcome, core)
            await writer.write(self._done(outcome))
        except ClientGone:
            raise
        except Exception as error:
            if not writer.has_started:
                raise
            await writer.write(self._failure(error))
        await writer.end()

    async def _write_events(self, writer: EventWriter) -> Outcome:
        """Write all events but the last; none if all texts have failed alike before they reached the engine."""
        self._catalogue = self._core.catalogue  # without an await up to the version that is asked now
        outcome: Outcome | None = None
        async with aclosing(self._core.translator.stream(self._command)) as events:
            begun = await anext(events)
            assert isinstance(begun, Begun), "the first event"
            is_refused = common_error(begun.known) is not None
            if not is_refused:
                await writer.start()
                await writer.write(self._start())
            async with aclosing(_with_pauses(events, HEARTBEAT_S)) as paced:
                async for event in paced:
                    if isinstance(event, Finished):
                        outcome = event.outcome
                    elif event is None:
                        await writer.write_pause()
                    elif not is_refused:
                        await self._write_event(writer, event)
        assert outcome is not None, "the last event"
        return outcome

    async def _write_event(self, writer: EventWriter, event: Event) -> None:
        match event:
            case Wording(index, text):
                await writer.write(DeltaEvent(index=index, text=text))
                self._observe_text()
            case SegmentDone(index, segment, text, report):
                source, target = (report.source.start, report.source.end), (report.target.start, report.target.end)
                score: dict[str, Any] = {"score": report.score} if "score" in self._details else {}
                await writer.write(
                    SegmentEvent(index=index, segment=segment, source=source, target=target, text=text, **score)
                )
            case TextDone(index, translation):
                await self._write_text(writer, index, translation)

    async def _write_text(self, writer: EventWriter, index: int, translation: Translation) -> None:
        whole = translated(self._command, translation, self._details)
        if whole["error"] is not None:
            await writer.write(ErrorEvent(index=index, error=whole["error"]))
        await writer.write(TextEvent(index=index, translation=whole))

    def _observe_text(self) -> None:
        if not self._has_text:
            self._has_text = True
            self._core.metrics.first_text.observe(time.monotonic() - self._created)

    def _start(self) -> StartEvent:
        command = self._command
        return StartEvent(
            request_id=self._request.state.request_id,
            model=_model_of(self._catalogue, command.source, command.target),
            num_texts=len(command.texts),
        )

    def _done(self, outcome: Outcome) -> DoneEvent:
        whole = answer(self._command, outcome, self._details, self._catalogue)
        timing: dict[str, Any] = {"timing": whole["timing"]} if "timing" in whole else {}
        return DoneEvent(model=whole["model"], usage=whole["usage"], **timing)

    def _failure(self, error: Exception) -> ErrorEvent:
        known = as_service_error(error)
        if isinstance(known, Internal):
            log_privately(log, "a stream failed", error)
        self._request.state.event["error"] = known.code
        return ErrorEvent.model_validate(envelope(known, self._request.state.request_id))


async def _with_pauses(events: AsyncGenerator[Event, None], pause_s: float) -> AsyncGenerator[Event | None, None]:
    """The `events`, and None whenever there was none for `pause_s` seconds."""
    pending: asyncio.Future[Event | None] | None = None
    try:
        while True:
            pending = asyncio.ensure_future(anext(events, None))
            while not (await asyncio.wait([pending], timeout=pause_s))[0]:
                yield None
            if (event := pending.result()) is None:
                return
            yield event
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)


def _model_of(catalogue: Catalogue, source: str | None, target: str) -> ModelName | None:
    """The model for the direction, if it is known."""
    model = None if source is None else catalogue.serving(source, target)
    return None if model is None else ModelName(name=model.name, hash=model.hash)
