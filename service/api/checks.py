"""What every dialect checks of a request before any work: languages, beam sizes, limits."""

import re
from collections.abc import Sequence

from service.catalogue import Catalogue, Model
from service.errors import (
    InvalidField,
    RequestTooLarge,
    TextTooLong,
    TooManyTexts,
    UnsupportedLanguage,
    UnsupportedPair,
)
from service.settings import Settings

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")


def language(catalogue: Catalogue, code: str, field: str) -> str:
    """The served language that `code` means."""
    if not _LANGUAGE.fullmatch(code):
        raise InvalidField(f"{field} must be a language code such as 'en' or 'pt-BR'", field=field)
    known = catalogue.canonical(code)
    if known is None:
        served = ", ".join(catalogue.languages)
        raise UnsupportedLanguage(f"{field} is {code!r}; served are {served}", field=field, value=code)
    return known


def models(catalogue: Catalogue, source: str | None, target: str) -> Sequence[Model]:
    """The models that may be used from `source`, or from any language if it is None, into `target`."""
    if source is None:
        found: Sequence[Model] = catalogue.into(target)
    else:
        model = catalogue.serving(source, target)
        found = [] if model is None else [model]
    if not found and source != target:
        origin = "any language" if source is None else repr(source)
        raise UnsupportedPair(f"from {origin} to {target!r} is not served", field="target", value=target)
    return found


def likeliest_source(catalogue: Catalogue, target: str) -> str | None:
    """What to take a text for whose language is not recognised, for clients who never meet such a text elsewhere.

    The only language from which `target` is served; of several, English, into which such a text then stays as it is.
    """
    sources = {source for source, targets in catalogue.languages.items() if target in targets and source != target}
    if len(sources) == 1:
        return next(iter(sources))
    return "en" if "en" in {*sources, target} else None


def beam_size(found: Sequence[Model], wanted: int | None) -> int | None:
    """The beam size that a request will run with, the smallest if that is not one; None where no model runs."""
    for model in found:
        if wanted is not None and wanted not in model.beam_sizes:
            served = ", ".join(map(str, model.beam_sizes))
            raise InvalidField(f"beam_size is {wanted}; served are {served}", field="beam_size", value=wanted)
    return wanted if wanted is not None else min((model.config.search.beam_size for model in found), default=None)


def alternatives(wanted: int, beam: int | None, field: str) -> None:
    """Refuse more alternatives than a beam of that size holds."""
    if beam is not None and wanted >= beam:
        message = f"{field} is {wanted}; the limit is {beam - 1}, one below the beam size"
        raise InvalidField(message, field=field, value=wanted, limit=beam - 1)


def num_texts(texts: Sequence[str], settings: Settings, field: str) -> None:
    """Refuse too many texts, and too many characters in all of them."""
    if len(texts) > settings.max_texts:
        message = f"{field} has {len(texts)} texts; the limit is {settings.max_texts}"
        raise TooManyTexts(message, field=field, value=len(texts), limit=settings.max_texts)
    num_characters, limit = sum(map(len, texts)), settings.max_request_characters
    # A lone text that is too long is told so by `text_lengths` or by its own translation.
    if len(texts) > 1 and num_characters > limit:
        message = f"{field} have {num_characters} characters together; the limit is {limit}"
        raise RequestTooLarge(message, field=field, value=num_characters, limit=limit)


def text_lengths(texts: Sequence[str], settings: Settings, field: str) -> None:
    """Refuse a text that is too long, for dialects in which one bad text fails the request."""
    limit = settings.max_text_characters
    for index, text in enumerate(texts):
        if len(text) > limit:
            message = f"{field}[{index}] has {len(text)} characters; the limit is {limit}"
            raise TextTooLong(message, field=f"{field}[{index}]", value=len(text), limit=limit)
