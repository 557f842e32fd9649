"""Dashboard, alert rules and documents speak of metrics that the service really shows."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.deployment.dashboard import DOCKER, alerts, expressions, metrics_of
from tests.service.api.doubles import make_core, make_settings, serving

OPERATIONS = (DOCKER.parent / "docs" / "operations.md").read_text(encoding="utf-8")
SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
QUERIES = [*expressions(), *alerts()]


@pytest.fixture(scope="module")
def shown() -> set[str]:
    """The names of all series that `/metrics` can show."""
    core = make_core(make_settings())
    core.metrics.watch_usage(lambda: 0)
    with serving(core) as client:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


@pytest.mark.parametrize(("title", "expression"), QUERIES, ids=[f"{title}: {query[:40]}" for title, query in QUERIES])
def test_each_query_asks_for_metrics_that_exist(title: str, expression: str, shown: set[str]) -> None:
    asked = metrics_of(expression)
    assert asked or "up{" in expression, title
    assert asked <= shown


def test_autoscaling_looks_at_a_metric_that_exists(shown: set[str]) -> None:
    paths = [*DOCKER.glob("kubernetes/**/autoscaling.yaml"), DOCKER / "kubernetes" / "prometheus-adapter.yaml"]
    names = {name for path in paths for name in metrics_of(path.read_text(encoding="utf-8"))}
    assert names == {"dragoman_waiting_tokens"}
    assert names <= shown


def test_operations_say_what_to_do_about_each_alert() -> None:
    documented = set(re.findall(r"^\| `(Dragoman\w+)` \|", OPERATIONS, re.MULTILINE))
    assert documented == {name for name, _ in alerts()}


def test_operations_name_each_metric(shown: set[str]) -> None:
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    documented = set(re.findall(r"^\| `(dragoman_\w+)", OPERATIONS, re.MULTILINE))
    assert documented == bases


def test_the_dashboard_shows_each_metric(shown: set[str]) -> None:
    drawn = {name for _, expression in expressions() for name in metrics_of(expression)}
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert bases == {re.sub(r"_(bucket|sum|count)$", "", name) for name in drawn}
