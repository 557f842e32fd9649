"""What an artifact must reach: its `gate.json`.

    {"sets": [{"name": "test_2016_flickr", "source_language": "en", "target_language": "de",
               "source": {"file": "multi30k/test_2016_flickr.en", "sha256": "..."},
               "reference": {"file": "multi30k/test_2016_flickr.de", "sha256": "..."},
               "floors": [{"metric": "bleu", "signature": "nrefs:1|...", "score": 37.5}],
               "baseline": "test_2016_flickr.de", "optional": true}]}

`baseline`, which may be left out, is a file beside `gate.json`: translations that a new artifact must not fall behind.
`shortest_ratio` (0.95) and `longest_ratio` (1.05) bound the length of the output against the reference's.
An `optional` set is passed over where its text is missing; at least one set of an artifact is not optional.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from training.scores import METRICS
from training.strict import build
from training.testset import TestSet, TestText

GATE = "gate.json"


class RequirementsError(Exception):
    """The artifact names no test set, no floor or an unknown metric, so there is nothing to judge it by."""


@dataclass(frozen=True)
class Floor:
    """The lowest score of one metric that passes, and the signature it was measured with."""

    metric: str
    signature: str
    score: float

    def __post_init__(self) -> None:
        if self.metric not in METRICS or self.metric == "ter":
            raise ValueError(f"metric {self.metric!r} has no floor; use one of {', '.join(METRICS)} but ter")


@dataclass(frozen=True)
class Requirement:
    """What the translation of a test set must reach; an empty `baseline` is none."""

    test_set: TestSet
    floors: tuple[Floor, ...]
    baseline: tuple[str, ...] = ()
    is_optional: bool = False
    shortest_ratio: float = 0.95  # tokens of the output to tokens of the reference
    longest_ratio: float = 1.05

    def __post_init__(self) -> None:
        if not 0 < self.shortest_ratio <= 1 <= self.longest_ratio:
            raise ValueError(
                f"the length ratios {self.shortest_ratio} to {self.longest_ratio} do not lie about 1, from above 0"
            )


def load_requirements(artifact: Path) -> list[Requirement]:
    """The requirements in the `gate.json` of `artifact`.

    Raises:
        RequirementsError: there is none, or it does not have the form above, or it requires nothing.
    """
    path = artifact / GATE
    try:
        demands = build(_Demands, json.loads(path.read_text(encoding="utf-8")))
        requirements = [_requirement(entry, artifact) for entry in demands.sets]
    except (OSError, ValueError) as error:
        raise RequirementsError(f"{path} cannot be used: {error}") from error
    if all(requirement.is_optional for requirement in requirements):
        raise RequirementsError(f"{path} requires no set")
    if not all(requirement.floors for requirement in requirements):
        raise RequirementsError(f"{path} has a set without a floor")
    return requirements


@dataclass(frozen=True)
class _Entry:
    """A set as `gate.json` has it."""

    name: str
    source_language: str
    target_language: str
    source: TestText
    reference: TestText
    floors: tuple[Floor, ...]
    baseline: str | None = None
    optional: bool = False
    shortest_ratio: float = Requirement.shortest_ratio
    longest_ratio: float = Requirement.longest_ratio


@dataclass(frozen=True)
class _Demands:
    """A `gate.json`."""

    sets: tuple[_Entry, ...]


def _requirement(entry: _Entry, artifact: Path) -> Requirement:
    return Requirement(
        TestSet(entry.name, entry.source_language, entry.target_language, entry.source, entry.reference),
        entry.floors,
        baseline=_read_lines(artifact / entry.baseline) if entry.baseline else (),
        is_optional=entry.optional,
        shortest_ratio=entry.shortest_ratio,
        longest_ratio=entry.longest_ratio,
    )


def _read_lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))
