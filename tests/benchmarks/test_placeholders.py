"""The benchmark of placeholders: its texts are sound, it tells the ways apart, and no network can lose a variable."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks import placeholders
from benchmarks.markup import Example, read_examples
from benchmarks.placeholders import TEXTS, Trip, Way, counts, travel
from service.artifact_config import Pair
from service.text.masking import NAMES
from service.translation import Translation
from tests.service.doubles import FakeEngine, routes
from tests.service.text.models import subword
from tests.service.tiny_artifact import tiny_artifact

PAIRS = (Pair("en", "de", "<2de>"),)
TEXT = Example("en", "de", "text", "The dog of {name} sees {user}.", ("{name}", "{user}"), ())
FIRST = NAMES[0]


def trips(answers: Callable[[str], Sequence[str]], *examples: Example) -> list[Trip]:
    """The `examples` by an engine that answers what it is shown, less the tag, with hypotheses, best first."""
    engine = FakeEngine(subword(), lambda shown: answers(shown.removeprefix("<2de>").strip()))
    return asyncio.run(travel(examples, routes(subword(), PAIRS), engine))


def test_the_texts_go_both_ways_and_hold_their_variables() -> None:
    examples = read_examples(TEXTS)
    assert len(examples) == len({each.text for each in examples}) == 40
    assert {(each.source, each.target) for each in examples} == {("en", "de"), ("de", "en")}
    for each in examples:
        assert sum(map(each.text.count, each.keep)) in (2, 3, 4)
        assert all(variable in each.text for variable in each.keep)


@pytest.mark.parametrize(
    ("way", "answers"),
    [
        (Way.AT_ONCE, lambda shown: [shown.replace("dog", "Hund")]),
        (Way.LATER, lambda shown: ["Der Hund.", shown.replace("dog", "Hund")]),
        (Way.RENAMED, lambda shown: ["Der Hund." if FIRST in shown else shown.replace("dog", "Hund")]),
        (Way.IN_PARTS, lambda shown: ["Der Hund." if any(name in shown for name in NAMES) else "Hund"]),
    ],
)
def test_each_way_is_told_from_the_others(way: Way, answers: Callable[[str], Sequence[str]]) -> None:
    [trip] = trips(answers, TEXT)
    assert (trip.way, trip.keeps_all) == (way, True)


@pytest.mark.parametrize(("way", "lost"), [(Way.AT_ONCE, []), (Way.LATER, ["Der Hund."])])
def test_what_is_asked_again_for_another_fault_is_no_lost_variable(way: Way, lost: Sequence[str]) -> None:
    [trip] = trips(lambda shown: [*lost, f"{shown} go go go go go"], TEXT)
    assert len(trip.visits) > 1
    assert (trip.way, trip.keeps_all) == (way, True)


@pytest.mark.parametrize("text", ["Der Hund von {name}.", "{user} {name} {user}", None])
def test_a_variable_that_is_lost_or_doubled_is_not_kept(text: str | None) -> None:
    assert not Trip(TEXT, Translation(text, "en"), ()).keeps_all


def test_texts_are_counted_by_way_and_direction_where_there_is_a_route() -> None:
    there, back = TEXT, Example("de", "en", "text", "Der Hund von {name} sieht {user}.", TEXT.keep, ())
    assert counts(trips(lambda shown: [shown.replace("dog", "Hund")], there, back)) == {
        **{str(way): {"en-de": int(way is Way.AT_ONCE), "both": int(way is Way.AT_ONCE)} for way in Way},
        "all": {"en-de": 1, "both": 1},
        "every variable kept": {"en-de": 1, "both": 1},
    }


def test_a_network_that_knows_nothing_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = TEXTS.read_text(encoding="utf-8").splitlines()[::5]
    texts = tmp_path / "texts.jsonl"
    texts.write_text("\n".join(lines), encoding="utf-8")
    placeholders.main(tiny_artifact(), texts, tmp_path)
    told = capsys.readouterr().out
    assert (told.count("kept  "), told.count("LOST")) == (len(lines), 0)
    [figures] = map(json.loads, (tmp_path / "figures.jsonl").read_text(encoding="utf-8").splitlines())
    assert figures["part"] == "placeholders"
    assert figures["results"]["variables_came_back"]["every variable kept"]["both"] == len(lines)
