"""The compose file: its profiles come up, the balancer hides the death of a replica, Prometheus feeds the dashboard."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.deployment.dashboard import expressions
from tests.image.docker import ROOT, docker, report, seconds_until
from tests.load import Load

pytestmark = [pytest.mark.image, pytest.mark.timeout(1800)]

PROJECT = "dragoman-image-test"
FILES = ("--file", "docker/compose.yaml", "--file", "tests/image/small.yaml")
HAS_STAND_INS = "IMAGE_TEST_STAND_INS" in os.environ
# What happens only when something goes wrong has no series yet.
SILENT = ("rejections", "warnings")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def stand_ins() -> dict[str, str]:
    """The images of other programs, where they cannot be pulled."""
    if not HAS_STAND_INS:
        return {}
    images = {}
    for variable, package in (("BALANCER_IMAGE", "haproxy"), ("PROMETHEUS_IMAGE", "prometheus")):
        images[variable] = f"dragoman-stand-in-{package}"
        arguments = ("--build-arg", f"PACKAGE={package}", "tests/image/stand-ins")
        docker("build", "--quiet", "--tag", images[variable], *arguments, timeout_s=900.0)
    return images


@contextmanager
def compose(profile: str | None, *services: str, **environment: str) -> Iterator[None]:
    """Services that are up and healthy; taken down with their volumes."""
    profiles = ("--profile", profile) if profile else ()
    command = ("compose", "--project-name", PROJECT, *FILES, *profiles)
    try:
        started = time.monotonic()
        docker(*command, "up", "--no-build", "--detach", "--wait", *services, timeout_s=900.0, **environment)
        report(f"compose {profile or 'default'}: healthy after {time.monotonic() - started:.1f} s")
        yield
    except BaseException:
        logs = ["docker", *command, "logs", "--tail", "40"]
        print(subprocess.run(logs, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
        raise
    finally:
        down = ("--profile", "*", "down", "--volumes", "--timeout", "10")
        docker("compose", "--project-name", PROJECT, *FILES, *down, timeout_s=180.0, **environment)


def post(url: str, text: str) -> str:
    body = json.dumps({"texts": [text], "source": "en", "target": "de"}).encode()
    request = urllib.request.Request(f"{url}/v1/translate", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as response:
        translated: str = json.load(response)["translations"][0]["text"]
        return translated


def asking(url: str, num_clients: int) -> Load[str]:
    """Clients of which each asks for texts that nobody has asked for before."""

    def ask(client: int, number: int) -> str:
        return post(url, f"Client {client} is looking at {number} red cars in front of a big house.")

    return Load(ask, num_clients, OSError, HTTPException)


def replicas() -> Sequence[str]:
    label = f"label=com.docker.compose.project={PROJECT}"
    return docker("ps", "--quiet", "--filter", label, "--filter", "label=com.docker.compose.service=replica").split()


def test_the_compose_file_is_clean_with_every_profile() -> None:
    docker("compose", "--file", "docker/compose.yaml", "--profile", "*", "config", "--quiet")


def test_the_balancer_loses_no_request_when_replicas_end(service_image: str, stand_ins: dict[str, str]) -> None:
    port = free_port()
    environment = {"DRAGOMAN_IMAGE": service_image, "BALANCER_PORT": str(port), "REPLICAS": "3", **stand_ins}
    with compose("balanced", "balancer", **environment):
        killed, stopped, _ = replicas()
        with asking(f"http://127.0.0.1:{port}", num_clients=8) as load:
            seconds_until(lambda: len(load.answers) >= 40, 300.0)
            docker("kill", killed)
            before = len(load.answers)
            seconds_until(lambda: len(load.answers) >= before + 40, 300.0)
            docker("stop", "--time", "240", stopped)
            before = len(load.answers)
            seconds_until(lambda: len(load.answers) >= before + 40, 300.0)
        assert load.failures == []
        report(f"one replica killed, one stopped: {len(load.answers)} requests answered, none lost")


def test_prometheus_feeds_every_panel_and_judges_every_rule(service_image: str, stand_ins: dict[str, str]) -> None:
    port, prometheus = free_port(), f"http://127.0.0.1:{(prometheus_port := free_port())}"
    ports = {"DRAGOMAN_PORT": str(port), "PROMETHEUS_PORT": str(prometheus_port), "GRAFANA_PORT": str(free_port())}
    services = ("service", "prometheus") if HAS_STAND_INS else ("service", "prometheus", "grafana")
    if HAS_STAND_INS:
        report("grafana was NOT started: its image cannot be had here")
    with compose("monitoring", *services, DRAGOMAN_IMAGE=service_image, **ports, **stand_ins):
        with asking(f"http://127.0.0.1:{port}", num_clients=2):
            seconds_until(lambda: bool(ask(prometheus, "dragoman_step_seconds_count offset 15s > 0")), 300.0)
            for title, expression in expressions():
                if any(name in expression for name in SILENT):
                    continue
                query = expression.replace("$__rate_interval", "2m").replace("$instance", ".*")
                seconds_until(partial(ask, prometheus, query), 120.0, f"{title}: a series for {query}")
        groups = get(prometheus, "/api/v1/rules")["groups"]
        assert [rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []


def ask(prometheus: str, query: str) -> list[Any]:
    """The series that a query finds."""
    found: list[Any] = get(prometheus, f"/api/v1/query?{urlencode({'query': query})}")["result"]
    return found


def get(prometheus: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{prometheus}{path}", timeout=30) as response:
        answer: dict[str, Any] = json.load(response)["data"]
        return answer
