"""Requests made from our own description, good ones and bad ones: nothing fails, and no answer is undescribed.

`HYPOTHESIS_PROFILE=nightly` makes ten times as many.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.transport.serialization import Binary

from service.app import create_app
from tests.e2e.process import Service, running
from tests.service.api.doubles import FakeBackend, make_core

NUM_EXAMPLES = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 20
TOKEN = "an-admin-token-of-tests"
DOCUMENT = b"How are you?"
# What a generator hardly ever hits upon, for every second good request: fields and parameters of what is served.
SERVED = {
    "source": "en",
    "target": "de",
    "source_lang": "EN",
    "target_lang": "DE",
    "format": "text",
    "beam_size": 3,
    "num_alternatives": 2,
    "alternatives": 2,
    "file": Binary(DOCUMENT),
    "name": "tiny",
}
# Nobody can keep a deadline of a millisecond: that is a client's wish, and its answer is described.
DEADLINE_ERRORS = (503, 504)
NAMES = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def operations() -> list[tuple[str, str, GenerationMode]]:
    """Path and method of all that is described, with good requests, and bad ones where a request can be bad."""
    core = make_core()
    paths = create_app(core.settings, FakeBackend(core)).openapi()["paths"]
    described = [(path, method, about) for path, methods in paths.items() for method, about in methods.items()]
    good = [(path, method, GenerationMode.POSITIVE) for path, method, _ in described]
    return good + [(path, method, GenerationMode.NEGATIVE) for path, method, about in described if _can_be_bad(about)]


def _can_be_bad(about: dict[str, Any]) -> bool:
    return "requestBody" in about or any(each["in"] != "path" for each in about.get("parameters", ()))


@pytest.fixture(scope="module")
def administered(artifact: Path) -> Iterator[Service]:
    """A service with all of its routes switched on."""
    with running(artifact, DRAGOMAN_ADMIN_TOKEN=TOKEN, DRAGOMAN_MAX_JOBS_PER_CLIENT="1000") as started:
        started.await_ready()
        yield started


@pytest.fixture
def served(administered: Service) -> dict[str, Any]:
    """Values that fields and parameters of these names may have; `id` is that of a job that is done."""
    with administered.client() as client:
        sent = client.post("/v1/jobs", files={"file": ("a.txt", DOCUMENT)}, data={"target": "de"})
        ends_at = time.monotonic() + 120.0
        while client.get(sent.headers["location"]).json()["state"] != "done":
            assert time.monotonic() < ends_at
            time.sleep(0.01)
    return {**SERVED, "id": sent.json()["id"]}


@pytest.mark.parametrize(("path", "method", "mode"), operations())
def test_every_answer_is_a_described_one(
    administered: Service, served: dict[str, Any], path: str, method: str, mode: GenerationMode
) -> None:
    with administered.client() as client:
        schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    strategy = schema[path][method].as_strategy(mode)
    led: list[int] = []
    checks: list[Any] = [CHECKS.get_one(name) for name in NAMES]

    @settings(
        max_examples=NUM_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy, st.booleans())
    def ask(case: "Case[Any]", is_led: bool) -> None:
        is_led = is_led and mode is GenerationMode.POSITIVE
        if is_led:
            lead(case, served)
        answered = case.call_and_validate(administered.url, checks=checks)
        if is_led:
            led.append(answered.status_code)
        assert answered.status_code < 500 or _may_be_late(case, answered.status_code), answered.text

    ask()
    assert mode is GenerationMode.NEGATIVE or min(led) < 300, "no good request was ever answered well"


def lead(case: "Case[Any]", served: dict[str, Any]) -> None:
    """Let `case` ask for what there is, by who may ask for it."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            values.update({name: value for name, value in served.items() if name in values})
    if "reload" in case.operation.path:
        case.headers["Authorization"] = f"Bearer {TOKEN}"


def _may_be_late(case: "Case[Any]", status: int) -> bool:
    """Was it the client who set a deadline that was not kept?"""
    body = case.body if isinstance(case.body, dict) else {}
    headers = {name.lower() for name in case.headers or ()}
    return status in DEADLINE_ERRORS and ("x-deadline-ms" in headers or body.get("deadline_ms") is not None)
