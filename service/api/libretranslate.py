"""The dialect of LibreTranslate's clients."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from service import errors
from service.api.fields import read_fields
from service.api.language_names import name_of
from service.api.libretranslate_command import check_size, command_of, texts_of
from service.api.libretranslate_schemas import (
    DETECT,
    FAILURES,
    TRANSLATE,
    UNKNOWN,
    LibreDetected,
    LibreLanguage,
    LibreTranslated,
)
from service.api.native_answers import facts_of
from service.api.perform import TheCore, count_work, identify, perform, working
from service.text.languages import Detection
from service.translation import Outcome, Translate, Translation

router = APIRouter(tags=["libretranslate"])


@router.post("/translate", responses=FAILURES, openapi_extra=TRANSLATE)
async def translate(request: Request, response: Response, core: TheCore) -> LibreTranslated:
    """Translate a text, or an array of them."""
    sent = await read_fields(request)
    identify(request, core, sent.text("api_key"))
    texts, is_batch = texts_of(sent)
    command = command_of(request, core, sent, texts)
    outcome = await perform(request, core, command, field="q")
    response.headers.update(facts_of(outcome))
    return _answer(command, outcome, is_batch)


def _answer(command: Translate, outcome: Outcome, is_batch: bool) -> LibreTranslated:
    def shaped(values: list[Any]) -> Any:
        return values if is_batch else values[0]

    translations = outcome.translations
    answer: LibreTranslated = {"translatedText": shaped([each.text for each in translations])}
    if command.source is None:
        found = [_origin(each) for each in translations]
        answer["detectedLanguage"] = shaped(found)
    if command.num_alternatives > 0:
        answer["alternatives"] = shaped([[other.text for other in each.alternatives] for each in translations])
    return answer


def _origin(translation: Translation) -> LibreDetected:
    """The language that was detected; what was not recognised has that which it was taken for."""
    if translation.detected is not None:
        return _detected(translation.detected)
    return UNKNOWN if translation.source is None else {"confidence": 0.0, "language": translation.source}


def _detected(found: Detection) -> LibreDetected:
    return {"confidence": round(100.0 * found.confidence, 1), "language": found.language}


@router.post("/detect", responses=FAILURES, openapi_extra=DETECT)
async def detect(request: Request, core: TheCore) -> list[LibreDetected]:
    """Tell the language of a text; never empty, since clients take the first."""
    sent = await read_fields(request)
    identify(request, core, sent.text("api_key"))
    texts, _ = texts_of(sent)
    check_size(texts, core)
    with working(request, core, texts):
        found = await asyncio.to_thread(core.translator.detect, "\n".join(texts))
        count_work(request, core, texts)
    return [_detected(each) for each in found] or [UNKNOWN]


@router.get("/languages", responses=FAILURES)
async def languages(core: TheCore) -> list[LibreLanguage]:
    """The served languages; each can be translated into itself."""
    served = core.catalogue.languages.items()
    return [{"code": code, "name": name_of(code), "targets": sorted({code, *targets})} for code, targets in served]


@router.get("/health", responses=FAILURES)
async def health(core: TheCore) -> dict[str, str]:
    """Is the service ready?"""
    if not core.health.ready().is_ok:
        raise errors.NotReady("the service is not ready", 5.0)
    return {"status": "ok"}


@router.get("/spec", responses=FAILURES, include_in_schema=False)
async def spec(request: Request) -> dict[str, Any]:
    """The description of all routes."""
    description: dict[str, Any] = request.app.openapi()
    return description


@router.get("/frontend/settings", responses=FAILURES)
async def frontend_settings(core: TheCore) -> dict[str, Any]:
    """What a page should offer."""
    targets = sorted({target for some in core.catalogue.languages.values() for target in some})
    return {
        "charLimit": core.settings.max_text_characters,
        "frontendTimeout": 500,
        "apiKeys": core.access.has_keys,
        "keyRequired": core.access.is_key_required,
        "suggestions": False,
        "filesTranslation": False,
        "supportedFilesFormat": [],
        "language": {
            "source": {"code": "auto", "name": "Auto Detect"},
            "target": {"code": targets[0], "name": name_of(targets[0])},
        },
    }


@router.post("/suggest", responses=FAILURES, include_in_schema=False)
async def suggest() -> None:
    """Suggestions are not taken."""
    raise errors.Disabled("Suggestions are disabled on this server.")


@router.post("/translate_file", responses=FAILURES, include_in_schema=False)
async def translate_file() -> None:
    """Files are not translated."""
    raise errors.Disabled("Files translation are disabled on this server.")
