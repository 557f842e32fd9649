"""`docker/check.sh` passes the files as they are, and fails on each of them once it is broken."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROKEN = [
    ("docker/Dockerfile", "FROM ${PYTHON_IMAGE} AS", "FROM ubuntu AS", "DL3006"),
    ("docker/compose.yaml", "read_only:", "readonly:", "readonly"),
    ("docker/prometheus/alerts.yml", "expr: ", "expr: sum(", "alerts.yml"),
    ("docker/prometheus/alerts_test.yml", "exp_alerts:", "exp_alerts: [] #", "FAILED"),
    ("docker/prometheus/prometheus.yml", "scrape_configs:", "scrape_config:", "scrape_config"),
    ("docker/kubernetes/base/deployment.yaml", "readinessProbe:", "readynessProbe:", "readynessProbe"),
    ("docker/kubernetes/base/network.yaml", "policyTypes: [", "policyTypes: [1, ", "policyTypes"),
    ("docker/kubernetes/overlays/gpu/autoscaling.yaml", "maxReplicas: 4", "maxReplicas: many", "maxReplicas"),
    ("docker/kubernetes/overlays/cpu/kustomization.yaml", "../../base", "../../bases", "bases"),
    (".github/workflows/quality-gate.yml", "runs-on:", "run-on:", "run-on"),
]
PROGRAMS = {"docker/prometheus": "promtool", "docker/kubernetes/overlays": "kubectl"}

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that are checked, with the environment of this checkout."""
    for folder in ("docker", ".github", "tests/image"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def check(copy: Path, **environment: str) -> tuple[int, str]:
    """Exit status and all output."""
    done = subprocess.run(
        [str(copy / "docker" / "check.sh")],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_files_as_they_are_pass(copy: Path) -> None:
    status, output = check(copy)
    assert status == 0, output
    assert "the deployment files are clean" in output


@pytest.mark.parametrize(("name", "right", "wrong", "told"), BROKEN, ids=[name for name, *_ in BROKEN])
def test_each_file_that_is_broken_fails_and_is_told(copy: Path, name: str, right: str, wrong: str, told: str) -> None:
    for place, program in PROGRAMS.items():
        if name.startswith(place) and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed, and check.sh says so")
    content = (copy / name).read_text(encoding="utf-8")
    assert right in content
    (copy / name).write_text(content.replace(right, wrong, 1), encoding="utf-8")
    status, output = check(copy)
    assert status != 0
    assert told in output


def test_in_continuous_integration_nothing_may_go_unchecked(copy: Path, tmp_path: Path) -> None:
    (programs := tmp_path / "programs").mkdir()
    (programs / "promtool").write_text("#!/bin/sh\nexit 1\n")
    (programs / "promtool").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    status, output = check(copy, PATH=path)
    assert status == 0, output
    assert "not checked: docker/prometheus" in output
    status, output = check(copy, PATH=path, CHECK_ALL="1")
    assert status == 1
    assert "promtool" in output.splitlines()[-1]
