"""What only the operator may ask for: with the admin token, which is no key, and off without one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.app import create_app
from service.backend import ReloadRefused
from service.core import Core
from tests.service.access.test_dialects import Keys
from tests.service.api.doubles import FakeBackend, make_core, make_settings

TOKEN = "an-admin-token-of-tests"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
RELOAD = "/v1/models/double/reload"


@contextmanager
def served(core: Core, *reloads: bool | Exception) -> Iterator[TestClient]:
    backend = FakeBackend(core)
    backend.reloads = list(reloads)
    with TestClient(create_app(core.settings, backend), raise_server_exceptions=False) as client:
        yield client


def backend_of(client: TestClient) -> FakeBackend:
    assert isinstance(client.app, FastAPI)
    backend: FakeBackend = client.app.state.backend
    return backend


def guarded(**changes: Any) -> Core:
    return make_core(make_settings(admin_token=TOKEN, **changes))


def ended(client: TestClient, job_id: str) -> dict[str, Any]:
    ends_at = time.monotonic() + 20.0
    while (record := client.get(f"/v1/jobs/{job_id}", headers=ADMIN).json())["state"] == "running":
        assert time.monotonic() < ends_at
        time.sleep(0.005)
    return dict(record)


@pytest.mark.parametrize("has_switched", [True, False])
def test_a_reload_is_a_job_that_says_whether_it_switched(has_switched: bool) -> None:
    with served(guarded(), has_switched) as client:
        answered = client.post(RELOAD, headers=ADMIN)
        assert answered.status_code == 202
        assert answered.headers["location"] == f"/v1/jobs/{answered.json()['id']}"
        record = ended(client, answered.json()["id"])
        assert (record["kind"], record["state"], record["document"]) == ("reload", "done", None)
        assert record["reload"] == {"model": "double", "has_switched": has_switched}


def test_a_refused_reload_says_why() -> None:
    with served(guarded(), ReloadRefused("it does not translate from 'en' to 'de'")) as client:
        record = ended(client, client.post(RELOAD, headers=ADMIN).json()["id"])
    assert record["state"] == "failed"
    assert record["error"] == {
        "code": "reload_refused",
        "message": "the old version serves on: it does not translate from 'en' to 'de'",
    }


def test_there_is_one_reload_at_a_time_and_none_is_cancelled() -> None:
    with served(guarded(), True, True) as client:
        backend_of(client).is_held = True
        job_id = client.post(RELOAD, headers=ADMIN).json()["id"]
        again = client.post(RELOAD, headers=ADMIN)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "reload_underway")
        assert "retry-after" not in again.headers
        deleted = client.delete(f"/v1/jobs/{job_id}", headers=ADMIN)
        assert (deleted.status_code, deleted.json()["error"]["code"]) == (409, "job_not_cancellable")
        backend_of(client).is_held = False
        ended(client, job_id)
        assert client.post(RELOAD, headers=ADMIN).status_code == 202


def test_its_job_has_no_result_and_is_nobody_elses() -> None:
    with served(guarded(), True) as client:
        job_id = client.post(RELOAD, headers=ADMIN).json()["id"]
        ended(client, job_id)
        assert client.get(f"/v1/jobs/{job_id}/result", headers=ADMIN).status_code == 404
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            assert client.get(f"/v1/jobs/{job_id}", headers=headers).status_code == 404
        assert client.delete(f"/v1/jobs/{job_id}", headers=ADMIN).json()["state"] == "done"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "key_missing"),
        ({"Authorization": "Basic x"}, 401, "key_missing"),
        ({"Authorization": "Bearer wrong"}, 403, "key_invalid"),
        ({"Authorization": "Bearer \u00fc".encode("latin-1")}, 403, "key_invalid"),
        ({"X-API-Key": TOKEN}, 401, "key_missing"),
    ],
)
def test_without_the_token_nothing_is_reloaded(headers: dict[str, Any], status: int, code: str) -> None:
    with served(guarded()) as client:
        answered = client.post(RELOAD, headers=headers)
        assert (answered.status_code, answered.json()["error"]["code"]) == (status, code)


def test_a_key_of_a_client_is_not_enough_and_the_token_is_no_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.sqlite3")
    secret = keys.add("a")
    core = make_core(make_settings(admin_token=TOKEN), access=keys.core().access)
    with served(core) as client:
        assert client.post(RELOAD, headers={"Authorization": f"Bearer {secret}"}).status_code == 403
        asked = {"texts": ["a"], "source": "en", "target": "de"}
        assert client.post("/v1/translate", json=asked, headers=ADMIN).status_code == 403


def test_without_a_token_the_route_is_off_for_everybody() -> None:
    with served(make_core()) as client:
        answered = client.post(RELOAD, headers=ADMIN)
        assert (answered.status_code, answered.json()["error"]["code"]) == (403, "disabled")
        assert "DRAGOMAN_ADMIN_TOKEN" in answered.text


def test_an_unknown_model_is_not_reloaded() -> None:
    with served(guarded()) as client:
        answered = client.post("/v1/models/other/reload", headers=ADMIN)
        assert (answered.status_code, answered.json()["error"]["field"]) == (404, "name")


def test_a_service_that_stops_reloads_nothing() -> None:
    core = guarded()
    with served(core) as client:
        core.admission.close()
        assert client.post(RELOAD, headers=ADMIN).status_code == 503
