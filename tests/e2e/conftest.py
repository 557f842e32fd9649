"""One tiny artifact for all processes, and one process for the tests that do not stop it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.process import Service, running
from tests.service.tiny_artifact import tiny_artifact

# None in sys.modules makes an import fail.
WITHOUT_THE_OTHER_HALF = """
import sys
sys.modules["model"] = sys.modules["training"] = None
from service.cli import main
main()
"""


@pytest.fixture(scope="session")
def artifact() -> Path:
    """An artifact that translates into nonsense, always the same."""
    return tiny_artifact()


@pytest.fixture(scope="session")
def service(artifact: Path) -> Iterator[Service]:
    """A ready service that could import neither `model` nor `training` and remembers nothing: each request is work."""
    with running(artifact, WITHOUT_THE_OTHER_HALF, DRAGOMAN_MAX_CACHE_BYTES="0") as started:
        started.await_ready()
        yield started
