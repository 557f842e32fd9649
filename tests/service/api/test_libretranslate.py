"""The LibreTranslate dialect: what its clients send, in every encoding, and what they read."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.core import Core
from service.engine import errors as engine
from service.translation import TextError
from tests.service.api.doubles import fake, make_core, make_settings, serving

EN_DE = {"source": "en", "target": "de"}


@pytest.fixture
def core() -> Core:
    return make_core(make_settings(max_texts=5, max_text_characters=100))


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"q": "grüße", **EN_DE}},
        {"json": {"q": "grüße", **EN_DE, "api_key": None, "apiKey": "k", "whatever": [1]}},
        {"data": {"q": "grüße", **EN_DE}},
        {
            "content": "q=grüße&source=en&target=de".encode(),
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        {"params": {"q": "grüße", **EN_DE, "api_key": "k"}},
        {"files": {"q": (None, "grüße"), "source": (None, "en"), "target": (None, "de")}},
        {"data": {"q": "grüße", "source": "fr", "target": "xx"}, "params": EN_DE},
    ],
    ids=["json", "json with extras", "form", "form in raw UTF-8", "query", "multipart", "the query wins"],
)
def test_a_string_gives_a_string(client: TestClient, sent: dict[str, Any]) -> None:
    answered = client.post("/translate", **sent)
    assert (answered.status_code, answered.json()) == (200, {"translatedText": "GRÜSSE"})


@pytest.mark.parametrize("body", [b"q=%ff&source=en&target=de", b"q=\xff&source=en&target=de"])
def test_bytes_that_are_no_text_are_refused(client: TestClient, body: bytes) -> None:
    form = client.post("/translate", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    query = client.post("/translate?" + body.decode("latin-1"))
    assert (form.status_code, form.json()) == (400, {"error": "q is not UTF-8 at byte 0"})
    assert query.status_code == (400 if b"%" in body else 200)


def test_a_field_whose_name_is_no_text_is_refused(client: TestClient) -> None:
    form = client.post(
        "/translate", content=b"q=a&%ff=b", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (form.status_code, form.json()) == (400, {"error": "the name of a field of the body is not UTF-8 at byte 0"})


@pytest.mark.parametrize("sent", [{"json": {"q": ["a", ""], **EN_DE}}, {"data": {"q": ["a", ""], **EN_DE}}])
def test_an_array_gives_an_array(client: TestClient, sent: dict[str, Any]) -> None:
    assert client.post("/translate", **sent).json() == {"translatedText": ["A", ""]}


def test_an_array_of_one_is_an_array(client: TestClient) -> None:
    assert client.post("/translate", json={"q": ["a"], **EN_DE}).json() == {"translatedText": ["A"]}


def test_detection_and_alternatives_have_the_shape_of_the_question(client: TestClient) -> None:
    one = client.post("/translate", json={"q": "a", "source": "auto", "target": "de", "alternatives": 2}).json()
    many = client.post("/translate", json={"q": ["a"], "source": "auto", "target": "de", "alternatives": "1"}).json()
    detected = {"confidence": 98.8, "language": "en"}
    assert one == {"translatedText": "A", "detectedLanguage": detected, "alternatives": ["A0", "A1"]}
    assert many == {"translatedText": ["A"], "detectedLanguage": [detected], "alternatives": [["A0"]]}


def test_forms_break_lines_otherwise_than_they_mean(client: TestClient, core: Core) -> None:
    client.post("/translate", data={"q": "a\r\nb\rc\n", **EN_DE})
    client.post("/translate", json={"q": "a\r\nb\rc\n", **EN_DE})
    assert [command.texts[0] for command in fake(core).commands[-2:]] == ["a\nb\nc\n", "a\r\nb\rc\n"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "Invalid request: missing q parameter"),
    ({"q": "", **EN_DE}, "Invalid request: missing q parameter"),
    ({"q": [], **EN_DE}, "Invalid request: missing q parameter"),
    ({"q": None, **EN_DE}, "Invalid request: missing q parameter"),
    ({"q": 7, **EN_DE}, "Invalid request: q parameter is not a string"),
    ({"q": "a", "target": "de"}, "Invalid request: missing source parameter"),
    ({"q": "a", "source": "en", "target": ""}, "Invalid request: missing target parameter"),
    ({"q": "a", **EN_DE, "alternatives": "x"}, "Invalid request: alternatives parameter is not a number"),
    ({"q": "a", **EN_DE, "alternatives": [1]}, "Invalid request: alternatives parameter is not a number"),
    ({"q": "a", **EN_DE, "alternatives": True}, "Invalid request: alternatives parameter is not a number"),
    ({"q": "a", **EN_DE, "alternatives": 10000}, "Invalid request: alternatives parameter must be <= 3"),
    ({"q": ["a"] * 6, **EN_DE, "alternatives": 4}, "Invalid request: alternatives parameter must be <= 3"),
    ({"q": ["a"] * 6, "source": "xx", "target": "yy"}, "Invalid request: request (6) exceeds text limit (5)"),
    ({"q": "a", "source": "xx", "target": "de", "format": "docx"}, "xx is not supported"),
    ({"q": ["a"] * 6, **EN_DE}, "Invalid request: request (6) exceeds text limit (5)"),
    ({"q": "a" * 101, **EN_DE}, "Invalid request: request (101) exceeds text limit (100)"),
    ({"q": "a", "source": "XX", "target": "yy"}, "xx is not supported"),
    ({"q": "a", "source": "en", "target": "yy"}, "yy is not supported"),
    ({"q": "a", **EN_DE, "format": "docx"}, "docx format is not supported"),
    (
        {"q": "a", "source": "de", "target": "en"},
        "English (en) is not available as a target language from German (de)",
    ),
]


@pytest.mark.parametrize(("body", "message"), BAD)
def test_bad_requests_have_the_words_that_clients_compare(
    client: TestClient, body: dict[str, Any], message: str
) -> None:
    answered = client.post("/translate", json=body)
    assert (answered.status_code, answered.json()) == (400, {"error": message})


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "/translate", {"json": [1]}, 400),
        ("POST", "/translate", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/translate", {"content": b'{"q": "\\ud800"}', "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/translate", {"params": b"q=%ff"}, 400),
        ("POST", "/translate", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", "/translate", {"content": b"x" * 1_100_000}, 413),
        ("GET", "/translate", {}, 405),
        ("POST", "/languages", {}, 405),
        ("GET", "/detect", {}, 405),
        ("POST", "/health", {}, 405),
        ("POST", "/spec", {}, 405),
        ("POST", "/suggest", {"data": {"q": "a", "s": "b"}}, 403),
        ("POST", "/translate_file", {"files": {"file": b"x"}}, 403),
    ],
)
def test_errors_are_one_string(client: TestClient, method: str, path: str, sent: dict[str, Any], status: int) -> None:
    answered = client.request(method, path, **sent)
    assert answered.status_code == status
    assert list(answered.json()) == ["error"]
    assert isinstance(answered.json()["error"], str)


def test_overload_is_a_429_for_clients_that_know_no_other() -> None:
    core = make_core()
    fake(core).raises = engine.QueueFull(3.0)
    with serving(core) as client:
        answered = client.post("/translate", json={"q": "a", **EN_DE})
    assert (answered.status_code, answered.headers["Retry-After"]) == (429, "3")


def test_one_bad_text_fails_the_request() -> None:
    core = make_core()
    fake(core).fails = {"b": TextError("source_undetected", "texts[1]: no served language was recognised")}
    with serving(core) as client:
        answered = client.post("/translate", json={"q": ["a", "b"], "source": "auto", "target": "de"})
    assert answered.status_code == 400


def test_detection_is_never_empty(client: TestClient) -> None:
    assert client.post("/detect", data={"q": "hello"}).json() == [{"confidence": 98.8, "language": "en"}]
    assert client.post("/detect", json={"q": " "}).json() == [{"confidence": 0.0, "language": "en"}]


def test_languages_can_be_translated_into_themselves(client: TestClient) -> None:
    answered = client.request("GET", "/languages", data={"api_key": "k"})
    assert answered.json()[0] == {"code": "de", "name": "German", "targets": ["de"]}
    assert answered.json()[1] == {"code": "en", "name": "English", "targets": ["de", "en"]}


def test_what_pages_need_is_there(client: TestClient) -> None:
    settings = client.get("/frontend/settings").json()
    assert {"charLimit", "apiKeys", "keyRequired", "suggestions", "language"} <= settings.keys()
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/spec").json()["openapi"].startswith("3.")


def test_health_follows_readiness() -> None:
    core = make_core()
    with serving(core) as client:
        core.health.is_draining = True
        answered = client.get("/health")
    assert (answered.status_code, list(answered.json())) == (503, ["error"])


def test_pages_of_other_origins_may_use_it_and_nothing_else(client: TestClient) -> None:
    origin = {"Origin": "https://example.org"}
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    first = client.options("/translate", headers=asked)
    then = client.post("/translate", json={"q": "a", **EN_DE}, headers=origin)
    assert first.status_code == 200
    assert (first.headers["Access-Control-Allow-Origin"], first.headers["Access-Control-Max-Age"]) == ("*", "1728000")
    assert then.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in then.headers
    assert "Access-Control-Allow-Origin" not in client.get("/v1/models", headers=origin).headers


def test_it_is_told_where_the_time_went(client: TestClient) -> None:
    answered = client.post("/translate", data={"q": "a", **EN_DE})
    assert answered.headers["Server-Timing"] == "queue;dur=1.0, encode;dur=2.0, decode;dur=3.0"
