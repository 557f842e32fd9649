"""What the dashboard and the alert rules ask Prometheus for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

DOCKER = Path(__file__).parents[2] / "docker"
DASHBOARD = DOCKER / "grafana" / "dashboards" / "dragoman.json"
ALERTS = DOCKER / "prometheus" / "alerts.yml"


def expressions() -> Iterator[tuple[str, str]]:
    """Title and expression of every query of every panel."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def alerts() -> Iterator[tuple[str, str]]:
    """Name and expression of every alert."""
    for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


def metrics_of(expression: str) -> set[str]:
    """The service's own metrics in an expression."""
    return set(re.findall(r"\bdragoman_\w+", expression))
