"""Every way to fail, as it is answered."""

import json
from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from service import errors
from service.api.faults import as_service_error, respond
from service.app import create_app
from service.engine import errors as engine
from service.errors import ServiceError
from tests.service.api.doubles import FakeBackend, fake, make_core, make_settings, serving

# Each error that a client can meet: how to make it, its status, its code, and the headers that only it has.
TABLE: list[tuple[ServiceError, int, str, dict[str, str]]] = [
    (errors.InvalidJson("m"), 400, "invalid_json", {}),
    (errors.InvalidField("m"), 400, "invalid_field", {}),
    (errors.UnsupportedLanguage("m"), 400, "unsupported_language", {}),
    (errors.UnsupportedPair("m"), 400, "unsupported_pair", {}),
    (errors.UnsupportedFormat("m"), 400, "unsupported_format", {}),
    (errors.InvalidMarkup("m"), 400, "invalid_markup", {}),
    (errors.SourceUndetected("m"), 400, "source_undetected", {}),
    (errors.TooManyTexts("m"), 400, "too_many_texts", {}),
    (errors.TextTooLong("m"), 400, "text_too_long", {}),
    (errors.RequestTooLarge("m"), 400, "request_too_large", {}),
    (errors.KeyMissing("m"), 401, "key_missing", {"www-authenticate": "Bearer"}),
    (errors.KeyInvalid("m"), 403, "key_invalid", {}),
    (errors.Disabled("m"), 403, "disabled", {}),
    (errors.NotFound("m"), 404, "not_found", {}),
    (errors.MethodNotAllowed("m", "GET, POST"), 405, "method_not_allowed", {"allow": "GET, POST"}),
    (errors.BodyTimeout("m"), 408, "body_timeout", {"connection": "close"}),
    (errors.JobNotDone("m"), 409, "job_not_done", {}),
    (errors.JobNotCancellable("m"), 409, "job_not_cancellable", {}),
    (errors.ReloadUnderway("m"), 409, "reload_underway", {}),
    (errors.BodyTooLarge("m"), 413, "body_too_large", {"connection": "close"}),
    (errors.UrlTooLong("m"), 414, "url_too_long", {}),
    (errors.UnsupportedMediaType("m"), 415, "unsupported_media_type", {}),
    (errors.RateLimited("m", 2.1), 429, "rate_limited", {"retry-after": "3"}),
    (errors.QuotaExceeded("m", 2.1), 429, "quota_exceeded", {"retry-after": "3"}),
    (errors.TooManyJobs("m", 2.1), 429, "too_many_jobs", {"retry-after": "3"}),
    (errors.HeadersTooLarge("m"), 431, "headers_too_large", {}),
    (errors.ClientGone("m"), 499, "client_gone", {}),
    (errors.Internal("m"), 500, "internal", {}),
    (errors.Overloaded("m", 0.2), 503, "overloaded", {"retry-after": "1"}),
    (errors.DeadlineUnreachable("m", 2.1), 503, "deadline_unreachable", {"retry-after": "3"}),
    (errors.NotReady("m", 5.0), 503, "not_ready", {"retry-after": "5"}),
    (errors.DeadlineExceeded("m"), 504, "deadline_exceeded", {}),
]
COMMON_HEADERS = {"content-type", "content-length"}


def leaves(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for each in below:
        yield from leaves(each)


def test_the_table_has_every_error() -> None:
    assert {type(error) for error, *_ in TABLE} == set(leaves(ServiceError))


def test_the_tree_at_the_head_of_the_module_names_every_class() -> None:
    drawn = errors.__doc__ or ""
    classes = {
        each.__name__ for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ServiceError)
    }
    assert {name for name in classes if name not in drawn} == set()


