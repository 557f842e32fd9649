"""Probes, metrics and logs."""

import gc
import json
import logging
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from service import logs
from service.app import create_app
from service.engine.stats import EngineStats, State
from tests.service.api.doubles import STATS, FakeBackend, fake, make_core, make_settings, serving


def test_a_healthy_service_is_alive_started_and_ready() -> None:
    with serving(make_core()) as client:
        answers = {path: client.get(path) for path in ("/livez", "/startupz", "/readyz")}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert answers["/readyz"].json() == {
        "status": "ready",
        "checks": {"artifact": "ok", "engine": "ok", "canary": "ok", "canary_age_s": 1.0},
    }


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"last_result_age_s": None}, "canary"),
        ({"last_result_age_s": 31.0}, "canary"),
        ({"healthy": False}, "engine"),
        ({"healthy": False, "state": State.FAILED}, "engine"),
        ({"healthy": False, "state": State.STARTING}, "engine"),
    ],
)
def test_without_proof_of_life_it_is_not_ready_and_says_why(changes: dict[str, object], check: str) -> None:
    stats: EngineStats = replace(STATS, **changes)  # type: ignore[arg-type]
    with serving(make_core(stats=lambda: stats)) as client:
        answered = client.get("/readyz")
    assert (answered.status_code, answered.json()["status"]) == (503, "not_ready")
    assert [name for name, found in answered.json()["checks"].items() if isinstance(found, str) and found != "ok"] == [
        check
    ]
    assert int(answered.headers["Retry-After"]) >= 1


def test_a_canary_that_fell_makes_it_not_ready() -> None:
    core = make_core()
    with serving(core) as client:
        core.health.canary_failure = "a sample was translated otherwise"
        assert client.get("/readyz").json()["checks"]["canary"] == "a sample was translated otherwise"


def test_before_the_start_it_is_alive_but_not_started() -> None:
    stats = replace(STATS, state=State.STARTING, healthy=False, heartbeat_age_s=99.0, last_result_age_s=None)
    core = make_core(stats=lambda: stats)
    with serving(core) as client:
        core.health.has_started = False
        assert client.get("/startupz").status_code == 503
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").json()["checks"]["artifact"] == "starting"


@pytest.mark.parametrize("changes", [{"heartbeat_age_s": 11.0}, {"state": State.FAILED, "healthy": False}])
def test_an_engine_that_is_not_seen_is_not_alive(changes: dict[str, object]) -> None:
    stats: EngineStats = replace(STATS, **changes)  # type: ignore[arg-type]
    with serving(make_core(stats=lambda: stats)) as client:
        assert (client.get("/livez").status_code, client.get("/startupz").status_code) == (503, 200)


def test_while_draining_it_is_alive_but_not_ready_and_sends_clients_away() -> None:
    core = make_core()
    with serving(core) as client:
        core.health.is_draining = True
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        assert ready.headers["Connection"] == "close"
        assert client.get("/livez").status_code == 200
        asked = {"texts": ["a"], "source": "en", "target": "de"}
        assert client.post("/v1/translate", json=asked).status_code == 200


def test_metrics_can_be_parsed_and_know_no_path_but_the_routes() -> None:
    with serving(make_core()) as client:
        client.get("/v1/models/secret-name")
        client.get("/secret/path")
        client.request("BREW", "/v1/translate")
        client.post("/v1/translate", json={"texts": ["a"], "source": "en", "target": "de"})
        text = client.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    requests = families["dragoman_http_requests"].samples
    assert {sample.labels["route"] for sample in requests} == {"/v1/models/{name}", "other", "/v1/translate"}
    assert {sample.labels["method"] for sample in requests} == {"GET", "POST", "other"}
    assert {sample.labels["dialect"] for sample in requests} == {"native", "other"}
    assert families["dragoman_waiting_tokens"].samples[0].value == 30
    assert families["dragoman_ready"].samples[0].value == 1
    assert "secret" not in text


def in_flight(client: TestClient) -> float:
    found = text_string_to_metric_families(client.get("/metrics").text)
    [value] = [each.samples[0].value for each in found if each.name == "dragoman_http_in_flight"]
    return value


def test_requests_in_flight_are_those_that_are_not_answered_yet() -> None:
    core, asked = make_core(), {"texts": ["a"], "source": "en", "target": "de"}
    fake(core).is_held = True
    with serving(core) as client, ThreadPoolExecutor(1) as other:
        assert in_flight(client) == 1  # itself
        answer = other.submit(client.post, "/v1/translate", json=asked)
        ends_at = time.monotonic() + 60.0
        while not fake(core).commands and time.monotonic() < ends_at:
            time.sleep(0.001)
        assert in_flight(client) == 2
        fake(core).is_held = False
        answer.result()
        fake(core).raises = RuntimeError()
        client.post("/v1/translate", json=asked)
        assert in_flight(client) == 1


def test_nothing_of_a_request_is_kept_once_it_is_answered() -> None:
    core = make_core()
    app, scopes = create_app(core.settings, FakeBackend(core)), list[Scope]()

    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)  # as a server does while the connection is idle
        await app(scope, receive, send)

    with TestClient(keeping) as client:
        client.post("/v1/translate", json={"texts": ["a"], "source": "en", "target": "de"})
        command = weakref.ref(fake(core).commands.pop())
        gc.collect()
        assert command() is None
    assert scopes


def test_metrics_have_names_with_units_and_help() -> None:
    with serving(make_core()) as client:
        families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert all(family.name.startswith("dragoman_") and family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)


def test_metrics_may_need_a_token() -> None:
    with serving(make_core(make_settings(metrics_token=SecretStr("sesame")))) as client:
        missing = client.get("/metrics")
        wrong = client.get("/metrics", headers={"Authorization": "Bearer sesam"})
        right = client.get("/metrics", headers={"Authorization": "bearer sesame"})
        probe = client.get("/readyz")
    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "key_missing")
    assert missing.headers["WWW-Authenticate"] == "Bearer"
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (403, "key_invalid")
    assert (right.status_code, probe.status_code) == (200, 200)


def test_a_request_is_one_log_line_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    with serving(make_core(make_settings(access_log=True))) as client, caplog.at_level(logging.INFO, "service.access"):
        client.post("/v1/translate?key=Geheimnis", json={"texts": ["Geheimnis"], "source": "en", "target": "de"})
        client.get("/readyz")
    [record] = caplog.records
    logs.request_id.set("r-1")
    line = logs.JsonFormatter().format(record)
    entry = json.loads(line)
    assert {"method": "POST", "route": "/v1/translate", "status": 200, "num_texts": 1}.items() <= entry.items()
    assert (entry["request_id"], entry["level"]) == ("r-1", "info")
    assert "Geheimnis" not in line
    assert "\n" not in line
