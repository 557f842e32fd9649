"""`POST /v1/translate/stream`: the translation as it comes, as server-sent events or as lines of JSON."""

from typing import Any

from fastapi import APIRouter, Request

from service.api.description import REFERENCE
from service.api.json_body import read_json
from service.api.native import ASKED, FAILURES, command_of
from service.api.native_schemas import TranslateRequest
from service.api.perform import core_of, identify
from service.api.stream_answer import StreamAnswer
from service.api.stream_schemas import DeltaEvent, DoneEvent, ErrorEvent, SegmentEvent, StartEvent, TextEvent
from service.api.stream_writer import NDJSON, SSE
from service.api.validation import validate

router = APIRouter(tags=["native"])

EVENTS = (StartEvent, DeltaEvent, SegmentEvent, TextEvent, ErrorEvent, DoneEvent)
_ONE_EVENT = {"oneOf": [{"$ref": REFERENCE.format(model=kind.__name__)} for kind in EVENTS]}
# `x-item-schema` is what later versions of OpenAPI call `itemSchema`; there is no schema of the whole.
_STREAM = {"x-item-schema": _ONE_EVENT}
_STREAMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events in order. Each `data`, with its `event`, and each line is one `x-item-schema`.",
        "content": {SSE: _STREAM, NDJSON: _STREAM},
    }
}


@router.post(
    "/v1/translate/stream",
    status_code=200,  # described, since the class itself has none to be asked for
    response_class=StreamAnswer,
    responses={**_STREAMS, **FAILURES},
    openapi_extra=ASKED,
)
async def translate_stream(request: Request) -> StreamAnswer:
    """Translate texts and send what is done as soon as it is, sentence by sentence.

    Server-sent events, or lines of JSON if `Accept` prefers `application/x-ndjson`. The joined `delta` of a text are
    its translation. What fails before the first event fails as it does for `/v1/translate`.
    """
    core = core_of(request)
    identify(request, core)
    asked = validate(TranslateRequest, await read_json(request))
    return StreamAnswer(request, core, command_of(request, core, asked), frozenset(asked.details))
