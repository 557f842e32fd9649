"""The phrases that the default models learn from: aligned, clean, and apart from every test set of this repository."""

import re
from pathlib import Path

import pytest
import yaml

from training.corpus import read_lines
from training.normalization import normalize_line

ROOT = Path(__file__).parents[2]
PHRASES = ROOT / "training/phrases"
TEST_DATA = ROOT / "tests/data"
COLLECTIONS = {"phrases": ("en", "de"), "phrases-fr": ("en", "fr"), "phrases-es": ("en", "es")}

Words = tuple[str, ...]


def words(text: str) -> Words:
    return tuple(re.findall(r"\w+", text.casefold()))


def shortened(line: Words) -> set[Words]:
    """`line` and whatever it is without one of its words."""
    return {line, *(line[:i] + line[i + 1 :] for i in range(len(line)))}


def gaps(line: Words) -> set[tuple[int, Words, Words]]:
    """`line` with a gap in place of each word: equal for two lines that differ in one word."""
    return {(i, line[:i], line[i + 1 :]) for i in range(len(line))}


Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module", params=COLLECTIONS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def phrases(name: str) -> Pairs:
    source, target = (read_lines(PHRASES / f"{name}.{language}") for language in COLLECTIONS[name])
    return list(zip(source, target, strict=True))


def test_phrases_are_pairs_without_repeats(phrases: Pairs) -> None:
    assert len(set(phrases)) == len(phrases)
    for pair in phrases:
        for line in pair:
            assert line
            assert line == normalize_line(line)


def test_english_is_translated_into_each_language_from_the_same_phrases() -> None:
    english = set(read_lines(PHRASES / "phrases.en"))
    for name in ("phrases-fr", "phrases-es"):
        assert set(read_lines(PHRASES / f"{name}.en")) <= english


def test_no_phrase_is_a_word_away_from_a_test_sentence(name: str, phrases: Pairs) -> None:
    sets = [TEST_DATA / f"everyday.{language}" for language in COLLECTIONS[name]]
    sets += [TEST_DATA / f"captions.{language}" for language in COLLECTIONS[name] if name == "phrases"]
    tests = {words(line) for path in sets for line in read_lines(path)}
    without_one = set().union(*map(shortened, tests))
    with_gap = set().union(*map(gaps, tests))
    for line in (line for pair in phrases for line in pair):
        found = words(line)
        assert found not in tests, line
        if len(found) >= 3:  # any two sentences of two words are nearly a word apart
            assert found not in without_one, line
            assert not shortened(found) & tests, line
            assert not gaps(found) & with_gap, line


def test_dev_sentences_are_aligned_and_no_phrases_themselves(name: str, phrases: Pairs) -> None:
    dev = [read_lines(PHRASES / f"dev.{language}") for language in COLLECTIONS[name]]
    assert len(dev[0]) == len(dev[1]) == 284
    for lines, learned in zip(dev, zip(*phrases, strict=True), strict=True):
        known = set(map(words, learned))
        assert not [line for line in lines if words(line) in known]


def test_no_phrase_is_a_case_of_the_behaviour_suite_or_a_message(phrases: Pairs) -> None:
    suites = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in TEST_DATA.glob("behaviour*.yaml")]
    assert len(suites) == 2
    cases = [case[key] for suite in suites for case in suite["cases"] for key in ("text", "like") if key in case]
    messages = re.findall(r'"(.*)"', (TEST_DATA / "messages.po").read_text(encoding="utf-8"))
    known = {words(text) for text in (*cases, *messages)}
    assert not [line for pair in phrases for line in pair if words(line) in known]
