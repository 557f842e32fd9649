"""Requests made from our own description, good ones and bad ones: nothing fails, and no answer is undescribed.

`HYPOTHESIS_PROFILE=nightly` makes ten times as many.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS

from service.app import create_app
from tests.e2e.process import Service
from tests.service.api.doubles import FakeBackend, make_core

NUM_EXAMPLES = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 20
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


@pytest.mark.parametrize(("path", "method", "mode"), operations())
def test_every_answer_is_a_described_one(service: Service, path: str, method: str, mode: GenerationMode) -> None:
    with service.client() as client:
        schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    strategy = schema[path][method].as_strategy(mode)
    checks: list[Any] = [CHECKS.get_one(name) for name in NAMES]

    @settings(
        max_examples=NUM_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def ask(case: "Case[Any]") -> None:
        answered = case.call_and_validate(service.url, checks=checks)
        assert answered.status_code < 500 or _may_be_late(case, answered.status_code), answered.text

    ask()


def _may_be_late(case: "Case[Any]", status: int) -> bool:
    """Was it the client who set a deadline that was not kept?"""
    body = case.body if isinstance(case.body, dict) else {}
    headers = {name.lower() for name in case.headers or ()}
    return status in DEADLINE_ERRORS and ("x-deadline-ms" in headers or body.get("deadline_ms") is not None)
