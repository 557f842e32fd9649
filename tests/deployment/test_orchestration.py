"""Compose file, balancer and manifests agree with the service's settings."""

import re
from typing import Any

import pytest
import yaml

from service.settings import Settings, variable
from tests.deployment.dashboard import DOCKER

SETTINGS = Settings()
LAST_ANSWERS_S = 5
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
BALANCER = (DOCKER / "balancer" / "haproxy.cfg").read_text(encoding="utf-8")
BASE = DOCKER / "kubernetes" / "base"


def manifest(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((BASE / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


POD = manifest("deployment")["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]
ENVIRONMENT = {each["name"]: each["value"] for each in CONTAINER["env"]}


@pytest.mark.parametrize("name", ["service", "service-gpu", "replica"])
def test_compose_gives_more_time_than_the_drain_and_takes_every_right(name: str) -> None:
    service = COMPOSE["services"][name]
    assert int(service["stop_grace_period"].rstrip("s")) > (
        SETTINGS.drain_delay_s + SETTINGS.drain_timeout_s + LAST_ANSWERS_S
    )
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


def test_no_setting_of_the_service_can_leak_from_the_variables_of_the_compose_file() -> None:
    settings = [COMPOSE["services"][name].get("environment", {}) for name in ("service", "service-gpu", "replica")]
    assert "$" not in str(settings)


def test_the_balancer_waits_as_long_as_a_request_may_take_and_notices_a_drain_in_time() -> None:
    [answer_s] = re.findall(r"timeout server (\d+)s", BALANCER)
    assert int(answer_s) > SETTINGS.max_deadline_s
    [(interval_s, falls)] = re.findall(r"check inter (\d+)s fall (\d+)", BALANCER)
    assert int(interval_s) * int(falls) < SETTINGS.drain_delay_s


def test_kubernetes_waits_longer_than_the_drain() -> None:
    settings = Settings.model_validate({name.removeprefix("DRAGOMAN_").lower(): v for name, v in ENVIRONMENT.items()})
    drain_s = settings.drain_delay_s + settings.drain_timeout_s + LAST_ANSWERS_S
    assert POD["terminationGracePeriodSeconds"] > drain_s
    readiness = CONTAINER["readinessProbe"]
    assert readiness["periodSeconds"] * readiness["failureThreshold"] < settings.drain_delay_s


def test_kubernetes_sets_no_variable_that_the_service_would_refuse() -> None:
    overlays = "".join(path.read_text(encoding="utf-8") for path in DOCKER.glob("kubernetes/overlays/*/resources.yaml"))
    known = {variable(name) for name in Settings.model_fields}
    assert set(re.findall(r"name: (DRAGOMAN_\w+)", overlays)) | set(ENVIRONMENT) <= known
    assert POD["enableServiceLinks"] is False  # they would be called DRAGOMAN_SERVICE_HOST and the like


def test_each_probe_asks_the_route_that_is_made_for_it() -> None:
    paths = {probe: CONTAINER[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/startupz", "readiness": "/readyz", "liveness": "/livez"}


def test_pods_have_no_rights_and_no_way_out() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    policy = manifest("network")["spec"]
    assert policy["egress"] == []
    assert "Egress" in policy["policyTypes"]
    assert policy["podSelector"]["matchLabels"] == manifest("deployment")["spec"]["selector"]["matchLabels"]
