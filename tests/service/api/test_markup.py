"""Markup in all dialects: the same text gives the same answer, and what is no markup is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.artifact_config import Pair
from service.translator import Translator
from tests.service.api.doubles import make_core, serving
from tests.service.doubles import FakeEngine, routes
from tests.service.text.models import subword
from tests.service.translating import FixedDetector

TEXT = '<p>The <b class="x">fox</b> &amp; a dog.</p>'
ANSWER = '<p>THE <b class="x">FOX</b> &amp; A DOG.</p>'
MALFORMED = "<p>The <b>fox</p>"
PLACE = "texts[0] is not well-formed XML: mismatched tag at line 1, column 16"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    engine = FakeEngine(subword(), lambda shown: [shown.removeprefix("<2de>").strip().upper().replace("TOM", "Tom")])
    translator = Translator(engine, routes(subword(), [Pair("en", "de", "<2de>")]), FixedDetector())
    with serving(make_core(translator=translator)) as running:
        yield running


@pytest.mark.parametrize("form", ["html", "xml"])
def test_the_native_dialect_takes_markup(client: TestClient, form: str) -> None:
    answer = client.post("/v1/translate", json={"texts": [TEXT], "source": "en", "target": "de", "format": form})
    assert answer.json()["translations"][0]["text"] == ANSWER


def test_libretranslate_takes_html(client: TestClient) -> None:
    sent = {"q": [TEXT], "source": "en", "target": "de", "format": "html"}
    assert client.post("/translate", json=sent).json()["translatedText"] == [ANSWER]
    assert client.post("/translate", data=sent).json()["translatedText"] == ANSWER


@pytest.mark.parametrize("form", ["html", "xml"])
def test_deepl_takes_markup(client: TestClient, form: str) -> None:
    assert deepl(client, TEXT, tag_handling=form, tag_handling_version="v2") == {
        "detected_source_language": "EN",
        "text": ANSWER,
        "tag_handling_version": "v2",
    }


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('the <x id="5"></x> fox', {"ignore_tags": ["x"]}, 'THE <x id="5"></x> FOX'),
        ("the <n>red</n> <m>fox</m>", {"ignore_tags": "n,m"}, "the <n>red</n> <m>fox</m>".replace("the", "THE")),
        ("the fox <s>met</s> a dog", {"splitting_tags": ["s"]}, "THE FOX <s>MET</s> A DOG"),
        ("<d><s>the</s> <s>fox</s></d>", {"non_splitting_tags": ["s"], "outline_detection": "0"}, None),
    ],
)
def test_deepl_takes_rules_about_tags(
    client: TestClient, text: str, options: dict[str, Any], expected: str | None
) -> None:
    found = deepl(client, text, tag_handling="xml", **options)["text"]
    assert found == (expected or text.replace("the", "THE").replace("fox", "FOX"))


def deepl(client: TestClient, text: str, **options: Any) -> dict[str, Any]:
    sent = {"text": [text], "source_lang": "EN", "target_lang": "DE", **options}
    answer = client.post("/v2/translate", json=sent)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["translations"][0]
    return found


def test_html_wraps_its_lines_where_it_likes_unless_a_client_says_otherwise(client: TestClient) -> None:
    assert deepl(client, "the fox<br>met\na dog", tag_handling="html")["text"] == "THE FOX<br>MET\nA DOG"


def test_xml_that_is_not_well_formed_is_a_fault_of_the_request(client: TestClient) -> None:
    sent = {"texts": [MALFORMED], "source": "en", "target": "de", "format": "xml"}
    answer = client.post("/v1/translate", json=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_markup")
    assert answer.json()["error"]["message"] == PLACE
    both = client.post("/v1/translate", json={**sent, "texts": [MALFORMED, TEXT]}).json()["translations"]
    assert both[0]["error"] == {"code": "invalid_markup", "message": PLACE}
    assert both[1]["text"] == ANSWER
    foreign = {"text": [MALFORMED], "source_lang": "EN", "target_lang": "DE", "tag_handling": "xml"}
    refused = client.post("/v2/translate", json=foreign)
    assert (refused.status_code, refused.json()) == (400, {"message": PLACE.replace("texts", "text")})


@pytest.mark.parametrize(
    ("name", "value"), [("ignore_tags", [1]), ("outline_detection", "maybe"), ("tag_handling_version", "v3")]
)
def test_deepl_names_a_bad_field(client: TestClient, name: str, value: object) -> None:
    sent = {"text": ["a fox"], "source_lang": "EN", "target_lang": "DE", "tag_handling": "xml", name: value}
    refused = client.post("/v2/translate", json=sent)
    assert (refused.status_code, refused.json()) == (400, {"message": f"Value for '{name}' not supported."})
