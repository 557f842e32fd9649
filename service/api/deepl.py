"""The dialect of DeepL's clients: text, languages, usage."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response

from service import errors
from service.access.control import Caller
from service.api import checks
from service.api.deepl_schemas import (
    FAILURES,
    FORMALITIES,
    LANGUAGES,
    MODEL_TYPES,
    SPLITS,
    TAG_HANDLING_VERSIONS,
    TAG_HANDLINGS,
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
from service.api.perform import TheCore, client_of, deadline_s, identify, perform, priority
from service.catalogue import Catalogue, Model
from service.core import Core
from service.text.outline import TagRules
from service.translation import Outcome, Translate

router = APIRouter(tags=["deepl"])

MAX_BODY_BYTES = 128 * 1024
_REGIONS = {"en": ("EN-GB", "EN-US"), "pt": ("PT-BR", "PT-PT")}
_NOT_OFFERED = ("style_id", "translation_memory_id", "translation_memory_threshold", "custom_instructions")
_MAX_GLOSSARIES = 5
_NO_QUOTA = 1_000_000_000_000
_TRUE = ("1", "true", "True")
_FALSE = ("0", "false", "False")


@router.get("/v2/translate", responses=FAILURES, openapi_extra=TRANSLATE_IN_QUERY)
@router.post("/v2/translate", responses=FAILURES, openapi_extra=TRANSLATE)
async def translate(request: Request, response: Response, core: TheCore) -> DeepLAnswer:
    """Translate texts."""
    sent = await read_fields(request, MAX_BODY_BYTES)
    _identify(request, core, sent)
    command = _command(request, core, sent)
    outcome = await perform(request, core, command, field="text")
    response.headers.update(facts_of(outcome))
    return {"translations": _translations(command, outcome, sent)}


def _identify(request: Request, core: Core, sent: Fields) -> Caller:
    """Who calls: the key is in a header or, with old clients, in the query or form."""
    return identify(request, core, request.query_params.get("auth_key") if sent.is_json else sent.text("auth_key"))


def _command(request: Request, core: Core, sent: Fields) -> Translate:
    texts = sent.many("text")
    if not texts or not all(isinstance(text, str) for text in texts):
        raise errors.InvalidField("Parameter 'text' not specified.", field="text")
    code = sent.text("target_lang")
    if code is None:
        raise _unsupported("target_lang")
    target = _language(core.catalogue, code, "target_lang")
    origin = sent.text("source_lang")
    source = None if origin is None else _language(core.catalogue, origin, "source_lang")
    _refuse_what_is_not_offered(sent, source)
    model_type = _choice(sent, "model_type", MODEL_TYPES)
    beam_size = 1 if model_type == "latency_optimized" else None
    _check_beam_size(_models(core, source, target), beam_size)
    checks.num_texts(texts, core.settings, "text")
    checks.text_lengths(texts, core.settings, "text")
    handling = _choice(sent, "tag_handling", tuple(TAG_HANDLINGS))
    _choice(sent, "tag_handling_version", TAG_HANDLING_VERSIONS)
    for name in ("preserve_formatting", "show_billed_characters"):
        _choice(sent, name, (*_TRUE, *_FALSE))
    split = _choice(sent, "split_sentences", tuple(SPLITS)) or ("nonewlines" if handling == "html" else "1")
    return Translate(
        texts=tuple(texts),
        target=target,
        source=source,
        fallback=checks.likeliest_source(core.catalogue, target),
        form=TAG_HANDLINGS[handling] if handling else "text",
        tags=_tag_rules(sent),
        split=SPLITS[split],
        beam_size=beam_size,
        deadline_s=deadline_s(request, core),
        priority=priority(request),
        client=client_of(request),
    )


def _models(core: Core, source: str | None, target: str) -> Sequence[Model]:
    try:
        return checks.models(core.catalogue, source, target)
    except errors.UnsupportedPair:
        raise errors.UnsupportedPair("Value for 'target_lang' not supported.", field="target_lang") from None


def _check_beam_size(found: Sequence[Model], wanted: int | None) -> None:
    try:
        checks.beam_size(found, wanted)
    except errors.InvalidField:
        raise _unsupported("model_type") from None


def _refuse_what_is_not_offered(sent: Fields, source: str | None) -> None:
    _refuse_glossaries(sent, source)
    formality = sent.text("formality")
    if formality in ("more", "less"):
        code = str(sent.one("target_lang"))[:7].upper()
        raise errors.InvalidField(f"Target language '{code}' doesn't support formality.", field="formality")
    _choice(sent, "formality", FORMALITIES)
    for name in _NOT_OFFERED:
        if sent.one(name):
            raise errors.InvalidField(f"Parameter '{name}' is not offered here.", field=name)


def _refuse_glossaries(sent: Fields, source: str | None) -> None:
    """Refuse a glossary as one that was never made, after what is wrong with any."""
    several = [value for value in sent.many("glossary_ids") if value not in (None, "")]
    if not several and not sent.one("glossary_id"):
        return
    if source is None:
        raise _unsupported("source_lang")
    num_ids = sum(value.count(",") + 1 if isinstance(value, str) else 1 for value in several)
    if num_ids > _MAX_GLOSSARIES or (several and sent.one("glossary_id")):
        raise _unsupported("glossary_ids")
    raise errors.NotFound("Glossary not found.")


def _tag_rules(sent: Fields) -> TagRules:
    return TagRules(
        ignore=_tag_names(sent, "ignore_tags"),
        splitting=_tag_names(sent, "splitting_tags"),
        non_splitting=_tag_names(sent, "non_splitting_tags"),
        detects_outline=_choice(sent, "outline_detection", (*_TRUE, *_FALSE)) not in _FALSE,
    )


def _tag_names(sent: Fields, name: str) -> frozenset[str]:
    """Names in an array, or between commas as forms write them."""
    values = [value for value in sent.many(name) if value is not None]
    if not all(isinstance(value, str) for value in values):
        raise _unsupported(name)
    names = (each.strip() for value in values for each in value.split(","))
    return frozenset(filter(None, names))


def _choice(sent: Fields, name: str, allowed: tuple[str, ...]) -> str | None:
    """The value of `name`, one of `allowed`; numbers and booleans of JSON are taken for their digits."""
    value = sent.one(name)
    if value is None or value == "":
        return None
    text = str(int(value)) if isinstance(value, bool | int) else value
    if text not in allowed:
        raise _unsupported(name)
    return str(text)


def _unsupported(name: str) -> errors.InvalidField:
    return errors.InvalidField(f"Value for '{name}' not supported.", field=name)


def _language(catalogue: Catalogue, code: str, field: str) -> str:
    """The served language of a code, regional or not."""
    found = catalogue.canonical(code) or catalogue.canonical(code.partition("-")[0])
    if found is None:
        raise errors.UnsupportedLanguage(f"Value for '{field}' not supported.", field=field)
    return found


def _translations(command: Translate, outcome: Outcome, sent: Fields) -> list[Translation]:
    is_billed = str(sent.one("show_billed_characters")) in _TRUE
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
            raise _unsupported("type")


@router.get("/v3/languages", responses=FAILURES, openapi_extra=V3_LANGUAGES)
async def languages_and_features(request: Request, core: TheCore) -> list[ServedLanguage]:
    """The served languages, and what is offered for them."""
    sent = await read_fields(request)
    _identify(request, core, sent)
    if (sent.text("resource") or TRANSLATE_TEXT) != TRANSLATE_TEXT:
        raise _unsupported("resource")
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
