"""The Dockerfile and its locks agree with the project."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from service.settings import DEFAULT_ARTIFACTS

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
LOCKS = ROOT / "docker" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = {
    "service": PROJECT["project"]["dependencies"],
    "training": [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["training"]],
    "build": PROJECT["build-system"]["requires"],
}


def locked(name: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    text = (LOCKS / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_default_artifacts_are_those_inside() -> None:
    named = ",".join(str(path.relative_to(ROOT)) for path in DEFAULT_ARTIFACTS)
    assert DOCKERFILE.count(f"ARG ARTIFACTS={named}\n") == 2


@pytest.mark.parametrize("variant", ["cpu", "cuda"])
@pytest.mark.parametrize("name", NEEDED)
def test_what_is_locked_is_what_the_project_asks_for(name: str, variant: str) -> None:
    versions = {**locked(name), **(locked(f"torch-{variant}") if name != "build" else {})}
    for text in NEEDED[name]:
        needed = Requirement(text)
        assert needed.specifier.contains(versions[normal(needed.name)]), f"{text}: run `make lock`"


def test_locks_never_ask_for_two_versions_of_a_package() -> None:
    for first, second in (("torch-cpu", "service"), ("torch-cuda", "service"), ("torch-cpu", "training")):
        one, other = locked(first), locked(second)
        assert {name: one[name] for name in one.keys() & other.keys()} == {
            name: other[name] for name in one.keys() & other.keys()
        }


def test_every_locked_package_has_hashes_and_no_lock_names_an_index() -> None:
    for path in LOCKS.glob("*.txt"):
        entries = re.split(r"^(?=[a-z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries), path
        assert not re.search(r"://|--(extra-)?index|--find-links", "".join(entries)), path


def test_the_dockerfile_asks_no_registry_for_its_syntax_and_installs_only_what_is_locked() -> None:
    assert not re.search(r"^#\s*syntax\s*=", DOCKERFILE, re.MULTILINE)
    installs = re.findall(r"pip --python.*? install .*", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in each or "--no-index --no-deps /wheel" in each for each in installs)
