"""The description is a valid one, and true: what routes answer is what it says."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from service.api import deepl, libretranslate, models, native, operations
from service.app import create_app
from tests.service.api.doubles import FakeBackend, make_core, make_settings, serving
from tests.service.api.test_errors import TABLE

PUBLIC = {
    "/v1/translate": {"post"},
    "/v1/translate/stream": {"post"},
    "/v1/detect": {"post"},
    "/v1/languages": {"get"},
    "/v1/models": {"get"},
    "/v1/models/{name}": {"get"},
    "/v1/models/{name}/reload": {"post"},
    "/v1/usage": {"get"},
    "/v1/jobs": {"post"},
    "/v1/jobs/{id}": {"get", "delete"},
    "/v1/jobs/{id}/result": {"get"},
    "/livez": {"get"},
    "/readyz": {"get"},
    "/startupz": {"get"},
    "/metrics": {"get"},
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving(make_core(make_settings(max_body_bytes=10_000, metrics_token="t"))) as client:
        yield client


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def test_it_is_valid(description: dict[str, Any]) -> None:
    validate(description)


def test_it_has_every_route_of_this_dialect(description: dict[str, Any]) -> None:
    native = {path: set(operations) for path, operations in description["paths"].items() if path in PUBLIC}
    assert native == PUBLIC


@pytest.mark.parametrize(
    ("kind", "field"),
    [("Translated", "text"), ("Alternative", "text"), ("LibreTranslated", "translatedText"), ("Translation", "text")],
)
def test_it_says_how_long_a_translation_may_be(description: dict[str, Any], kind: str, field: str) -> None:
    about = description["components"]["schemas"][kind]["properties"][field]["description"]
    assert "at most 4 times as many characters as its source, and 40 more for each segment" in about


def test_no_route_says_that_it_answers_422(description: dict[str, Any]) -> None:
    statuses = {s for path in description["paths"].values() for each in path.values() for s in each["responses"]}
    assert "422" not in statuses
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_every_status_that_translation_can_fail_with_is_documented(description: dict[str, Any]) -> None:
    responses = description["paths"]["/v1/translate"]["post"]["responses"]
    for error, status, code, _ in TABLE:
        if status not in (401, 403, 404, 409, 499) and code != "too_many_jobs":
            assert code in responses[str(status)]["description"], type(error).__name__


def test_bodies_are_described(description: dict[str, Any]) -> None:
    body = description["paths"]["/v1/translate"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"].endswith("/TranslateRequest")
    schema = description["components"]["schemas"]["TranslateRequest"]
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"texts", "target"}


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/v1/translate", {"json": {"texts": ["a"], "source": "en", "target": "de"}}),
        ("POST", "/v1/translate", {"json": {"texts": []}}),
        ("POST", "/v1/translate", {"content": b"x" * 20_000, "headers": {"Content-Type": "application/json"}}),
        ("POST", "/v1/translate", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
        ("POST", "/v1/translate/stream", {"json": {"texts": ["a"], "source": "en", "target": "de"}}),
        ("POST", "/v1/translate/stream", {"json": {"texts": []}}),
        ("POST", "/v1/detect", {"json": {"texts": ["a"]}}),
        ("POST", "/v1/detect", {"json": {}}),
        ("GET", "/v1/languages", {}),
        ("GET", "/v1/languages", {"headers": {"X-Big": "x" * 20_000}}),
        ("GET", "/v1/models/{name}", {}),
        ("POST", "/v1/models/{name}/reload", {}),
        ("POST", "/v1/jobs", {"files": {"file": ("a.txt", "a")}, "data": {"target": "de"}}),
        ("POST", "/v1/jobs", {"files": {"file": ("a.txt", "a")}}),
        ("POST", "/v1/jobs", {"files": {"file": ("a.txt", "a" * 2_000_000)}}),
        ("POST", "/v1/jobs", {"json": {}}),
        ("GET", "/v1/jobs/{id}", {}),
        ("DELETE", "/v1/jobs/{id}", {}),
        ("GET", "/v1/jobs/{id}/result", {}),
        ("GET", "/livez", {}),
        ("GET", "/readyz", {}),
        ("GET", "/startupz", {}),
        ("GET", "/metrics", {}),
        ("GET", "/metrics", {"headers": {"Authorization": "Bearer wrong"}}),
        ("GET", "/metrics", {"headers": {"Authorization": "Bearer t"}}),
    ],
)
def test_what_is_answered_is_documented(
    client: TestClient, description: dict[str, Any], method: str, path: str, sent: dict[str, Any]
) -> None:
    answered = client.request(method, path, **sent)
    assert str(answered.status_code) in description["paths"][path][method.lower()]["responses"]


def test_the_examples_work(client: TestClient, description: dict[str, Any]) -> None:
    for path in ("/v1/translate", "/v1/translate/stream", "/v1/detect"):
        content = description["paths"][path]["post"]["requestBody"]["content"]
        assert client.post(path, json=content["application/json"]["example"]).status_code == 200


def test_no_route_runs_in_a_thread() -> None:
    core = make_core()
    dependants = [route.dependant for route in iter_routes(create_app(core.settings, FakeBackend(core)))]
    assert len(dependants) > 15
    while dependants:
        dependant = dependants.pop()
        assert inspect.iscoroutinefunction(dependant.call), dependant.call
        dependants += dependant.dependencies


def iter_routes(app: FastAPI) -> Iterator[APIRoute]:
    for part in (native, models, operations, libretranslate, deepl):
        yield from (route for route in part.router.routes if isinstance(route, APIRoute))
    yield from (route for route in app.routes if isinstance(route, APIRoute))


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere(client: TestClient, page: str) -> None:
    answered = client.get(page)
    assert answered.status_code == 200
    assert "://" not in answered.text
    for part in answered.text.split('"'):
        if part.startswith("/assets/"):
            assert client.get(part).status_code == 200, part


def test_pages_are_not_loaded_twice_and_lead_nowhere_else(client: TestClient) -> None:
    first = client.get("/assets/page.js")
    again = client.get("/assets/page.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/assets/..%2f..%2fsettings.py").status_code == 404
    assert client.get("/assets/nope.js").json()["error"]["code"] == "not_found"
    assert "default-src 'self'" in first.headers["Content-Security-Policy"]
    assert client.head("/").status_code == 200


def test_every_schema_has_one_name_and_every_reference_leads_to_one(description: dict[str, Any]) -> None:
    names = set(description["components"]["schemas"])
    assert {name for name in names if "__" in name} == set(), "two models of one name"
    assert {reference.rpartition("/")[2] for reference in references(description)} <= names


def references(part: Any) -> Iterator[str]:
    for name, value in part.items() if isinstance(part, dict) else ():
        if name == "$ref":
            yield value
        yield from references(value)
    for value in part if isinstance(part, list) else ():
        yield from references(value)
