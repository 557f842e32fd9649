"""Unusual spaces and symbols inside a segment: hidden from the model, put back into its translation.

A *firm* break (a line end, a tab, several spaces, an emoji) comes back always, at the word border that corresponds
by count. A *soft* one (a single no-break space) comes back where the words that it stood between are neighbours again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.text.characters import is_symbol
from service.text.edits import Edit
from service.text.spans import Span

_WORD = re.compile(r"\S+")
_INNER_SPACE = re.compile(r"(?<=\S)\s+(?=\S)")


@dataclass(frozen=True)
class Break:
    """A run of white space and symbols between two words that is not one plain space."""

    span: Span
    text: str
    words_before: int
    left: str
    right: str

    @property
    def is_firm(self) -> bool:
        """Whether losing it would be seen."""
        return len(self.text) > 1 or self.text in "\t\n\r\v\f\x85\u2028\u2029" or is_symbol(self.text)


def find_breaks(source: str) -> list[Break]:
    """The breaks inside `source`, which begins and ends with a word."""
    words = _words(source)
    return [
        Break(gap, gap.of(source), index, words[index - 1].of(source), words[index].of(source))
        for index, gap in enumerate(_gaps(words), start=1)
        if gap.of(source) != " "
    ]


def hide(breaks: Sequence[Break]) -> list[Edit]:
    """What to replace in the source so that the model sees plain spaces."""
    return [Edit(each.span, " ") for each in breaks]


def restore(source: str, breaks: Sequence[Break], target: str) -> list[Edit]:
    """What to replace in `target` so that the breaks of `source` are in it again."""
    if not breaks:
        return []
    gaps = [Span(*match.span()) for match in _INNER_SPACE.finditer(target)]
    firm = [each for each in breaks if each.is_firm]
    places = _places(firm, len(_words(source)), len(gaps))
    edits = {gaps[place]: _between_words(each, target, gaps[place]) for each, place in zip(firm, places, strict=False)}
    leftover = "".join(each.text for each in firm[len(places) :])
    for each in breaks:
        if not each.is_firm:
            gap = _same_neighbours(each, target, gaps)
            if gap is not None:
                edits.setdefault(gap, each.text)
    at_end = [Edit(Span(len(target), len(target)), leftover)] if leftover else []
    return [*(Edit(gap, text) for gap, text in edits.items()), *at_end]


def _places(firm: Sequence[Break], num_words: int, num_gaps: int) -> list[int]:
    """A gap for each of the first `num_gaps` breaks: distinct, ascending, in proportion to the words before it."""
    places: list[int] = []
    taken = min(len(firm), num_gaps)
    for index, each in enumerate(firm[:taken]):
        wanted = round(each.words_before * (num_gaps + 1) / num_words) - 1
        lowest = places[-1] + 1 if places else 0
        places.append(max(lowest, min(wanted, num_gaps - (taken - index))))
    return places


def _between_words(each: Break, target: str, gap: Span) -> str:
    """The break's text, with a space where it stood beside punctuation and now stands beside a word."""
    parts_left = not each.text[0].isspace() and not each.left[-1].isalnum() and target[gap.start - 1].isalnum()
    parts_right = not each.text[-1].isspace() and not each.right[0].isalnum() and target[gap.end].isalnum()
    return " " * parts_left + each.text + " " * parts_right


def _same_neighbours(each: Break, target: str, gaps: Sequence[Span]) -> Span | None:
    for gap in gaps:
        if target.endswith(each.left, 0, gap.start) and target.startswith(each.right, gap.end):
            return gap
    return None


def _words(text: str) -> list[Span]:
    """Maximal runs of what is neither white space nor a symbol."""
    solid = "".join(" " if is_symbol(character) else character for character in text)
    return [Span(*match.span()) for match in _WORD.finditer(solid)]


def _gaps(words: Sequence[Span]) -> list[Span]:
    return [Span(left.end, right.start) for left, right in pairwise(words)]
