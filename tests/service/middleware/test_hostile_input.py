"""Input that means harm: in every dialect its documented error, in that dialect's form, and the engine untouched."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.core import Core
from tests.service.api.doubles import fake, make_core, make_settings

PATHS = {"native": "/v1/translate", "libretranslate": "/translate", "deepl": "/v2/translate"}
BODIES = {
    "native": '{"texts": [%s], "source": "en", "target": "de"}',
    "libretranslate": '{"q": [%s], "source": "en", "target": "de"}',
    "deepl": '{"text": [%s], "source_lang": "EN", "target_lang": "DE"}',
}
KEYS_OF_ERRORS = {"native": {"error"}, "libretranslate": {"error"}, "deepl": {"message"}}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = "Rumpelstilzchen"

TEXTS: dict[str, bytes] = {
    "lone surrogate": rb'"%s \ud800"' % SECRET.encode(),
    "bad UTF-8": b'"Rumpelstilzchen \xff"',
    "overlong UTF-8": b'"Rumpelstilzchen \xc0\x80"',
    "UTF-8 of a surrogate": b'"Rumpelstilzchen \xed\xa0\x80"',
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "a number beyond floats": b"1e999",
    "an integer of many digits": b"9" * 5000,
    "deep": b"[" * 500 + b"]" * 500,
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "control character": b'"a\x01"',
    "cut": b'"a',
    "no text": b"null",
    "an object": b'{"a": 1}',
}


@pytest.fixture
def core() -> Core:
    return make_core(make_settings(max_body_bytes=300_000, max_body_wait_s=5.0))


def body_of(dialect: str, text: bytes) -> bytes:
    before, after = BODIES[dialect].encode().split(b"%s")
    return before + text + after


def assert_refused(response: Any, dialect: str, core: Core, *statuses: int) -> None:
    assert response.status_code in statuses, response.text
    assert set(response.json()) == KEYS_OF_ERRORS[dialect]
    assert response.headers["content-type"] == "application/json"
    assert SECRET not in response.text
    assert "retry-after" not in response.headers
    assert fake(core).commands == []


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("name", TEXTS)
def test_json_that_is_none_or_lies_is_refused(client: TestClient, core: Core, dialect: str, name: str) -> None:
    response = client.post(PATHS[dialect], content=body_of(dialect, TEXTS[name]), headers=JSON)
    # The dialect whose bodies are small refuses some of them for their size.
    assert_refused(response, dialect, core, 400, *([413] if dialect == "deepl" else []))


@pytest.mark.parametrize("dialect", PATHS)
def test_a_key_that_is_there_twice_is_refused(client: TestClient, core: Core, dialect: str) -> None:
    twice = body_of(dialect, b'"a"')[:-1] + b', "target": "de", "target": "fr"}'
    assert_refused(client.post(PATHS[dialect], content=twice, headers=JSON), dialect, core, 400)


@pytest.mark.parametrize("dialect", ["libretranslate", "deepl"])
@pytest.mark.parametrize("value", [b"%FF", b"\xff", b"%ED%A0%80", b"%C0%80"])
def test_a_form_or_query_that_is_not_utf8_is_refused(
    client: TestClient, core: Core, dialect: str, value: bytes
) -> None:
    field = b"q" if dialect == "libretranslate" else b"text"
    encoded = field + b"=" + SECRET.encode() + value + b"&source=en&target=de&target_lang=DE"
    assert_refused(client.post(PATHS[dialect], content=encoded, headers=FORM), dialect, core, 400)
    if value.startswith(b"%"):
        assert_refused(client.post(f"{PATHS[dialect]}?{encoded.decode()}"), dialect, core, 400)


@pytest.mark.parametrize("dialect", ["libretranslate", "deepl"])
def test_a_form_of_very_many_fields_is_refused(client: TestClient, core: Core, dialect: str) -> None:
    encoded = b"&".join(b"a=1" for _ in range(5000))
    assert_refused(client.post(PATHS[dialect], content=encoded, headers=FORM), dialect, core, 400)


@pytest.mark.parametrize("dialect", ["libretranslate", "deepl"])
@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", b"--y--"])
def test_a_broken_multipart_form_is_refused(client: TestClient, core: Core, dialect: str, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert_refused(client.post(PATHS[dialect], content=body, headers=headers), dialect, core, 400)


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize(
    ("headers", "query", "size", "status"),
    [
        ({"X-Large": "a" * 17_000}, "", 1, 431),
        ({f"X-{i}": "a" for i in range(3000)}, "", 1, 431),
        ({}, "?" + "a" * 9_000, 1, 414),
        ({}, "", 300_001, 413),
    ],
    ids=["one long header", "many headers", "long query", "large body"],
)
def test_what_is_too_large_is_refused(
    client: TestClient, core: Core, dialect: str, headers: dict[str, str], query: str, size: int, status: int
) -> None:
    body = body_of(dialect, b'"' + b"a" * size + b'"')
    response = client.post(PATHS[dialect] + query, content=body, headers={**JSON, **headers})
    assert_refused(response, dialect, core, status)


@pytest.mark.parametrize("dialect", PATHS)
def test_a_body_of_another_kind_is_refused(client: TestClient, core: Core, dialect: str) -> None:
    response = client.post(PATHS[dialect], content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert_refused(response, dialect, core, 415)


@pytest.mark.parametrize("path", PATHS.values())
def test_every_answer_forbids_what_browsers_should_not_do(client: TestClient, path: str) -> None:
    for response in (client.post(path, content=b"{", headers=JSON), client.get("/v1/languages")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'self'" in response.headers["content-security-policy"]


def test_pages_of_other_origins_may_use_the_dialect_that_its_clients_expect_it_of(client: TestClient) -> None:
    asking = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    asked = client.options("/translate", headers={**asking, "Access-Control-Request-Headers": "content-type"})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["access-control-max-age"] == "1728000"
    assert "access-control-allow-credentials" not in asked.headers
    refused = client.post("/translate", content=b"{", headers={**JSON, "Origin": "https://example.org"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, "*")
    assert "access-control-allow-origin" not in client.get("/v1/languages", headers=asking).headers
