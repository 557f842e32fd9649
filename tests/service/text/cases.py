"""The hand-written hard cases of sentence segmentation (`hard_cases.txt` beside this file)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.text.characters import is_symbol
from service.text.spans import Span

PATH = Path(__file__).parent / "hard_cases.txt"
BAR = "¦"


@dataclass(frozen=True)
class Case:
    """A text with the offsets at which its second and later sentences begin."""

    language: str
    topic: str
    text: str
    starts: tuple[int, ...]

    def accepts(self, segments: Sequence[Span]) -> bool:
        """Whether the segments are the sentences; spaces, symbols and list markers belong to either side or none."""
        begins = {visible(self.text[: span.start]) for span in segments[1:]}
        ends = {visible(self.text[: span.end]) for span in segments[:-1]}
        wanted = {visible(self.text[:start]) for start in self.starts}
        return wanted in (begins, ends, begins | {visible(self.text)}, ends | {visible(self.text)})

    def accepts_starts(self, starts: Iterable[int]) -> bool:
        """Whether sentences begin at `starts`, of which the text's own first is ignored."""
        total = visible(self.text)
        found = {visible(self.text[:start]) for start in starts} - {0, total}
        return found == {visible(self.text[:start]) for start in self.starts} - {total}


def visible(text: str) -> int:
    """How many characters of `text` are neither white space nor symbols."""
    return sum(not character.isspace() and not is_symbol(character) for character in text)


def read_cases(path: Path = PATH) -> list[Case]:
    """All cases of the file, in order."""
    cases: list[Case] = []
    language = topic = ""
    for line in path.read_text("utf-8").splitlines():
        section = re.fullmatch(r"\[(\w+)\] (.+)", line)
        if section:
            language, topic = section.groups()
        elif line and not line.startswith("#"):
            cases.append(_case(language, topic, line))
    return cases


def _case(language: str, topic: str, line: str) -> Case:
    line = re.sub(rf" ({BAR}) ", r" \1", line).replace("\\n", "\n").replace("\\t", "\t")
    text, starts = "", []
    for index, sentence in enumerate(line.split(BAR)):
        starts += [len(text)] if index else []
        text += sentence
    return Case(language, topic, text, tuple(starts))
