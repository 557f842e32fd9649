"""Grafana's own schema knows every key of the dashboard: one that it does not know, Grafana would drop in silence."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.deployment.dashboard import DASHBOARD

CONTENT: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))


def lost(content: dict[str, Any]) -> list[str]:
    """Where the dashboard differs from what remains after Grafana's types have read and written it."""
    register_default_plugins()
    read = Dashboard.from_json(copy.deepcopy(content))
    return list(differences(content, json.loads(JSONEncoder(sort_keys=True).encode(read)), ""))


def differences(ours: Any, theirs: Any, where: str) -> Iterator[str]:
    """Paths of what we have and they have not; what they add are defaults."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            yield from differences(value, theirs.get(key), f"{where}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{where}/{index}")
    elif ours != theirs:
        yield where


def test_grafana_knows_every_key_of_the_dashboard() -> None:
    assert lost(CONTENT) == []


@pytest.mark.parametrize(
    "path",
    [
        ("refresh",),
        ("panels", 0, "gridPos"),
        ("panels", 0, "targets", 0, "expr"),
        ("panels", 0, "fieldConfig", "defaults", "custom", "fillOpacity"),
        ("panels", 0, "options", "legend", "placement"),
        ("templating", "list", 0, "includeAll"),
    ],
    ids=lambda path: "/".join(map(str, path)),
)
def test_a_key_that_is_misspelt_is_noticed(path: tuple[str | int, ...]) -> None:
    broken = copy.deepcopy(CONTENT)
    *parents, key = path
    place: Any = broken
    for each in parents:
        place = place[each]
    place[f"{key}s"] = place.pop(key)
    assert lost(broken) != []


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    panels = CONTENT["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
