"""A behaviour suite in the manner of CheckList (Ribeiro et al. 2020): small tests by capability, each passed or not.

A case is a source text and what must hold of its translation, whatever the words. A suite is a YAML file:

    cases:
      - {capability: numbers, pair: en-de, text: "The train leaves at 17:45.", contains: ["17:45"]}
      - {capability: all caps, pair: en-de, text: "WHERE IS THE STATION?", like: "Where is the station?"}

Of every output it is asked that it is not empty (`may_be_empty`) and repeats nothing that the source does not repeat.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sacrebleu.metrics.chrf import CHRF

from training.checks import check
from training.strict import load_yaml

LONGEST_LOOP = 8  # words of the unit that is repeated
MAX_REPEATS = 3  # times in a row that a unit may stand where the source has no such run

Translate = Callable[[Sequence[str], str, str], list[str]]


@dataclass(frozen=True)
class Case:
    """One expectation: minimum functionality (`contains`, ...), invariance (`like`) or direction (`lengths`)."""

    capability: str
    pair: str
    text: str
    contains: tuple[str, ...] = ()  # strings that must be in the output, as they are
    any_of: tuple[str, ...] = ()  # one of which must be in it, whatever their case
    lacks: tuple[str, ...] = ()  # none of which may be in it, whatever their case
    ends_with: str | None = None
    like: str | None = None  # another source, whose translation must be nearly the same
    min_similarity: float = 60.0  # to it: chrF2, without case
    min_length: float = 0.0  # characters of the output to those of the source
    max_length: float = 4.0
    may_be_empty: bool = False

    def __post_init__(self) -> None:
        check(bool(re.fullmatch(r"[a-z-]+-[a-z-]+", self.pair)), "pair", self.pair, "such as en-de")
        check(bool(self.capability.strip()), "capability", self.capability, "named")
        check(0 <= self.min_length <= self.max_length, "min_length", self.min_length, "from 0 to max_length")
        check(0 < self.min_similarity <= 100, "min_similarity", self.min_similarity, "in (0, 100]")


@dataclass(frozen=True)
class Suite:
    """The cases of all directions."""

    cases: tuple[Case, ...]

    def of(self, source: str, target: str) -> list[Case]:
        """The cases of one direction."""
        return [case for case in self.cases if case.pair == f"{source}-{target}"]


@dataclass(frozen=True)
class Result:
    """A case with its output; `problem` is None where it passed."""

    case: Case
    output: str
    problem: str | None


@dataclass(frozen=True)
class Rate:
    """How many cases of a capability passed."""

    passed: int
    total: int

    def __str__(self) -> str:
        return f"{self.passed} of {self.total} ({self.passed / self.total:.0%})"


def load_suite(path: Path | str) -> Suite:
    """Read a suite.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or a case is wrong.
    """
    return load_yaml(Suite, path)


def run_suite(suite: Suite, source: str, target: str, translate: Translate) -> list[Result]:
    """Translate the cases of one direction, and those that they are compared with, and judge each."""
    cases = suite.of(source, target)
    texts = list(dict.fromkeys(text for case in cases for text in (case.text, case.like) if text is not None))
    outputs = dict(zip(texts, translate(texts, source, target), strict=True)) if texts else {}
    return [Result(case, outputs[case.text], problem(case, outputs)) for case in cases]


def rates(results: Sequence[Result]) -> dict[str, Rate]:
    """The pass rate of each capability, in the order of the suite."""
    found: dict[str, Rate] = {}
    for result in results:
        before = found.get(result.case.capability, Rate(0, 0))
        found[result.case.capability] = Rate(before.passed + (result.problem is None), before.total + 1)
    return found


def problem(case: Case, outputs: Mapping[str, str]) -> str | None:
    """Why the translation of `case` is not what it should be, or None; `outputs` by source."""
    output = outputs[case.text]
    folded = output.casefold()
    if not output.strip():
        return None if case.may_be_empty else "is empty"
    missing = [text for text in case.contains if text not in output]
    if missing:
        return f"lacks {missing[0]!r}"
    if case.any_of and not any(text.casefold() in folded for text in case.any_of):
        return f"has none of {', '.join(map(repr, case.any_of))}"
    unwanted = [text for text in case.lacks if text.casefold() in folded]
    if unwanted:
        return f"has {unwanted[0]!r}"
    if case.ends_with is not None and not output.rstrip().endswith(case.ends_with):
        return f"does not end with {case.ends_with!r}"
    ratio = len(output) / max(1, len(case.text))
    if not case.min_length <= ratio <= case.max_length:
        return f"is {ratio:.2f} times as long, allowed {case.min_length}-{case.max_length}"
    if longest_run(output) > max(MAX_REPEATS, longest_run(case.text)):
        return f"repeats itself {longest_run(output)} times"
    return _unlike(case, outputs)


def longest_run(text: str) -> int:
    """How often the unit of 1 to `LONGEST_LOOP` words that is repeated most stands in a row."""
    words = text.casefold().split()
    best = 1
    for size in range(1, min(LONGEST_LOOP, len(words) // 2) + 1):
        run = 0  # words that equal the one a unit before them
        for left, right in zip(words, words[size:], strict=False):
            run = run + 1 if left == right else 0
            best = max(best, run // size + 1)
    return best


def _unlike(case: Case, outputs: Mapping[str, str]) -> str | None:
    if case.like is None:
        return None
    score = CHRF(lowercase=True).sentence_score(outputs[case.text], [outputs[case.like]]).score
    if score >= case.min_similarity:
        return None
    return f"is unlike the translation of {case.like!r}: chrF {score:.0f}, at least {case.min_similarity:.0f}"
