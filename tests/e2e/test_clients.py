"""Clients that others wrote, over a real socket, against a real process: one that serves nonsense, and the default."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import deepl
import httpx
import pytest
from babel.messages.pofile import read_po
from deep_translator import DeeplTranslator, LibreTranslator  # type: ignore[import-untyped]
from httpx_sse import connect_sse
from libretranslate_aio import AsyncLibreTranslate, BadRequestError, ForbiddenError, LibreTranslate
from libretranslatepy import LibreTranslateAPI  # type: ignore[import-untyped]

from tests.e2e.process import environment, running
from tests.service.tiny_artifact import tiny_artifact

TEXTS = {
    "en": "A man is riding 17 bicycles. How are you?",
    "de": "Ein Mann fährt 17 Fahrräder. Wie geht es dir?",
    "fr": "Un homme fait du vélo depuis 17 jours. Comment vas-tu ?",
    "es": "Un hombre monta en bicicleta desde hace 17 días. ¿Cómo estás?",
}


@dataclass(frozen=True)
class Served:
    """A running service and what it translates."""

    url: str

    @cached_property
    def languages(self) -> dict[str, list[str]]:
        """Every language, and what it is translated into."""
        listed = httpx.get(f"{self.url}/v1/languages", timeout=60.0).json()["languages"]
        return {each["code"]: each["targets"] for each in listed}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every direction."""
        return [(source, target) for source, targets in self.languages.items() for target in targets]

    def translate(self, text: str, source: str, target: str, **options: object) -> str:
        """The translation of `text`, as the native dialect gives it."""
        asked = {"texts": [text], "source": source, "target": target, **options}
        answered = httpx.post(f"{self.url}/v1/translate", json=asked, timeout=60.0).json()
        translated: str = answered["translations"][0]["text"]
        return translated


