"""The Docker command line, as far as the tests of the images need it."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SERVICE = "dragoman:image-test"
TRAINING = "dragoman-training:image-test"
BASE = os.environ.get("PYTHON_IMAGE", "python:3.11-slim-bookworm")
# What `docker/image-test.sh` finds again, and removes, of a run that was ended.
MARK = "--label=dragoman.image-test"
# Engines of release 26, just started, now and then fail so when stages are built side by side.
_LAYER_LOST = re.compile(r"/overlay2/\S+: no such file or directory")
_BUILDS = 3
HARDENED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


def docker(*arguments: str, timeout_s: float = 300.0, **environment: str) -> str:
    """What `docker ARGUMENT...` prints; an AssertionError with all of its output if it fails."""
    done = subprocess.run(
        ["docker", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def build(tag: str, *arguments: str) -> None:
    """Build an image of this repository, unchanged; anew where the engine has lost a layer of its own storage."""
    wheels = os.environ.get("WHEELS")
    context = ["--build-context", f"wheels={wheels}"] if wheels else []
    given = ["--build-arg", f"PYTHON_IMAGE={BASE}", *context, *arguments]
    for left in reversed(range(_BUILDS)):
        try:
            docker("build", "--quiet", "--tag", tag, *given, timeout_s=1800.0)
        except AssertionError as error:
            if not (left and _LAYER_LOST.search(str(error))):
                raise
            print(f"building {tag} once more: {error}")
        else:
            return


def inspect(name: str) -> dict[str, Any]:
    """What the engine knows about a container or an image."""
    found: dict[str, Any] = json.loads(docker("inspect", name))[0]
    return found


def once(*arguments: str, timeout_s: float = 300.0) -> subprocess.CompletedProcess[str]:
    """Run a container to its end, whatever that is, and remove it."""
    command = ["docker", "run", "--rm", MARK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


@contextmanager
def network() -> Iterator[str]:
    """A network of its own, without a way out."""
    name = f"dragoman-image-test-{os.getpid()}"
    docker("network", "create", MARK, "--internal", name)
    try:
        yield name
    finally:
        docker("network", "rm", name)


@contextmanager
def volume() -> Iterator[str]:
    """A volume that is removed."""
    name = docker("volume", "create", MARK)
    try:
        yield name
    finally:
        docker("volume", "rm", name)


@contextmanager
def container(*arguments: str) -> Iterator[str]:
    """A container that runs in the background, and is removed."""
    name = docker("run", "--detach", MARK, *arguments)
    try:
        yield name
    except BaseException:
        print(subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=False).stderr)
        raise
    finally:
        docker("rm", "--force", name)


def seconds_until(is_so: Callable[[], object], limit_s: float, what: str = "") -> float:
    """How long it takes until something is so; an AssertionError that names it after `limit_s`."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() < started + limit_s, f"not within {limit_s:g} s: {what or is_so}"
        time.sleep(0.25)
    return time.monotonic() - started


def report(line: str) -> None:
    """Print a measurement, on a line of its own."""
    print(f"\n  image-test: {line}", flush=True)
