"""What DeepL's clients ask for, in its fields: read, checked, and refused where it is not offered."""

from collections.abc import Sequence

from fastapi import Request

from service import errors
from service.api import checks
from service.api.deepl_schemas import FORMALITIES, MODEL_TYPES, SPLITS, TAG_HANDLING_VERSIONS, TAG_HANDLINGS
from service.api.fields import Fields
from service.api.perform import client_of, deadline_s, priority
from service.catalogue import Catalogue, Model
from service.core import Core
from service.text.tag_rules import TagRules
from service.translation import Translate

TRUE = ("1", "true", "True")
_FALSE = ("0", "false", "False")
_NOT_OFFERED = ("style_id", "translation_memory_id", "translation_memory_threshold", "custom_instructions")
_MAX_GLOSSARIES = 5


def command_of(request: Request, core: Core, sent: Fields) -> Translate:
    """The command that `sent` means, checked against what is served."""
    texts = sent.many("text")
    if not texts or not all(isinstance(text, str) for text in texts):
        raise errors.InvalidField("Parameter 'text' not specified.", field="text")
    code = sent.text("target_lang")
    if code is None:
        raise unsupported("target_lang")
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
        _choice(sent, name, (*TRUE, *_FALSE))
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
        raise unsupported("model_type") from None


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
        raise unsupported("source_lang")
    num_ids = sum(value.count(",") + 1 if isinstance(value, str) else 1 for value in several)
    if num_ids > _MAX_GLOSSARIES or (several and sent.one("glossary_id")):
        raise unsupported("glossary_ids")
    raise errors.NotFound("Glossary not found.")


def _tag_rules(sent: Fields) -> TagRules:
    return TagRules(
        ignore=_tag_names(sent, "ignore_tags"),
        splitting=_tag_names(sent, "splitting_tags"),
        non_splitting=_tag_names(sent, "non_splitting_tags"),
        detects_outline=_choice(sent, "outline_detection", (*TRUE, *_FALSE)) not in _FALSE,
    )


def _tag_names(sent: Fields, name: str) -> frozenset[str]:
    """Names in an array, or between commas as forms write them."""
    values = [value for value in sent.many(name) if value is not None]
    if not all(isinstance(value, str) for value in values):
        raise unsupported(name)
    names = (each.strip() for value in values for each in value.split(","))
    return frozenset(filter(None, names))


def _choice(sent: Fields, name: str, allowed: tuple[str, ...]) -> str | None:
    """The value of `name`, one of `allowed`; numbers and booleans of JSON are taken for their digits."""
    value = sent.one(name)
    if value is None or value == "":
        return None
    text = str(int(value)) if isinstance(value, bool | int) else value
    if text not in allowed:
        raise unsupported(name)
    return str(text)


def unsupported(name: str) -> errors.InvalidField:
    """The error of a value that DeepL's clients know."""
    return errors.InvalidField(f"Value for '{name}' not supported.", field=name)


def _language(catalogue: Catalogue, code: str, field: str) -> str:
    """The served language of a code, regional or not."""
    found = catalogue.canonical(code) or catalogue.canonical(code.partition("-")[0])
    if found is None:
        raise errors.UnsupportedLanguage(f"Value for '{field}' not supported.", field=field)
    return found
