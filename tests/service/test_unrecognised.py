"""A text whose language is not recognised: an error in the native dialect, a guess where clients know no such error."""

import asyncio
from typing import Any

import pytest

from service.api.checks import likeliest_source
from service.artifact_config import Pair
from service.catalogue import Catalogue, Model
from service.translation import TextError, Translate
from service.translator import Translator
from tests.service.api.doubles import fake, make_core, serving
from tests.service.doubles import EchoEngine, config, routes
from tests.service.text.models import subword
from tests.service.translating import EN_DE, FixedDetector


def test_it_is_taken_for_the_fallback_and_not_said_to_be_detected() -> None:
    translator = Translator(EchoEngine(), routes(subword(), [EN_DE]), FixedDetector())
    command = Translate(("unclear", "the fox"), "de", fallback="en")
    unclear, fox = asyncio.run(translator.translate(command)).translations
    assert (unclear.text, unclear.source, unclear.detected, unclear.error) == ("unclear", "en", None, None)
    assert fox.detected is not None


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (["en-de", "de-en"], "en"),
        (["fr-de"], "fr"),
        (["fr-de", "en-de", "es-de"], "en"),
        (["fr-de", "es-de"], None),
        (["de-fr"], None),
    ],
)
def test_it_is_the_only_language_that_it_can_be_or_english(pairs: list[str], expected: str | None) -> None:
    assert likeliest_source(catalogue(*pairs), "de") == expected


def test_for_who_wants_english_it_is_what_that_is_served_from_or_english_already() -> None:
    assert likeliest_source(catalogue("en-de", "de-en"), "en") == "de"
    assert likeliest_source(catalogue("en-de", "de-en", "fr-en"), "en") == "en"


def catalogue(*pairs: str) -> Catalogue:
    return Catalogue([Model("sha256:0", config([Pair(pair[:2], pair[3:], None) for pair in pairs]), (4,))])


@pytest.mark.parametrize(
    ("path", "body", "fallback", "field"),
    [
        ("/v1/translate", {"texts": ["a", "bad"], "target": "de"}, None, "texts"),
        ("/translate", {"q": ["a", "bad"], "source": "auto", "target": "de"}, "en", "q"),
        ("/v2/translate", {"text": ["a", "bad"], "target_lang": "DE"}, "en", "text"),
    ],
)
def test_foreign_dialects_have_a_fallback_and_name_their_own_field(
    path: str, body: dict[str, Any], fallback: str | None, field: str
) -> None:
    core = make_core()
    with serving(core) as client:
        assert client.post(path, json=body).status_code == 200
        assert fake(core).commands[0].fallback == fallback
        fake(core).fails = {"bad": TextError("invalid_markup", "texts[1] is not well-formed XML")}
        assert f"{field}[1] is not well-formed" in client.post(path, json=body).text
