"""`docker/image-test.sh` says what it could not do, ends in time, and stops the engine that it has started."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docker" / "image-test.sh"


def write_program(path: Path, *lines: str) -> None:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Programs that hide the real ones: no Docker, and root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    write_program(folder / "docker", "exit 1")
    write_program(folder / "id", "echo 0")
    return folder


def run(programs: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(programs.parent)}
    return subprocess.run(
        [str(SCRIPT), *arguments],
        env={**os.environ, **own, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("arguments", "status"), [((), 1), (("--if-possible",), 0)])
def test_without_an_engine_it_says_so(programs: Path, arguments: tuple[str, ...], status: int) -> None:
    done = run(programs, *arguments, DOCKER_ENGINE_SCRIPT="/no/such/script")
    assert done.returncode == status
    assert "NOT tested" in done.stderr


def test_an_engine_that_hangs_is_given_up_and_stopped(programs: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    write_program(engine := tmp_path / "engine", f'echo "$1" >>{said}', '[ "$1" != up ] || sleep 600')
    done = run(programs, DOCKER_ENGINE_SCRIPT=str(engine), IMAGE_TEST_LIMIT_S="1")
    assert done.returncode == 1
    assert "not done within 1 s" in done.stderr
    assert said.read_text().split() == ["up", "down"]


def test_two_runs_take_turns(programs: Path, tmp_path: Path) -> None:
    with (tmp_path / "dragoman-image-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(programs, IMAGE_TEST_LIMIT_S="1")
    assert done.returncode == 1
    assert "another run" in done.stderr