def test_codes_are_distinct() -> None:
    assert len({code for _, _, code, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("error", "status", "code", "headers"), TABLE, ids=[row[2] for row in TABLE])
def test_every_error_renders_its_documented_status_and_body(
    error: ServiceError, status: int, code: str, headers: dict[str, str]
) -> None:
    response = respond(error, {"type": "http", "state": {"request_id": "r"}})
    assert response.status_code == status
    assert json.loads(bytes(response.body)) == {"error": {"code": code, "message": "m", "request_id": "r"}}
    assert {name: value for name, value in response.headers.items() if name not in COMMON_HEADERS} == headers


def test_field_value_and_limit_are_there_when_they_are_known() -> None:
    error = errors.TextTooLong("texts[3] has 25110 characters", field="texts[3]", value=25110, limit=20000)
    body = json.loads(bytes(respond(error, {"type": "http"}).body))["error"]
    assert (body["field"], body["value"], body["limit"]) == ("texts[3]", 25110, 20000)


@pytest.mark.parametrize(
    ("raised", "status", "code", "retry_after"),
    [
        (engine.QueueFull(7.2), 503, "overloaded", "8"),
        (engine.DeadlineUnreachable(3.0), 503, "deadline_unreachable", "3"),
        (engine.NotReady("starting"), 503, "not_ready", "5"),
        (engine.RequestTooLarge(70_000, 65_536), 400, "request_too_large", None),
        (engine.DeadlineExceeded(), 504, "deadline_exceeded", None),
        (engine.InvalidSegment("secret"), 500, "internal", None),
        (engine.EngineFault("secret"), 500, "internal", None),
        (engine.Cancelled(), 499, "client_gone", None),
        (RuntimeError("secret"), 500, "internal", None),
        (HTTPException(418, "secret"), 400, "invalid_field", None),
        (HTTPException(599, "secret"), 500, "internal", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_whatever_the_core_raises_is_answered_in_the_same_form(
    raised: Exception, status: int, code: str, retry_after: str | None
) -> None:
    core = make_core()
    fake(core).raises = raised
    with serving(core) as client:
        answered = client.post("/v1/translate", json={"texts": ["a"], "source": "en", "target": "de"})
    assert answered.status_code == status
    assert answered.json()["error"]["code"] == code
    assert answered.headers.get("Retry-After") == retry_after
    assert answered.json()["error"]["request_id"] == answered.headers["X-Request-ID"]
    assert "secret" not in answered.text
    assert "Traceback" not in answered.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/translate", {"texts": ["a"], "source": "en", "target": "de"}),
        ("/v1/translate/stream", {"texts": ["a"], "source": "en", "target": "de"}),
        ("/translate", {"q": "a", "source": "en", "target": "de"}),
        ("/v2/translate", {"text": ["a"], "source_lang": "EN", "target_lang": "DE"}),
    ],
)
def test_what_nobody_foresaw_is_answered_in_every_dialect_and_raised_no_further(
    path: str, body: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    core = make_core(make_settings(access_log=True))
    fake(core).raises = RuntimeError("secret")
    app = create_app(core.settings, FakeBackend(core))
    with TestClient(app) as client, caplog.at_level("INFO", "service.access"):  # raises what leaves the application
        answered = client.post(path, json=body)
    told = answered.json()
    about = told.get("error", told.get("message"))
    assert answered.status_code == 500
    assert "the service failed" in (about["message"] if isinstance(about, dict) else about)
    [line] = [record for record in caplog.records if record.name == "service.access"]
    assert line.__dict__["event"]["error"] == "internal"


def test_every_engine_error_has_an_error_of_ours() -> None:
    kinds = [kind for kind in vars(engine).values() if isinstance(kind, type) and issubclass(kind, engine.EngineError)]
    made = [kind(1.0) if issubclass(kind, engine.Overloaded) else kind.__new__(kind) for kind in kinds]
    for error in made:
        if isinstance(error, engine.RequestTooLarge):
            error = engine.RequestTooLarge(2, 1)
        assert isinstance(as_service_error(error), ServiceError)


def test_unknown_paths_and_methods_have_the_same_form() -> None:
    with serving(make_core()) as client:
        missing, refused = client.get("/nothing/here"), client.get("/v1/translate")
        slash, options = client.post("/v1/translate/", json={}), client.options("/v1/translate")
        both = client.delete("/v2/translate")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert (refused.status_code, refused.json()["error"]["code"]) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == "POST"
    assert (both.status_code, both.headers["Allow"]) == (405, "GET, POST")
    assert slash.status_code == 404
    assert options.status_code == 405


def test_an_unknown_model_is_not_found() -> None:
    with serving(make_core()) as client:
        answered = client.get("/v1/models/nope")
    assert (answered.status_code, answered.json()["error"]["code"]) == (404, "not_found")


def test_a_closed_door_is_a_503_that_says_when_to_come_back() -> None:
    core = make_core()
    with serving(core) as client:
        core.admission.close()
        core.health.is_draining = True
        answered = client.post("/v1/translate", json={"texts": ["a"], "source": "en", "target": "de"})
    assert (answered.status_code, answered.json()["error"]["code"]) == (503, "not_ready")
    assert answered.headers["Retry-After"] == "5"
    assert answered.headers["Connection"] == "close"
