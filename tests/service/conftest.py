"""A service without an engine and a client of it, for every test that does not bring its own."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.core import Core
from tests.service.api.doubles import make_core, serving


@pytest.fixture
def core() -> Core:
    return make_core()


@pytest.fixture
def client(core: Core) -> Iterator[TestClient]:
    """Of `core`; a module that wants other settings has a `core` of its own."""
    with serving(core) as client:
        yield client
