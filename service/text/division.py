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
    borders = [(rank, offset) for rank, offset in _borders(text, span) if not _is_within(offset, protected)]
    if borders:
        return min(borders, key=lambda each: (each[0], abs(each[1] - middle)))[1]
    outwards = sorted(range(span.start + 1, span.end), key=lambda offset: abs(offset - middle))
    whole = (each for each in outwards if not is_mark(text[each]) and not _is_within(each, protected))
    return next(whole, outwards[0] if outwards else None)


def _borders(text: str, span: Span) -> Iterator[tuple[int, int]]:
    """Pairs of rank (0 is best) and offset."""
    quarter = len(span) / 4
    for rank, border in enumerate(_BORDERS):
        for match in border.finditer(text, span.start + 1, span.end - 1):
            is_central = span.start + quarter <= match.end() <= span.end - quarter
            yield (rank if is_central else rank + len(_BORDERS)), match.end()


def _is_within(offset: int, protected: Sequence[Span]) -> bool:
    index = bisect_left(protected, offset, key=lambda each: each.start) - 1
    return index >= 0 and offset < protected[index].end
