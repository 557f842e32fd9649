"""The events of a stream, as they are written and described."""

from typing import Literal

from pydantic import BaseModel, Field

from service.api.description import ErrorFacts
from service.api.native_schemas import Failed, ModelName, Span, TimingReport, Translated, UsageReport


class StartEvent(BaseModel):
    """The first event: the request was admitted."""

    event: Literal["start"] = "start"
    request_id: str
    model: ModelName | None = Field(description="Null if the source is detected; `done` names the model then.")
    num_texts: int


class DeltaEvent(BaseModel):
    """More of the translation of the text `index`: to be appended, never revised."""

    event: Literal["delta"] = "delta"
    index: int
    text: str


class SegmentEvent(BaseModel):
    """A sentence that is done, after the delta that holds it; in the order of its text."""

    event: Literal["segment"] = "segment"
    index: int
    segment: int
    source: Span
    target: Span
    text: str
    score: float | None = None


class TextEvent(BaseModel):
    """The whole answer to the text `index`, once for each: what a request that is not streamed answers."""

    event: Literal["text"] = "text"
    index: int
    translation: Translated


class ErrorEvent(BaseModel):
    """With `index`, that text has failed, and its `text` follows. Without, the request has: nothing follows."""

    event: Literal["error"] = "error"
    index: int | None = None
    error: Failed | ErrorFacts


class DoneEvent(BaseModel):
    """The last event: the rest of what a request that is not streamed answers."""

    event: Literal["done"] = "done"
    model: ModelName | None
    usage: UsageReport
    timing: TimingReport | None = None


StreamEvent = StartEvent | DeltaEvent | SegmentEvent | TextEvent | ErrorEvent | DoneEvent
