"""The dialect of DeepL's clients: text, languages, usage."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from service.access.control import Caller
from service.api.deepl_command import TRUE, command_of, unsupported
from service.api.deepl_schemas import (
    FAILURES,
    LANGUAGES,
    TRANSLATE,
    TRANSLATE_IN_QUERY,
    TRANSLATE_TEXT,
    V3_LANGUAGES,
    DeepLAnswer,
    DeepLLanguage,
    ServedLanguage,
    Translation,
    Usage,
)
from service.api.fields import Fields, read_fields
from service.api.language_names import name_of
from service.api.native_answers import facts_of
from service.api.perform import TheCore, identify, perform
from service.core import Core
from service.translation import Outcome, Translate

router = APIRouter(tags=["deepl"])

MAX_BODY_BYTES = 128 * 1024
_REGIONS = {"en": ("EN-GB", "EN-US"), "pt": ("PT-BR", "PT-PT")}
_NO_QUOTA = 1_000_000_000_000


@router.get("/v2/translate", responses=FAILURES, openapi_extra=TRANSLATE_IN_QUERY)
@router.post("/v2/translate", responses=FAILURES, openapi_extra=TRANSLATE)
async def translate(request: Request, response: Response, core: TheCore) -> DeepLAnswer:
    """Translate texts."""
    sent = await read_fields(request, MAX_BODY_BYTES)
    _identify(request, core, sent)
    command = command_of(request, core, sent)
    outcome = await perform(request, core, command, field="text")
    response.headers.update(facts_of(outcome))
    return {"translations": _translations(command, outcome, sent)}


def _identify(request: Request, core: Core, sent: Fields) -> Caller:
    """Who calls: the key is in a header or, with old clients, in the query or form."""
    return identify(request, core, request.query_params.get("auth_key") if sent.is_json else sent.text("auth_key"))


def _translations(command: Translate, outcome: Outcome, sent: Fields) -> list[Translation]:
    is_billed = str(sent.one("show_billed_characters")) in TRUE
    translations: list[Translation] = []
    for text, translation in zip(command.texts, outcome.translations, strict=True):
        language = _outer(translation.source or command.source or command.target)
        answer: Translation = {"detected_source_language": language, "text": translation.text}
        if is_billed:
            answer["billed_characters"] = len(text)
        if sent.one("tag_handling") and sent.one("tag_handling_version"):
            answer["tag_handling_version"] = str(sent.one("tag_handling_version"))
        if sent.one("model_type"):
            answer["model_type_used"] = "latency_optimized" if command.beam_size == 1 else "quality_optimized"
        translations.append(answer)
    return translations


def _outer(code: str) -> str:
    return code.partition("-")[0].upper()


@router.get("/v2/languages", responses=FAILURES, openapi_extra=LANGUAGES)
@router.post("/v2/languages", responses=FAILURES, openapi_extra=LANGUAGES)
async def languages(request: Request, core: TheCore) -> list[DeepLLanguage]:
    """The served languages: base codes as sources, regional ones as targets."""
    sent = await read_fields(request)
    _identify(request, core, sent)
    served = core.catalogue.languages
    match sent.text("type") or "source":
        case "source":
            codes = sorted({code.partition("-")[0] for code, targets in served.items() if targets})
            return [{"language": code.upper(), "name": name_of(code)} for code in codes]
        case "target":
            into = sorted({target for targets in served.values() for target in targets})
            outer = [code for base in into for code in _REGIONS.get(base, (base.upper(),))]
            return [{"language": code, "name": name_of(code), "supports_formality": False} for code in outer]
        case _:
            raise unsupported("type")


@router.get("/v3/languages", responses=FAILURES, openapi_extra=V3_LANGUAGES)
async def languages_and_features(request: Request, core: TheCore) -> list[ServedLanguage]:
    """The served languages, and what is offered for them."""
    sent = await read_fields(request)
    _identify(request, core, sent)
    if (sent.text("resource") or TRANSLATE_TEXT) != TRANSLATE_TEXT:
        raise unsupported("resource")
    served = core.catalogue.languages
    targets = {target for some in served.values() for target in some}
    return [
        {
            "lang": code,
            "name": name_of(code),
            "usable_as_source": bool(served.get(code)),
            "usable_as_target": code in targets,
            "status": "stable",
            "features": {"tag_handling": {"status": "stable"}},
        }
        for code in sorted({*served, *targets})
    ]


@router.get("/v2/usage", responses=FAILURES)
@router.post("/v2/usage", responses=FAILURES)
async def usage(request: Request, core: TheCore) -> Usage:
    """What was used in this month, of how much; without keys, by all clients together."""
    caller = _identify(request, core, await read_fields(request))
    limit = caller.limits.characters_per_month
    start, end = core.access.month()
    return {
        "character_count": core.access.used(caller).characters,
        "character_limit": _NO_QUOTA if limit is None else limit,
        "start_time": _instant(start),
        "end_time": _instant(end),
    }


def _instant(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
