"""The same text with the same options gives the same bytes in every dialect and every encoding."""

from typing import Any

import httpx
import pytest

from tests.e2e.process import Service

TEXTS = {
    "text": [
        "How are you today? I have 17 apples.\n\n  The end. ",
        "Hello {name}, you owe %1$s and ${x} at https://example.org/?a=b&c=d.",
        "It is 5 < 7 &amp; &lt;b&gt; stays. “Quotes” – and 😀, NBSP\u00a0here.",
        "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG.",
        "…",
        " ",
    ],
    "html": [
        "<p>How are <b>you</b> today?</p>\n<p>I have 17 apples &amp; a dog.</p>",
        '<a href="https://example.org/?a=b&amp;c">The quick brown fox</a> jumps over <code>x < 1</code>the lazy dog.',
    ],
}


def native(client: httpx.Client, texts: list[str], form: str) -> list[str]:
    asked = {"texts": texts, "source": "en", "target": "de", "format": form}
    answered = client.post("/v1/translate", json=asked)
    assert answered.status_code == 200, answered.text
    return [each["text"] for each in answered.json()["translations"]]


def ways(texts: list[str], form: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Requests of the foreign dialects that mean the same."""
    libretranslate = {"q": texts, "source": "en", "target": "de", "format": form}
    deepl = {"text": texts, "source_lang": "EN", "target_lang": "DE", "split_sentences": "1"}
    if form != "text":
        deepl["tag_handling"] = form
    fields = {name: (None, value) for name, value in libretranslate.items() if name != "q"}
    parts = [*fields.items(), *(("q", (None, text.encode())) for text in texts)]
    return {
        "libretranslate, JSON": ("/translate", {"json": libretranslate}),
        "libretranslate, form": ("/translate", {"data": libretranslate}),
        "libretranslate, multipart": ("/translate", {"files": parts}),
        "libretranslate, query": ("/translate", {"params": libretranslate}),
        "deepl, JSON": ("/v2/translate", {"json": deepl}),
        "deepl, form": ("/v2/translate", {"data": deepl}),
        "deepl, query": ("/v2/translate", {"params": deepl}),
    }


@pytest.mark.parametrize("form", TEXTS)
def test_every_dialect_gives_the_same_bytes(service: Service, form: str) -> None:
    texts = TEXTS[form]
    with service.client() as client:
        expected = native(client, texts, form)
        assert [native(client, [text], form) for text in texts] == [[each] for each in expected]
        for way, (path, sent) in ways(texts, form).items():
            answered = client.post(path, **sent)
            assert answered.status_code == 200, (way, answered.text)
            assert texts_of(answered.json()) == expected, way


def texts_of(told: dict[str, Any]) -> list[str]:
    """The translations in an answer of a foreign dialect."""
    if "translations" in told:
        return [each["text"] for each in told["translations"]]
    translated: list[str] = told["translatedText"]
    return translated
