"""Bad input: each a clear answer that names the field, and never shows the text."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from service.api.json_body import MAX_DEPTH, parse
from service.errors import InvalidJson
from tests.laws import examples
from tests.service.api.doubles import make_core, make_settings, serving

SECRET = "Geheimnis"
GOOD = {"texts": [SECRET], "source": "en", "target": "de"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = make_settings(
        max_body_bytes=300_000, max_texts=10, max_text_characters=1000, max_request_characters=3000, max_keep_literals=3
    )
    with serving(make_core(settings)) as client:
        yield client


FIELDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("no texts", {"target": "de"}, "invalid_field", "texts"),
    ("no target", {"texts": [SECRET]}, "invalid_field", "target"),
    ("null target", {**GOOD, "target": None}, "invalid_field", "target"),
    ("texts null", {**GOOD, "texts": None}, "invalid_field", "texts"),
    ("texts a string", {**GOOD, "texts": SECRET}, "invalid_field", "texts"),
    ("texts empty", {**GOOD, "texts": []}, "invalid_field", "texts"),
    ("text a number", {**GOOD, "texts": [SECRET, 7]}, "invalid_field", "texts[1]"),
    ("text null", {**GOOD, "texts": [None]}, "invalid_field", "texts[0]"),
    ("unknown field", {**GOOD, "beem_size": 3}, "invalid_field", "beem_size"),
    ("unspeakable field", {**GOOD, f"{SECRET} \n": 3}, "invalid_field", "(unprintable)"),
    ("unknown format", {**GOOD, "format": "docx"}, "unsupported_format", "format"),
    ("unknown split", {**GOOD, "split": SECRET * 9}, "invalid_field", "split"),
    ("beam a string", {**GOOD, "beam_size": "4"}, "invalid_field", "beam_size"),
    ("beam a fraction", {**GOOD, "beam_size": 1.5}, "invalid_field", "beam_size"),
    ("beam true", {**GOOD, "beam_size": True}, "invalid_field", "beam_size"),
    ("beam zero", {**GOOD, "beam_size": 0}, "invalid_field", "beam_size"),
    ("beam not served", {**GOOD, "beam_size": 3}, "invalid_field", "beam_size"),
    ("alternatives below 0", {**GOOD, "num_alternatives": -1}, "invalid_field", "num_alternatives"),
    ("alternatives as many as the beam", {**GOOD, "num_alternatives": 4}, "invalid_field", "num_alternatives"),
    ("alternatives of greedy", {**GOOD, "beam_size": 1, "num_alternatives": 1}, "invalid_field", "num_alternatives"),
    ("unknown detail", {**GOOD, "details": ["score", "colour"]}, "invalid_field", "details[1]"),
    ("unknown offsets", {**GOOD, "offsets": "bytes"}, "invalid_field", "offsets"),
    ("keep empty", {**GOOD, "keep": [""]}, "invalid_field", "keep[0]"),
    ("keep too many", {**GOOD, "keep": ["a", "b", "c", "d"]}, "invalid_field", "keep"),
    ("deadline zero", {**GOOD, "deadline_ms": 0}, "invalid_field", "deadline_ms"),
    ("priority unknown", {**GOOD, "priority": "urgent"}, "invalid_field", "priority"),
    ("target unknown", {**GOOD, "target": "tlh"}, "unsupported_language", "target"),
    ("source unknown", {**GOOD, "source": "tlh"}, "unsupported_language", "source"),
    ("target no code", {**GOOD, "target": f"{SECRET} {SECRET}"}, "invalid_field", "target"),
    ("source empty", {**GOOD, "source": ""}, "invalid_field", "source"),
    ("target auto", {**GOOD, "target": "auto"}, "unsupported_language", "target"),
    ("pair not served", {**GOOD, "source": "de", "target": "en"}, "unsupported_pair", "target"),
    ("nothing into it", {**GOOD, "source": None, "target": "fr"}, "unsupported_pair", "target"),
    ("too many texts", {**GOOD, "texts": [SECRET] * 11}, "too_many_texts", "texts"),
    ("too many characters", {**GOOD, "texts": [SECRET * 100] * 4}, "request_too_large", "texts"),
]


@pytest.mark.parametrize(("body", "code", "field"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS])
def test_a_bad_field_is_named(client: TestClient, body: dict[str, Any], code: str, field: str) -> None:
    answered = client.post("/v1/translate", json=body)
    error = answered.json()["error"]
    assert (answered.status_code, error["code"], error.get("field")) == (400, code, field)
    assert SECRET not in answered.text


def test_a_misspelt_field_gets_a_hint(client: TestClient) -> None:
    message = client.post("/v1/translate", json={**GOOD, "beem_size": 3}).json()["error"]["message"]
    assert message == "beem_size is no field of this request; did you mean beam_size?"


def test_a_limit_is_named_with_the_value(client: TestClient) -> None:
    error = client.post("/v1/translate", json={**GOOD, "texts": ["x"] * 11}).json()["error"]
    assert (error["value"], error["limit"]) == (11, 10)
    assert "11" in error["message"]
    assert "10" in error["message"]


RAW: list[tuple[str, bytes, str, str | None]] = [
    ("empty", b"", "invalid_json", "body"),
    ("broken", b'{"texts": ["Geheimnis"', "invalid_json", "body"),
    ("an array", b"[]", "invalid_field", "body"),
    ("a number", b"7", "invalid_field", "body"),
    ("null", b"null", "invalid_field", "body"),
    ("not UTF-8", b'{"texts": ["Geheimnis \xff"], "target": "de"}', "invalid_json", "body"),
    ("UTF-16", '{"texts": ["Geheimnis"]}'.encode("utf-16"), "invalid_json", "body"),
    ("byte order mark", b"\xef\xbb\xbf{}", "invalid_json", "body"),
    ("lone surrogate", b'{"texts": ["a", "Geheimnis\\ud800"], "target": "de"}', "invalid_json", "texts[1]"),
    ("surrogates in the wrong order", b'{"texts": ["\\udc00\\ud800"], "target": "de"}', "invalid_json", "texts[0]"),
    ("surrogate in a key", b'{"texts": {"\\ud800": 1}}', "invalid_json", "texts"),
    ("NaN", b'{"texts": ["a"], "target": "de", "beam_size": NaN}', "invalid_json", "beam_size"),
    ("infinity", b'{"texts": ["a", -Infinity], "target": "de"}', "invalid_json", "texts[1]"),
    ("out of range", b'{"texts": ["a"], "target": "de", "deadline_ms": 1e999}', "invalid_json", "deadline_ms"),
    ("huge integer", b'{"beam_size": ' + b"9" * 10_000 + b"}", "invalid_json", "beam_size"),
    ("key twice", b'{"texts": ["a"], "target": "de", "target": "fr"}', "invalid_json", "target"),
    ("deep", b'{"texts": ' + b"[" * 100 + b"]" * 100 + b"}", "invalid_json", "texts" + "[0]" * 15),
    ("abyss", b"[" * 100_000, "invalid_json", "body"),
    ("control character", b'{"texts": ["a\nb"], "target": "de"}', "invalid_json", "body"),
]


@pytest.mark.parametrize(("body", "code", "field"), [row[1:] for row in RAW], ids=[row[0] for row in RAW])
def test_json_that_would_fail_later_fails_at_the_edge(
    client: TestClient, body: bytes, code: str, field: str | None
) -> None:
    answered = client.post("/v1/translate", content=body, headers=JSON)
    error = answered.json()["error"]
    assert (answered.status_code, error["code"], error.get("field")) == (400, code, field)
    assert SECRET not in answered.text


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\x07\x1b[31m", "\ufffe\ud7ff", "😀", "\u2028"])
def test_any_real_character_is_text(client: TestClient, text: str) -> None:
    answered = client.post("/v1/translate", json={**GOOD, "texts": [text]})
    assert answered.status_code == 200
    assert answered.json()["translations"][0]["text"] == text.upper()


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "json"]
)
def test_a_body_that_does_not_say_that_it_is_json_is_refused(client: TestClient, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answered = client.post("/v1/translate", content=json.dumps(GOOD).encode(), headers=headers)
    assert (answered.status_code, answered.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=UTF-8", "application/a+json"])
def test_json_may_be_called_by_its_other_names(client: TestClient, content_type: str) -> None:
    body = json.dumps(GOOD).encode()
    assert client.post("/v1/translate", content=body, headers={"Content-Type": content_type}).status_code == 200


BAD_HEADERS = [
    ("X-Deadline-Ms", "0"),
    ("X-Deadline-Ms", "soon"),
    ("X-Deadline-Ms", "-1"),
    ("X-Deadline-Ms", "9" * 5000),
    ("X-Priority", "urgent"),
    ("X-Priority", ""),
]


@pytest.mark.parametrize(("name", "value"), BAD_HEADERS)
def test_a_bad_header_is_named(client: TestClient, name: str, value: str) -> None:
    answered = client.post("/v1/translate", json=GOOD, headers={name: value})
    assert (answered.status_code, answered.json()["error"]["field"]) == (400, name)


def test_a_body_that_says_that_it_is_too_large_is_not_read(client: TestClient) -> None:
    answered = client.post("/v1/translate", content=b"x" * 300_001, headers=JSON)
    error = answered.json()["error"]
    assert (answered.status_code, error["code"], error["limit"]) == (413, "body_too_large", 300_000)


def test_a_body_that_does_not_say_how_large_it_is_is_counted(client: TestClient) -> None:
    chunks = (b"x" * 1000 for _ in range(400))
    answered = client.post("/v1/translate", content=chunks, headers=JSON)
    assert (answered.status_code, answered.json()["error"]["code"]) == (413, "body_too_large")


def test_long_urls_and_headers_are_refused(client: TestClient) -> None:
    url = client.get("/v1/languages?" + "x" * 9000)
    headers = client.get("/v1/languages", headers={"X-Big": "x" * 17_000})
    assert (url.status_code, url.json()["error"]["code"]) == (414, "url_too_long")
    assert (headers.status_code, headers.json()["error"]["code"]) == (431, "headers_too_large")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@examples(100, nightly=2_000)
@given(json_values)
def test_what_is_well_formed_is_read_as_it_is(value: Any) -> None:
    if depth(value) <= MAX_DEPTH:
        assert parse(json.dumps(value).encode()) == value
        assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@examples(100, nightly=2_000)
@given(st.binary(max_size=200))
def test_bytes_are_json_or_an_error_of_ours(body: bytes) -> None:
    try:
        parse(body)
    except InvalidJson:
        return


def depth(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, parts), default=0) if isinstance(value, dict | list) else 0
