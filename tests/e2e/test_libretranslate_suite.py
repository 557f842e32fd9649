"""What LibreTranslate's own tests of its API ask for, in our words; and those tests themselves, where they can be had.

They are not ours to keep (AGPL): they are fetched when they are needed and judge a real process from outside.
"""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import Service, environment, running
from tests.service.tiny_artifact import write_tiny_artifact

RELEASE = "libretranslate==1.9.6"
NUM_TESTS = 14
FOLDER = "libretranslate/tests/test_api/"
CONFTEST = '''
"""Asks a running service in place of an application in this process."""

import os

import pytest
import requests


class Answer:
    def __init__(self, answered):
        self.status_code = answered.status_code
        self.data = answered.content
        self._answered = answered

    @property
    def json(self):
        return self._answered.json()


class Client:
    def get(self, path, **sent):
        return Answer(requests.get(os.environ["SERVICE_URL"] + path, timeout=60, **sent))

    def post(self, path, **sent):
        return Answer(requests.post(os.environ["SERVICE_URL"] + path, timeout=60, **sent))


@pytest.fixture
def client():
    return Client()
'''

FORM, JSON = "data", "json"
# Request, status, and what the answer has: the fields of an object, or of the objects in an array.
CONTRACT: list[tuple[str, str, dict[str, Any], int, set[str]]] = [
    ("POST", "/detect", {FORM: {"q": "Hello"}}, 200, {"confidence", "language"}),
    ("POST", "/detect", {}, 400, {"error"}),
    ("GET", "/detect", {}, 405, {"error"}),
    ("GET", "/frontend/settings", {}, 200, {"charLimit", "language", "apiKeys", "suggestions"}),
    ("GET", "/languages", {}, 200, {"code", "name", "targets"}),
    ("POST", "/languages", {}, 405, {"error"}),
    ("GET", "/health", {}, 200, {"status"}),
    ("POST", "/health", {}, 405, {"error"}),
    ("GET", "/spec", {}, 200, {"openapi", "paths"}),
    ("POST", "/spec", {}, 405, {"error"}),
    ("POST", "/translate", {FORM: {"q": "Hello", "source": "en", "target": "es"}}, 200, {"translatedText"}),
    ("POST", "/translate", {JSON: {"q": ["Hello", "World"], "source": "en", "target": "es"}}, 200, {"translatedText"}),
    ("POST", "/translate", {FORM: {"q": "Hello", "source": "en", "target": "zz"}}, 400, {"error"}),
    ("POST", "/translate", {FORM: {"source": "en", "target": "es"}}, 400, {"error"}),
]


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of the pair that those tests ask for."""
    artifact = tmp_path_factory.mktemp("artifact") / "tiny-en-es"
    with running(write_tiny_artifact(artifact, name="tiny-en-es", pairs=(("en", "es"), ("es", "en")))) as started:
        started.await_ready()
        yield started


@pytest.mark.parametrize(("method", "path", "sent", "status", "fields"), CONTRACT)
def test_the_contract(
    spanish: Service, method: str, path: str, sent: dict[str, Any], status: int, fields: set[str]
) -> None:
    with spanish.client() as client:
        answered = client.request(method, path, **sent)
    assert answered.status_code == status, answered.text
    told = answered.json()
    for each in told if isinstance(told, list) else [told]:
        assert fields <= each.keys()
    if isinstance(asked := sent.get(JSON, {}).get("q"), list):
        assert len(told["translatedText"]) == len(asked)


def test_libretranslates_own_tests(spanish: Service, tmp_path: Path) -> None:
    _fetch(tmp_path)
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    variables = environment() | {"SERVICE_URL": spanish.url}
    ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, timeout=120.0, check=False)
    told = ended.stdout.decode()
    assert ended.returncode == 0, told
    assert f"{NUM_TESTS} passed" in told


def _fetch(folder: Path) -> None:
    """Put the tests of the release into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), RELEASE]
    ended = subprocess.run(command, capture_output=True, timeout=120.0, check=False)
    wheels = list(folder.glob("*.whl"))
    if ended.returncode != 0 or not wheels:
        pytest.skip(f"{RELEASE} cannot be fetched here: {ended.stderr.decode().strip()[-200:]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        for name in wheel.namelist():
            if name.startswith(f"{FOLDER}test_"):
                (folder / Path(name).name).write_bytes(wheel.read(name))
