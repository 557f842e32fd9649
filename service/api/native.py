"""The native dialect: everything the service can do, strictly typed."""

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from service import errors
from service.api import checks
from service.api.description import KEYED, READING, body, failures, headers
from service.api.direct import DirectRoute
from service.api.faults import of_text
from service.api.json_body import read_json
from service.api.language_names import name_of
from service.api.native_answers import answer, detected, facts_of
from service.api.native_schemas import (
    FORMATS,
    DetectAnswer,
    DetectRequest,
    Language,
    LanguagesAnswer,
    TranslateAnswer,
    TranslateRequest,
)
from service.api.perform import (
    TheCore,
    client_of,
    core_of,
    count_work,
    deadline_s,
    identify,
    perform,
    priority,
    working,
)
from service.api.validation import plain, validate
from service.core import Core
from service.errors import InvalidField, TextTooLong, UnsupportedFormat
from service.translation import Outcome, Translate

router = APIRouter(tags=["native"])

BODIES = (TranslateRequest, DetectRequest)
EXAMPLE = {"texts": ["A man is riding a bicycle."], "source": "en", "target": "de"}

# What a translation may fail with, and how it is asked for, whole or as a stream.
FAILURES = failures(
    *KEYED,
    *READING,
    errors.UnsupportedLanguage,
    errors.UnsupportedPair,
    errors.UnsupportedFormat,
    errors.InvalidMarkup,
    errors.SourceUndetected,
    errors.TooManyTexts,
    errors.TextTooLong,
    errors.RequestTooLarge,
    errors.Overloaded,
    errors.DeadlineUnreachable,
    errors.NotReady,
    errors.DeadlineExceeded,
)
ASKED = {**body(TranslateRequest, EXAMPLE), "parameters": headers("X-Deadline-Ms", "X-Priority")}


async def translate(request: Request) -> Response:
    """Translate texts.

    A text that cannot be translated has an `error` in its place; if all fail alike, the request fails.
    """
    core = core_of(request)
    identify(request, core)
    asked = validate(TranslateRequest, await read_json(request))
    command, catalogue = command_of(request, core, asked), core.catalogue  # an answer names the version that made it
    outcome = await perform(request, core, command)
    refuse_if_all_failed(command, outcome, core)
    answered = answer(command, outcome, frozenset(asked.details), catalogue)
    return Response(to_json(answered, inf_nan_mode="null"), 200, facts_of(outcome), "application/json")


router.add_api_route(
    "/v1/translate",
    translate,
    methods=["POST"],
    response_model=TranslateAnswer,
    responses=FAILURES,
    openapi_extra=ASKED,
    route_class_override=DirectRoute,
)


def command_of(request: Request, core: Core, asked: TranslateRequest) -> Translate:
    """The command that `asked` means, checked against what is served."""
    form = FORMATS.get(asked.format)
    if form is None:
        shown = plain(asked.format)
        raise UnsupportedFormat("format must be 'text', 'html' or 'xml'", field="format", value=shown)
    is_detected = asked.source is None or asked.source.casefold() == "auto"
    source = None if is_detected else checks.language(core.catalogue, asked.source or "", "source")
    target = checks.language(core.catalogue, asked.target, "target")
    beam = checks.beam_size(checks.models(core.catalogue, source, target), asked.beam_size)
    checks.alternatives(asked.num_alternatives, beam, "num_alternatives")
    checks.num_texts(asked.texts, core.settings, "texts")
    _check_keep(asked.keep, core)
    return Translate(
        texts=tuple(asked.texts),
        target=target,
        source=source,
        form=form,
        split=asked.split,
        num_alternatives=asked.num_alternatives,
        beam_size=asked.beam_size,
        keep=tuple(asked.keep),
        alignment="alignment" in asked.details,
        offsets=asked.offsets,
        deadline_s=deadline_s(request, core, asked.deadline_ms),
        priority=priority(request, asked.priority),
        client=client_of(request),
    )


def _check_keep(keep: list[str], core: Core) -> None:
    limit = core.settings.max_keep_literals
    if len(keep) > limit:
        raise InvalidField(
            f"keep has {len(keep)} literals; the limit is {limit}", field="keep", value=len(keep), limit=limit
        )


def refuse_if_all_failed(command: Translate, outcome: Outcome, core: Core) -> None:
    """Raise what all texts failed with, if they did alike."""
    error = outcome.common_error()
    if error is None:
        return
    if error.code == TextTooLong.code:
        checks.text_lengths(command.texts, core.settings, "texts")
    raise of_text(error)


@router.post(
    "/v1/detect",
    responses=failures(
        *KEYED, *READING, errors.TooManyTexts, errors.TextTooLong, errors.RequestTooLarge, errors.NotReady
    ),
    openapi_extra=body(DetectRequest, {"texts": EXAMPLE["texts"]}),
)
async def detect(request: Request) -> DetectAnswer:
    """Tell the language of each text, among those that are served. Nothing is better than something wrong."""
    core = core_of(request)
    identify(request, core)
    asked = validate(DetectRequest, await read_json(request))
    checks.num_texts(asked.texts, core.settings, "texts")
    checks.text_lengths(asked.texts, core.settings, "texts")
    with working(request, core, asked.texts):
        found = await asyncio.to_thread(lambda: [core.translator.detect(text) for text in asked.texts])
        count_work(request, core, asked.texts)
    return DetectAnswer(detections=[[detected(each) for each in some] for some in found])


@router.get("/v1/languages", responses=failures())
async def languages(core: TheCore) -> LanguagesAnswer:
    """The served languages and directions."""
    served = core.catalogue.languages.items()
    return LanguagesAnswer(
        languages=[Language(code=code, name=name_of(code), targets=list(targets)) for code, targets in served]
    )
