"""Half-open character ranges, and their change from code points to UTF-16 units."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

FIRST_ASTRAL = "\U00010000"


@dataclass(frozen=True, order=True)
class Span:
    """The characters from `start` up to, not including, `end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, not [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters of `text` in this span."""
        return text[self.start : self.end]

    def moved(self, distance: int) -> "Span":
        """The span `distance` characters further on."""
        return Span(self.start + distance, self.end + distance)

    def within(self, other: "Span") -> "Span":
        """The part of the span that is in the `other` one, which it must overlap."""
        return Span(max(self.start, other.start), min(self.end, other.end))

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same characters as disjoint spans in order; spans that touch become one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def apart(spans: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """Those of `spans` that share no character with the `others`, which are disjoint and in order."""

    def overlaps(span: Span) -> bool:
        before = bisect_left(others, span.end, key=lambda each: each.start)
        return before > 0 and others[before - 1].overlaps(span)

    return [span for span in spans if not overlaps(span)]


def utf16_counter(text: str) -> Callable[[Span], Span]:
    """A function from spans of `text` in code points to the same spans in UTF-16 units, as JavaScript counts."""
    if text.isascii() or max(text) < FIRST_ASTRAL:
        return lambda span: span
    units = list(accumulate((2 if character >= FIRST_ASTRAL else 1 for character in text), initial=0))
    return lambda span: Span(units[span.start], units[span.end])
