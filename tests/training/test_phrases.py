"""The phrases that the default model learns from: aligned, clean, and apart from every test set of this repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from training.corpus import read_lines
from training.normalization import normalize_line

ROOT = Path(__file__).parents[2]
PHRASES = ROOT / "training/phrases"
TEST_DATA = ROOT / "tests/data"

Words = tuple[str, ...]


def words(text: str) -> Words:
    return tuple(re.findall(r"\w+", text.casefold()))


def shortened(line: Words) -> set[Words]:
    """`line` and whatever it is without one of its words."""
    return {line, *(line[:i] + line[i + 1 :] for i in range(len(line)))}


def gaps(line: Words) -> set[tuple[int, Words, Words]]:
    """`line` with a gap in place of each word: equal for two lines that differ in one word."""
    return {(i, line[:i], line[i + 1 :]) for i in range(len(line))}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@pytest.fixture(scope="module")
def phrases() -> dict[str, list[str]]:
    return {language: read_lines(PHRASES / f"phrases.{language}") for language in ("en", "de")}


def test_phrases_are_pairs_without_repeats(phrases: dict[str, list[str]]) -> None:
    assert len(phrases["en"]) == len(phrases["de"])
    pairs = list(zip(phrases["en"], phrases["de"], strict=True))
    assert len(set(pairs)) == len(pairs)
    for line in (*phrases["en"], *phrases["de"]):
        assert line
        assert line == normalize_line(line)


def test_no_phrase_is_a_word_away_from_a_test_sentence(phrases: dict[str, list[str]]) -> None:
    sets = [TEST_DATA / f"{name}.{language}" for name in ("everyday", "captions") for language in ("en", "de")]
    tests = {words(line) for path in sets for line in read_lines(path)}
    without_one = set().union(*map(shortened, tests))
    with_gap = set().union(*map(gaps, tests))
    for line in (*phrases["en"], *phrases["de"]):
        found = words(line)
        assert found not in tests, line
        if len(found) >= 3:  # any two sentences of two words are nearly a word apart
            assert found not in without_one, line
            assert not shortened(found) & tests, line
            assert not gaps(found) & with_gap, line


def test_no_phrase_is_a_case_of_the_behaviour_suite_or_a_message(phrases: dict[str, list[str]]) -> None:
    cases = strings(yaml.safe_load((TEST_DATA / "behaviour.yaml").read_text(encoding="utf-8")))
    messages = re.findall(r'"(.*)"', (TEST_DATA / "messages.po").read_text(encoding="utf-8"))
    known = {words(text) for text in (*cases, *messages)}
    assert not [line for line in (*phrases["en"], *phrases["de"]) if words(line) in known]
