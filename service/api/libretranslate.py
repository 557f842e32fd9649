"""The dialect of LibreTranslate's clients."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from service import errors
from service.api import checks
from service.api.fields import Fields, read_fields
from service.api.language_names import name_of
from service.api.libretranslate_schemas import (
    DETECT,
    FAILURES,
    FORMATS,
    TRANSLATE,
    UNKNOWN,
    LibreDetected,
    LibreLanguage,
    LibreTranslated,
)
from service.api.native_answers import facts_of
from service.api.perform import TheCore, client_of, count_work, deadline_s, identify, perform, priority, working
from service.catalogue import Catalogue
from service.core import Core
from service.text.languages import Detection
from service.translation import Outcome, Translate, Translation

router = APIRouter(tags=["libretranslate"])

_ALIASES = {"zh": "zh-Hans", "zt": "zh-Hant", "pb": "pt-BR"}


@router.post("/translate", responses=FAILURES, openapi_extra=TRANSLATE)
async def translate(request: Request, response: Response, core: TheCore) -> LibreTranslated:
    """Translate a text, or an array of them."""
    sent = await read_fields(request)
    identify(request, core, sent.text("api_key"))
    texts, is_batch = _texts(sent)
    command = _command(request, core, sent, texts)
    outcome = await perform(request, core, command, field="q")
    response.headers.update(facts_of(outcome))
    return _answer(command, outcome, is_batch)


def _texts(sent: Fields) -> tuple[list[str], bool]:
    """The texts, and whether they are to be answered as an array. Forms break lines with CR LF: they mean LF."""
    values = sent.many("q")
    is_batch = isinstance(sent.values.get("q"), list) and (sent.is_json or len(values) > 1)
    if not values or (not is_batch and values == [""]):
        raise errors.InvalidField("Invalid request: missing q parameter", field="q")
    if not all(isinstance(value, str) for value in values):
        raise errors.InvalidField("Invalid request: q parameter is not a string", field="q")
    return [value if sent.is_json else _line_feeds(value) for value in values], is_batch


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _command(request: Request, core: Core, sent: Fields, texts: list[str]) -> Translate:
    codes = [_required(sent, name) for name in ("source", "target")]
    num_alternatives = _num_alternatives(sent)
    _check_alternatives(num_alternatives, max(model.config.search.beam_size for model in core.catalogue.models))
    _check_size(texts, core)
    source = None if codes[0].casefold() == "auto" else _language(core.catalogue, codes[0])
    target = _language(core.catalogue, codes[1])
    wanted = sent.text("format") or "text"
    form = FORMATS.get(wanted)
    if form is None:
        shown = wanted if wanted.isalnum() and len(wanted) <= 20 else "this"
        raise errors.UnsupportedFormat(f"{shown} format is not supported", field="format")
    beam = checks.beam_size(_models(core.catalogue, source, target), None)
    if beam is not None:
        _check_alternatives(num_alternatives, beam)
    return Translate(
        texts=tuple(texts),
        target=target,
        source=source,
        fallback=checks.likeliest_source(core.catalogue, target),
        form=form,
        num_alternatives=num_alternatives,
        deadline_s=deadline_s(request, core),
        priority=priority(request),
        client=client_of(request),
    )


def _required(sent: Fields, name: str) -> str:
    value = sent.text(name)
    if value is None:
        raise errors.InvalidField(f"Invalid request: missing {name} parameter", field=name)
    return value


def _num_alternatives(sent: Fields) -> int:
    value = sent.one("alternatives")
    try:
        return max(0, int(value or 0)) if not isinstance(value, bool | float | list | dict) else _not_a_number()
    except ValueError:
        return _not_a_number()


def _not_a_number() -> int:
    raise errors.InvalidField("Invalid request: alternatives parameter is not a number", field="alternatives")


def _check_alternatives(wanted: int, beam: int) -> None:
    if wanted >= beam:
        message = f"Invalid request: alternatives parameter must be <= {beam - 1}"
        raise errors.InvalidField(message, field="alternatives", value=wanted, limit=beam - 1)


def _check_size(texts: list[str], core: Core) -> None:
    settings = core.settings
    sizes = [(len(texts), settings.max_texts), *((len(text), settings.max_text_characters) for text in texts)]
    sizes.append((sum(map(len, texts)), settings.max_request_characters))
    for size, limit in sizes:
        if size > limit:
            message = f"Invalid request: request ({size}) exceeds text limit ({limit})"
            raise errors.RequestTooLarge(message, field="q", value=size, limit=limit)


def _language(catalogue: Catalogue, code: str) -> str:
    found = catalogue.canonical(code) or catalogue.canonical(_ALIASES.get(code.casefold(), code))
    if found is None:
        shown = code.lower() if code.replace("-", "").isalnum() and code.isascii() and len(code) <= 20 else "this"
        raise errors.UnsupportedLanguage(f"{shown} is not supported")
    return found


def _models(catalogue: Catalogue, source: str | None, target: str) -> Any:
    try:
        return checks.models(catalogue, source, target)
    except errors.UnsupportedPair:
        origin = "auto" if source is None else f"{name_of(source)} ({source})"
        message = f"{name_of(target)} ({target}) is not available as a target language from {origin}"
        raise errors.UnsupportedPair(message, field="target", value=target) from None


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
    texts, _ = _texts(sent)
    _check_size(texts, core)
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
