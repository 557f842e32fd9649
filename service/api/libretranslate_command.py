"""What LibreTranslate's clients ask for, in its fields: read, checked, and refused where it is not offered."""

from typing import Any

from fastapi import Request

from service import errors
from service.api import checks
from service.api.fields import Fields
from service.api.language_names import name_of
from service.api.libretranslate_schemas import FORMATS
from service.api.perform import client_of, deadline_s, priority
from service.catalogue import Catalogue
from service.core import Core
from service.translation import Translate

_ALIASES = {"zh": "zh-Hans", "zt": "zh-Hant", "pb": "pt-BR"}


def texts_of(sent: Fields) -> tuple[list[str], bool]:
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


def command_of(request: Request, core: Core, sent: Fields, texts: list[str]) -> Translate:
    """The command that `sent` means for its `texts`, checked against what is served."""
    codes = [_required(sent, name) for name in ("source", "target")]
    num_alternatives = _num_alternatives(sent)
    _check_alternatives(num_alternatives, max(model.config.search.beam_size for model in core.catalogue.models))
    check_size(texts, core)
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


def check_size(texts: list[str], core: Core) -> None:
    """Refuse more, or longer, texts than are taken."""
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
