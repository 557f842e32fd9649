"""Over-long segments: where to cut one so that it hurts least."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from service.text.characters import is_mark
from service.text.spans import Span

# Best first: after a clause, after a comma, before a word.
_BORDERS = [re.compile(r"[;:—–.!?…]\s+|\s[-–—]\s+"), re.compile(r"[,、،]\s+"), re.compile(r"\s+")]


def best_cut(text: str, span: Span, protected: Sequence[Span] = ()) -> int | None:
    """The offset to cut `span` at: the best kind of border in its middle half, else outside of it, else any character.

    No cut goes through a `protected` stretch, of which there are some in order, as long as there is another cut.
    None: the span is one character.
    """
    middle = (span.start + span.end) // 2

    def distance(offset: int) -> int:
        return abs(offset - middle)

    for borders in _borders(text, span):
        found = next((each for each in sorted(borders, key=distance) if not _is_within(each, protected)), None)
        if found is not None:
            return found
    outwards = sorted(range(span.start + 1, span.end), key=distance)
    whole = (each for each in outwards if not is_mark(text[each]) and not _is_within(each, protected))
    return next(whole, outwards[0] if outwards else None)


def _borders(text: str, span: Span) -> Iterator[list[int]]:
    """The offsets of one kind of border after the other, the best first."""
    quarter = len(span) / 4
    outside: list[list[int]] = []
    for border in _BORDERS:
        ends = [match.end() for match in border.finditer(text, span.start + 1, span.end - 1)]
        yield [end for end in ends if span.start + quarter <= end <= span.end - quarter]
        outside.append([end for end in ends if not span.start + quarter <= end <= span.end - quarter])
    yield from outside


def _is_within(offset: int, protected: Sequence[Span]) -> bool:
    index = bisect_left(protected, offset, key=lambda each: each.start) - 1
    return index >= 0 and offset < protected[index].end
