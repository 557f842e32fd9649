"""The DeepL dialect: JSON, forms and queries; regional codes; one string as an error."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.catalogue import Catalogue
from service.core import Core
from service.engine import errors as engine
from service.translation import Translate
from tests.service.access.test_dialects import Keys
from tests.service.api.doubles import fake, make_core, serving

EN_DE = {"source_lang": "EN", "target_lang": "DE"}


def last(core: Core) -> Translate:
    return fake(core).commands[-1]


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"text": ["a", "b"], **EN_DE}},
        {"data": {"text": ["a", "b"], "source_lang": "en", "target_lang": "de", "auth_key": "k"}},
        {"json": {"text": ["a", "b"], "source_lang": "EN-US", "target_lang": "de-AT", "unknown": {}}},
    ],
)
def test_every_encoding_gives_the_same(client: TestClient, sent: dict[str, Any]) -> None:
    answered = client.post("/v2/translate", headers={"Authorization": "DeepL-Auth-Key k"}, **sent)
    assert answered.status_code == 200
    assert answered.json() == {
        "translations": [
            {"detected_source_language": "EN", "text": "A"},
            {"detected_source_language": "EN", "text": "B"},
        ]
    }
    assert answered.headers["X-Trace-ID"] == answered.headers["X-Request-ID"]


@pytest.mark.parametrize(("text", "byte"), [(b"%ff", 0), (b"gr\xfc\xdfe", 2), (b"a&text=b%ED%A0%80", 1)])
def test_a_field_that_is_no_text_is_named(client: TestClient, text: bytes, byte: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answered = client.post("/v2/translate", content=b"target_lang=DE&text=" + text, headers=headers)
    assert (answered.status_code, answered.json()) == (400, {"message": f"text is not UTF-8 at byte {byte}"})


def test_old_clients_ask_with_a_query(client: TestClient) -> None:
    answered = client.get("/v2/translate", params={"text": "a", "target_lang": "DE", "auth_key": "k"})
    assert answered.json() == {"translations": [{"detected_source_language": "EN", "text": "A"}]}


@pytest.mark.parametrize("flag", [True, "1", 1])
def test_billed_characters_come_when_they_are_asked_for(client: TestClient, flag: object) -> None:
    body = {"text": "äb😀", **EN_DE, "show_billed_characters": flag}
    assert client.post("/v2/translate", json=body).json()["translations"][0]["billed_characters"] == 3


@pytest.mark.parametrize(
    ("given", "split"),
    [
        (None, "sentences"),
        ("1", "sentences"),
        (0, "none"),
        (False, "none"),
        ("nonewlines", "sentences_across_newlines"),
    ],
)
def test_splitting_is_the_cores(client: TestClient, core: Core, given: object, split: str) -> None:
    assert client.post("/v2/translate", json={"text": "a", **EN_DE, "split_sentences": given}).status_code == 200
    assert last(core).split == split


def test_the_fast_model_is_the_greedy_one(client: TestClient, core: Core) -> None:
    answered = client.post("/v2/translate", json={"text": "a", **EN_DE, "model_type": "latency_optimized"})
    assert answered.json()["translations"][0]["model_type_used"] == "latency_optimized"
    assert last(core).beam_size == 1


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"target_lang": "DE"}, 400, "Parameter 'text' not specified."),
    ({"text": [7], **EN_DE}, 400, "Parameter 'text' not specified."),
    ({"text": "a"}, 400, "Value for 'target_lang' not supported."),
    ({"text": "a", "target_lang": "XX"}, 400, "Value for 'target_lang' not supported."),
    ({"text": "a", "target_lang": 7}, 400, "Value for 'target_lang' not supported."),
    ({"text": "a", "source_lang": "XX", "target_lang": "DE"}, 400, "Value for 'source_lang' not supported."),
    ({"text": "a", "source_lang": "DE", "target_lang": "EN-US"}, 400, "Value for 'target_lang' not supported."),
    ({"text": "a", **EN_DE, "split_sentences": "2"}, 400, "Value for 'split_sentences' not supported."),
    ({"text": "a", **EN_DE, "split_sentences": {}}, 400, "Value for 'split_sentences' not supported."),
    ({"text": "a", **EN_DE, "formality": "more"}, 400, "Target language 'DE' doesn't support formality."),
    ({"text": "a", **EN_DE, "formality": "odd"}, 400, "Value for 'formality' not supported."),
    ({"text": "a", **EN_DE, "tag_handling": "sgml"}, 400, "Value for 'tag_handling' not supported."),
    ({"text": "a", **EN_DE, "style_id": "s"}, 400, "Parameter 'style_id' is not offered here."),
    ({"text": "a", **EN_DE, "glossary_id": "g"}, 404, "Glossary not found."),
    ({"text": "a", "target_lang": "DE", "glossary_id": "g"}, 400, "Value for 'source_lang' not supported."),
    ({"text": "a", **EN_DE, "glossary_ids": ["g", "h"]}, 404, "Glossary not found."),
    ({"text": "a", **EN_DE, "glossary_ids": "a,b,c,d,e,f"}, 400, "Value for 'glossary_ids' not supported."),
    ({"text": "a", **EN_DE, "glossary_id": "g", "glossary_ids": ["h"]}, 400, "Value for 'glossary_ids' not supported."),
    ({"text": "a", **EN_DE, "model_type": "best"}, 400, "Value for 'model_type' not supported."),
    ({"text": "a", **EN_DE, "show_billed_characters": {}}, 400, "Value for 'show_billed_characters' not supported."),
    ({"text": "a", **EN_DE, "preserve_formatting": "x"}, 400, "Value for 'preserve_formatting' not supported."),
]


@pytest.mark.parametrize(("body", "status", "message"), BAD)
def test_bad_requests_name_the_field(client: TestClient, body: dict[str, Any], status: int, message: str) -> None:
    answered = client.post("/v2/translate", json=body)
    assert (answered.status_code, answered.json()) == (status, {"message": message})


@pytest.mark.parametrize("formality", ["default", "prefer_more", "prefer_less", ""])
def test_a_preference_is_no_demand(client: TestClient, formality: str) -> None:
    assert client.post("/v2/translate", json={"text": "a", **EN_DE, "formality": formality}).status_code == 200


def test_its_bodies_are_smaller(client: TestClient) -> None:
    answered = client.post("/v2/translate", json={"text": "a" * 140_000, **EN_DE})
    assert (answered.status_code, list(answered.json())) == (413, ["message"])


NOT_OFFERED = [
    ("GET", "/v2/glossaries"),
    ("POST", "/v2/glossaries"),
    ("GET", "/v2/glossary-language-pairs"),
    ("DELETE", "/v2/glossaries/0a0a0a0a-0000-0000-0000-000000000000"),
    ("GET", "/v3/glossaries"),
    ("POST", "/v2/document"),
    ("POST", "/v2/document/0A/result"),
    ("GET", "/v3/nothing"),
]


@pytest.mark.parametrize(("method", "path"), NOT_OFFERED)
def test_what_is_not_offered_is_not_found(client: TestClient, method: str, path: str) -> None:
    answered = client.request(method, path)
    assert (answered.status_code, list(answered.json())) == (404, ["message"])
    assert "X-Trace-ID" in answered.headers


def test_overload_is_a_429_which_its_clients_wait_for() -> None:
    core = make_core()
    fake(core).raises = engine.DeadlineUnreachable(2.0)
    with serving(core) as client:
        answered = client.post("/v2/translate", json={"text": "a", **EN_DE})
    assert (answered.status_code, answered.headers["Retry-After"]) == (429, "2")


def test_languages_and_usage(client: TestClient) -> None:
    sources = client.get("/v2/languages").json()
    targets = client.request("GET", "/v2/languages", data={"type": "target"}).json()
    assert sources == [{"language": "EN", "name": "English"}, {"language": "FR", "name": "French"}]
    assert targets == [{"language": "DE", "name": "German", "supports_formality": False}]
    assert client.post("/v2/languages", data={"type": "other"}).status_code == 400
    usage = client.get("/v2/usage").json()
    assert usage["character_count"] < usage["character_limit"]


def test_the_newer_list_of_languages_says_what_each_may_be_used_for(client: TestClient) -> None:
    listed = client.get("/v3/languages", params={"resource": "translate_text"}).json()
    assert [(each["lang"], each["usable_as_source"], each["usable_as_target"]) for each in listed] == [
        ("de", False, True),
        ("en", True, False),
        ("fr", True, False),
    ]
    assert listed[0]["features"] == {"tag_handling": {"status": "stable"}}
    assert client.get("/v3/languages").json() == listed
    refused = client.get("/v3/languages", params={"resource": "voice"})
    assert (refused.status_code, refused.json()) == (400, {"message": "Value for 'resource' not supported."})


def test_a_key_in_the_query_counts_beside_json(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.sqlite3")
    key = keys.add("k")
    with serving(keys.core()) as client:
        body = {"text": "a", **EN_DE}
        statuses = [client.post("/v2/translate", params=p, json=body).status_code for p in ({}, {"auth_key": key})]
    assert statuses == [403, 200]


def test_a_speed_that_is_not_served_is_refused_by_its_own_name() -> None:
    core = make_core()
    [model] = core.catalogue.models
    slow = replace(core, catalogue=Catalogue([replace(model, beam_sizes=(4,))]))
    with serving(slow) as client:
        answered = client.post("/v2/translate", json={"text": "a", **EN_DE, "model_type": "latency_optimized"})
    assert (answered.status_code, answered.json()) == (400, {"message": "Value for 'model_type' not supported."})


def test_it_is_told_where_the_time_went(client: TestClient) -> None:
    answered = client.post("/v2/translate", json={"text": "a", **EN_DE})
    assert answered.headers["Server-Timing"] == "queue;dur=1.0, encode;dur=2.0, decode;dur=3.0"
