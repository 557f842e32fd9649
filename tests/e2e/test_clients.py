"""Clients that others wrote, against a real process."""

import deepl
import httpx
import pytest
from libretranslatepy import LibreTranslateAPI  # type: ignore[import-untyped]

from tests.e2e.process import Service

TEXT = "How are you today? I have 17 apples!"


@pytest.fixture
def expected(service: Service) -> str:
    asked = {"texts": [TEXT], "source": "en", "target": "de"}
    translated: str = httpx.post(f"{service.url}/v1/translate", json=asked, timeout=60.0).json()["translations"][0][
        "text"
    ]
    return translated


def test_a_client_of_libretranslate(service: Service, expected: str) -> None:
    client = LibreTranslateAPI(service.url)
    assert client.translate(TEXT, "en", "de") == expected
    assert client.detect(TEXT)[0]["language"] == "en"
    assert {language["code"] for language in client.languages()} == {"en", "de"}


def test_deepls_own_client(service: Service, expected: str) -> None:
    client = deepl.DeepLClient("key", server_url=service.url)
    [result] = client.translate_text([TEXT], source_lang="EN", target_lang="DE")  # type: ignore[misc]
    assert (result.text, result.detected_source_lang, result.billed_characters) == (expected, "EN", len(TEXT))
    assert client.translate_text(TEXT, target_lang="EN-US").text.strip() != ""  # type: ignore[union-attr]
    assert {language.code for language in client.get_target_languages()} == {"DE", "EN-GB", "EN-US"}
    assert {language.code for language in client.get_source_languages()} == {"DE", "EN"}
    assert not client.get_usage().any_limit_reached
    with pytest.raises(deepl.DeepLException, match="formality"):
        client.translate_text(TEXT, target_lang="DE", formality="more")