@pytest.fixture(scope="module", params=[tiny_artifact, lambda: None], ids=["tiny", "default"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with running(request.param()) as started:
        started.await_ready()
        yield Served(started.url)


def run_module(name: str, *arguments: str) -> str:
    """What `python -m name` prints."""
    command = [sys.executable, "-m", name, *arguments]
    # Nothing of ours on the path: some of these programs have the names of modules here.
    ended = subprocess.run(command, capture_output=True, env=environment(), timeout=60.0, check=False, cwd=os.sep)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.decode("utf-8")


def test_libretranslatepy(served: Served) -> None:
    client = LibreTranslateAPI(served.url)
    for source, target in served.pairs:
        assert client.translate(TEXTS[source], source, target) == served.translate(TEXTS[source], source, target)
        assert client.detect(TEXTS[source])[0]["language"] == source
    listed = {each["code"]: set(each["targets"]) for each in client.languages()}
    assert listed == {code: {code, *targets} for code, targets in served.languages.items()}


def test_libretranslate_aio(served: Served) -> None:
    with LibreTranslate(served.url, api_key="k") as client:
        for source, target in served.pairs:
            expected = served.translate(TEXTS[source], source, target)
            assert client.translate(TEXTS[source], source=source, target=target).translated_text == expected
            batch = client.translate([TEXTS[source], ""], source="auto", target=target, alternatives=1)
            assert batch.translated_text == [expected, ""]
            assert isinstance(batch.detected_language, list)
            assert batch.detected_language[0].language == source
            assert batch.alternatives is not None
            assert client.detect(TEXTS[source])[0].language == source
        assert {each.code for each in client.languages()} == set(served.languages)
        assert client.health()
        assert client.frontend_settings().language.source.code == "auto"
        with pytest.raises(BadRequestError, match="xx is not supported"):
            client.translate("a", source="xx", target="de")
        with pytest.raises(ForbiddenError, match="Suggestions are disabled"):
            client.suggest("a", "b", source="en", target="de")


def test_libretranslate_aio_in_a_loop(served: Served) -> None:
    async def ask(source: str, target: str) -> object:
        async with AsyncLibreTranslate(served.url) as client:
            return (await client.translate(TEXTS[source], source=source, target=target)).translated_text

    for source, target in served.pairs:
        assert asyncio.run(ask(source, target)) == served.translate(TEXTS[source], source, target)


def test_libretranslate_aios_command(served: Served) -> None:
    def command(*arguments: str) -> str:
        return run_module("libretranslate_aio.cli", "--url", served.url, *arguments)

    for source, target in served.pairs:
        told = json.loads(command("translate", "--source", source, "--target", target, "--json", TEXTS[source]))
        assert told["translatedText"] == served.translate(TEXTS[source], source, target)
    assert {line.split("\t")[0] for line in command("languages").splitlines()} == set(served.languages)
    assert command("detect", TEXTS["en"]).startswith("en\t")


def test_deep_translator_as_a_client_of_libretranslate(served: Served) -> None:
    for source, target in served.pairs:
        client = LibreTranslator(source, target, api_key="k", custom_url=f"{served.url}/")
        expected = served.translate(TEXTS[source], source, target)
        assert client.translate(TEXTS[source]) == expected
        assert client.translate_batch([TEXTS[source], TEXTS[source]]) == [expected, expected]


def test_deep_translator_as_a_client_of_deepl(served: Served) -> None:
    for source, target in served.pairs:
        client = DeeplTranslator(source, target, api_key="k")
        client._base_url = f"{served.url}/v2/"  # it has no option for this
        assert client.translate(TEXTS[source]) == served.translate(TEXTS[source], source, target)


def test_deepls_own_client(served: Served) -> None:
    client = deepl.DeepLClient("key", server_url=served.url)
    for source, target in served.pairs:
        text, outer = TEXTS[source], outer_targets(target)[-1]
        # A list gives a list.
        [result] = client.translate_text([text], source_lang=source, target_lang=outer)  # type: ignore[misc]
        assert result.text == served.translate(text, source, target)
        assert (result.detected_source_lang, result.billed_characters) == (source.upper(), len(text))
        [found] = client.translate_text([text], target_lang=outer)  # type: ignore[misc]
        assert (found.text, found.detected_source_lang) == (result.text, source.upper())
    targets = {target for some in served.languages.values() for target in some}
    outer_codes = {code for target in targets for code in outer_targets(target)}
    assert {language.code for language in client.get_target_languages()} == outer_codes
    sources = {source.upper() for source, some in served.languages.items() if some}
    assert {language.code for language in client.get_source_languages()} == sources
    assert not client.get_usage().any_limit_reached


def test_deepls_own_client_meets_errors_of_its_own_kinds(served: Served) -> None:
    client = deepl.DeepLClient("key", server_url=served.url)
    with pytest.raises(deepl.DeepLException, match="formality"):
        client.translate_text("a", target_lang="DE", formality="more")
    with pytest.raises(deepl.DeepLException, match="target_lang"):
        client.translate_text("a", target_lang="XX")
    with pytest.raises(deepl.GlossaryNotFoundException):
        client.get_glossary("0a0a0a0a-0000-0000-0000-000000000000")
    with pytest.raises(deepl.DeepLException, match="there is nothing here"):
        client.translate_document_upload(b"a", target_lang="DE", filename="a.txt")


def test_deepls_own_client_keeps_markup(served: Served) -> None:
    client = deepl.DeepLClient("key", server_url=served.url)
    [source, target] = served.pairs[0]
    text = f'<p class="a">{TEXTS[source]} <x id="5"></x></p>'
    result = client.translate_text(
        text, source_lang=source, target_lang=outer_targets(target)[-1], tag_handling="xml", ignore_tags=["x"]
    )
    assert isinstance(result, deepl.TextResult)
    assert result.text.startswith('<p class="a">')
    assert result.text.count('<x id="5"></x>') == 1


def test_deepls_command(served: Served, tmp_path: Path) -> None:
    def command(*arguments: str) -> str:
        return run_module("deepl", "--server-url", served.url, "--auth-key", "k", *arguments)

    for source, target in served.pairs:
        told = command("text", "--from", source, "--to", outer_targets(target)[-1], TEXTS[source])
        assert told.removesuffix("\n") == served.translate(TEXTS[source], source, target)
    assert "Characters: " in command("usage")
    languages = command("languages")
    assert all(f"{code.upper()}: " in languages for code, targets in served.languages.items() if targets)


def test_httpx_sse(served: Served) -> None:
    with httpx.Client(base_url=served.url, timeout=60.0) as client:
        for source, target in served.pairs:
            asked = {"texts": [TEXTS[source]], "source": source, "target": target}
            with connect_sse(client, "POST", "/v1/translate/stream", json=asked) as stream:
                events = [(each.event, each.json()) for each in stream.iter_sse()]
            assert (events[0][0], events[-1][0]) == ("start", "done")
            words = [told["text"] for name, told in events if name == "delta"]
            assert "".join(words) == served.translate(TEXTS[source], source, target)


PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#, c-format
msgid "The dog has %d books, not %s."
msgstr ""

#, python-brace-format
msgid "Good morning, {name}! How are you today?"
msgstr ""
"""
DEEPL_I18N = """
import sys
import deepl
from deepl_i18n.cli import main
deepl.Translator._DEEPL_SERVER_URL_FREE = sys.argv.pop(1)
sys.exit(main())
"""


def test_deepl_i18n_fills_a_file_of_messages(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "messages.po"
    path.write_text(PO, encoding="utf-8")
    command = [sys.executable, "-c", DEEPL_I18N, served.url, "po", str(path), "--source-lang", "EN"]
    ended = subprocess.run(
        [*command, "--target-lang", "DE"],
        capture_output=True,
        env=environment(DEEPL_API_KEY="k:fx"),
        timeout=60.0,
        check=False,
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    with path.open("rb") as file:
        written = {str(message.id): str(message.string) for message in read_po(file, locale="de") if message.id}
    for text, kept in (
        ("The dog has %d books, not %s.", ("%d", "%s")),
        ("Good morning, {name}! How are you today?", ("{name}",)),
    ):
        assert written[text] not in ("", text)
        assert all(written[text].count(each) == 1 for each in kept), written[text]


def outer_targets(code: str) -> list[str]:
    """What DeepL's clients call a target; their own refuses a plain `EN`."""
    return {"en": ["EN-GB", "EN-US"]}.get(code, [code.upper()])
