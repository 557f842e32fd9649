"""The examples in the documentation of the dialects do what they say, against a real service."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import ROOT, Service, environment, running
from tests.service.tiny_artifact import tiny_artifact

ADDRESS = "http://127.0.0.1:8000"
PAGES = (ROOT / "docs" / "api.md", *sorted((ROOT / "docs" / "api").glob("*.md")))
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
# What curl takes for a success is any answer.
STRICT_CURL = 'set -eu; curl() { command curl --fail-with-body --show-error "$@"; }\n'


@dataclass(frozen=True)
class Example:
    """A block of code, and the JSON that is said to come of it."""

    page: str
    language: str
    code: str
    answer: str | None

    def run(self, url: str) -> str:
        """What it prints, with a service at `url`."""
        code = self.code.replace(ADDRESS, url)
        command = ["sh", "-c", STRICT_CURL + code] if self.language == "sh" else [sys.executable, "-c", code]
        variables = environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        ended = subprocess.run(command, cwd=os.sep, env=variables, capture_output=True, timeout=60.0, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout.decode("utf-8")


def examples(page: Path) -> list[Example]:
    """The examples of `page` that ask a service."""
    found = (Example(page.name, *groups) for groups in BLOCK.findall(page.read_text(encoding="utf-8")))
    return [example for example in found if ADDRESS in example.code and "dragoman " not in example.code]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running(tiny_artifact()) as started:
        started.await_ready()
        yield started


@pytest.mark.parametrize("example", [each for page in PAGES for each in examples(page)], ids=lambda each: each.page)
def test_examples_work_and_answer_what_they_show(service: Service, example: Example) -> None:
    told = example.run(service.url)
    assert told.strip() != ""
    if example.answer:
        assert shape(_without_warnings(json.loads(told))) == shape(json.loads(example.answer)), told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_has_examples(page: Path) -> None:
    languages = {example.language for example in examples(page)}
    assert languages == ({"sh"} if page.name == "api.md" else {"sh", "python"})


def _without_warnings(answer: Any) -> Any:
    """`answer` with none of the warnings that nonsense deserves."""
    if isinstance(answer, dict):
        for translation in answer.get("translations", []):
            if "warnings" in translation:
                translation["warnings"] = []
    return answer


def shape(value: Any, path: str = "") -> set[tuple[str, str]]:
    """Where in `value` there is what: paths of keys with the kind of what is there; the items of an array are alike."""
    if isinstance(value, dict):
        return {("{}", path)}.union(*(shape(each, f"{path}.{key}") for key, each in value.items()))
    if isinstance(value, list):
        return {("[]", path)}.union(*(shape(each, f"{path}[]") for each in value))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {("number" if is_number else type(value).__name__, path)}
