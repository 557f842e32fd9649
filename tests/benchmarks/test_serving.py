"""What a run of the servers is made into, on figures that are made up, and in which order they take their turns."""

import json
import math
import os
import threading
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from benchmarks import offline
from benchmarks.capacity import Capacity, Entrant, Search, find_all
from benchmarks.cores import Cores, on_core, two_cores
from benchmarks.kinds import Kind
from benchmarks.latency import HTTP
from benchmarks.loop_time import Used
from benchmarks.peers import NAIVE, OURS, PEER_NAMES, TIMEOUTS, Meter, guesses
from benchmarks.plots import plot_latency
from benchmarks.point import INTERACTIVE, Point, Sample
from benchmarks.record import Record
from benchmarks.serving import AT_80_PERCENT, OURS_STRICTLY, Served
from benchmarks.target import CpuTime, Target
from benchmarks.texts import Texts

OFFLINE = {
    offline.REFILLED: 100.0,
    **{offline.length_bucketed(kind): 50.0 for kind in Kind},
    **{offline.one_at_a_time(kind): 10.0 for kind in Kind},
}
UNLOADED = {HTTP: 0.05}


def point(rate_per_s: float, latency_s: float = 0.1, lag_s: float = 0.0) -> Point:
    return Point(rate_per_s, 1.0, [Sample(0.0, lag_s, latency_s)] * round(rate_per_s))


def served(**rates_per_s: float) -> Served:
    """Ours at 90 a second, each other way at 30, unless said otherwise."""
    rates = {OURS: 90.0, OURS_STRICTLY: 60.0, AT_80_PERCENT: 72.0} | dict.fromkeys(PEER_NAMES, 30.0) | rates_per_s
    points = {name: point(rate) for name, rate in rates.items() if rate > 0.0}
    capacities = {name: Capacity(points.get(name), tuple(points.values())) for name in rates if name != AT_80_PERCENT}
    return Served(
        offline.Offline(OFFLINE, {}),
        UNLOADED,
        capacities,
        {name: [each] * 3 for name, each in points.items()},
        Used(CpuTime(0.3, 1.0), num_requests=200, without_http_s=0.001),
        "fp32",
    )


def ratio(found: Served, name: str) -> float:
    [value] = [each.value for each in found.ratios() if each.name.strip().startswith(name)]
    return value


def test_goals_are_compared_with_the_figures_that_they_speak_of() -> None:
    found = served(naive=9.0, **{TIMEOUTS[1]: 45.0})
    assert ratio(found, f"R1 server / offline, {INTERACTIVE}") == pytest.approx(0.9)
    assert ratio(found, "R2") == pytest.approx(0.1 / 0.05)
    assert ratio(found, "R3 goodput / best timeout") == pytest.approx(2.0)
    assert ratio(found, "R3 goodput / naive") == pytest.approx(10.0)
    assert ratio(found, "R8 offline rate") == pytest.approx(10.0)
    assert ratio(found, "R9 HTTP's share") == pytest.approx(0.1)
    assert ratio(found, "event loop's share") == pytest.approx(0.3)


def test_a_peer_of_which_no_capacity_was_found_meets_no_goal_of_ours_and_is_plain_json(tmp_path: Path) -> None:
    found = served(naive=0.0)
    [against] = [each for each in found.ratios() if each.name == "R3 goodput / naive"]
    assert math.isnan(against.value)
    assert against.verdict == "not measured"
    record = Record("", {}, tmp_path)
    record.add("serving", found.results(), found.ratios())
    [line] = (tmp_path / "figures.jsonl").read_text().splitlines()
    assert "Infinity" not in line
    assert "NaN" not in line
    assert NAIVE not in json.loads(line)["results"]["ways"]


def test_a_service_that_keeps_no_rate_meets_no_goal_of_load() -> None:
    nothing = served(**dict.fromkeys((OURS, OURS_STRICTLY, AT_80_PERCENT, *PEER_NAMES), 0.0))
    of_load = [each for each in nothing.ratios() if each.name.startswith(("R1", "R2", "R3", "generator"))]
    assert {each.verdict for each in of_load} == {"missed", "not measured"}


def test_curves_are_drawn_whatever_was_measured(tmp_path: Path) -> None:
    never = Point(5.0, 1.0, [Sample(0.0, 0.0, math.inf)] * 5)
    plot_latency({"all fail": [never], "good": [point(3.0)], "none": []}, tmp_path / "new" / "curve.png")
    assert (tmp_path / "new" / "curve.png").stat().st_size > 1000


def test_every_search_begins_where_its_way_works_in_process() -> None:
    assert guesses(OFFLINE)[OURS] == 2 * guesses(OFFLINE)[TIMEOUTS[0]] == 10 * guesses(OFFLINE)[NAIVE]


@dataclass(frozen=True)
class FixedMeter(Meter):
    """Measures servers that keep 20 requests a second, and tells whose turn it was."""

    turns: list[str] = field(default_factory=list)

    def point(self, target: Target, rate_per_s: float, seed: int = 0, shape: float = 1.0) -> Point:
        self.turns.append(target.name)
        return point(rate_per_s, 0.1 if rate_per_s <= 20.0 else 1.0)


def test_searches_take_turns() -> None:
    meter = FixedMeter(Texts((), "en", "de"), 1.0)
    targets = [Target(name, "", 0, Cores(0, 1)) for name in ("a", "b")]
    entrants = [Entrant(partial(meter.point, target), Search(INTERACTIVE, 10.0)) for target in targets]
    found = find_all(entrants, math.inf)
    assert meter.turns == ["a", "b"] * (len(meter.turns) // 2)
    assert all(20.0 / 1.1 <= each.rate_per_s <= 20.0 for each in found)


def test_a_thread_is_on_its_core_and_gets_all_of_them_back() -> None:
    before, core = os.sched_getaffinity(0), two_cores().client
    seen: list[set[int]] = []
    with on_core(core):
        thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
        thread.start()
        thread.join()
    assert seen == [{core}]
    assert os.sched_getaffinity(0) == before
