"""Where the tags of a sentence go in its translation: each around the words that look at what it was around.

Every target word has a share of looking at an element's source words. An element goes to the stretch that gains most
when each word in it counts its share less a half; a point goes where the words before it look at what was before it.
So the stretches nest as the elements do, and no tag is lost or doubled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.text.spans import Span

Shares = NDArray[np.float32]  # [target words]
_HALF = np.float32(0.5)


@dataclass
class Element:
    """A tag pair around the characters `span` of the source, or a point where the span is empty.

    `opening` or `closing` None: that tag stands in another sentence, and the element reaches to this one's edge.
    """

    span: Span
    opening: int | None
    closing: int | None
    children: list["Element"] = field(default_factory=list)

    @property
    def is_point(self) -> bool:
        """Whether there are no words in it."""
        return len(self.span) == 0


@dataclass(frozen=True)
class Placed:
    """The tag `index` stands before the target word `gap`, or after the last one."""

    index: int
    gap: int


@dataclass(frozen=True)
class Placement:
    """All tags in the order in which they stand; `is_certain` says that no tag had to be guessed."""

    tags: tuple[Placed, ...]
    is_certain: bool


def place(elements: Sequence[Element], source_words: Sequence[Span], weights: NDArray[np.float32]) -> Placement:
    """Place the `elements`, in source order; `weights` [target words, source words], each row of sum 1."""
    placer = _Placer(source_words, weights)
    placer.place(elements, 0, len(weights))
    return Placement(tuple(placer.placed), placer.is_certain)


class _Placer:
    def __init__(self, source_words: Sequence[Span], weights: NDArray[np.float32]) -> None:
        self._words, self._weights = source_words, weights
        self.placed: list[Placed] = []
        self.is_certain = True

    def place(self, elements: Sequence[Element], start: int, end: int) -> None:
        """Place `elements` among the target words from `start` to `end`; without recursion, since texts nest deeply."""
        waiting: list[Placed | tuple[Sequence[Element], int, int]] = [(elements, start, end)]
        while waiting:
            task = waiting.pop()
            if isinstance(task, Placed):
                self.placed.append(task)
                continue
            some, ranges = task[0], self._ranges(*task)
            for position in sorted(range(len(some)), key=lambda i: (*ranges[i], i), reverse=True):
                element, (first, last) = some[position], ranges[position]
                closing = [] if element.closing is None else [Placed(element.closing, last)]
                opening = [] if element.opening is None else [Placed(element.opening, first)]
                waiting += [*closing, (element.children, first, last), *opening]

    def _ranges(self, elements: Sequence[Element], start: int, end: int) -> list[tuple[int, int]]:
        """For each of the `elements` its first target word and the one after its last; disjoint."""
        ranges: dict[int, tuple[int, int]] = {}
        low, high = start, end
        for position, element in enumerate(elements):  # those that reach to an edge; there the outermost is alone
            if element.opening is None and not element.is_point:
                low = self._border(element.span.end, low, high)
                ranges[position] = (start, low)
            elif element.closing is None and not element.is_point:
                high = self._border(element.span.start, low, high)
                ranges[position] = (high, end)
        free = np.zeros(len(self._weights), dtype=bool)
        free[low:high] = True
        pairs = [(i, self._shares(each.span)) for i, each in enumerate(elements) if i not in ranges and len(each.span)]
        for position, shares in sorted(pairs, key=lambda pair: -_gain(pair[1], free)):
            ranges[position] = self._stretch(elements[position], shares, free, low, high)
            free[slice(*ranges[position])] = False
        taken = list(ranges.values())
        for position, element in enumerate(elements):
            if position not in ranges:
                ranges[position] = (_outside(self._border(element.span.start, low, high), taken),) * 2
        return [ranges[position] for position in range(len(elements))]

    def _shares(self, span: Span) -> Shares:
        """How much each target word looks at the characters `span` of the source."""
        covered = [len(word.within(span)) / len(word) if word.overlaps(span) else 0.0 for word in self._words]
        return self._weights @ np.asarray(covered, dtype=np.float32)

    def _border(self, offset: int, low: int, high: int) -> int:
        """The gap that best parts the words which look at what is before `offset` from those that look behind."""
        gains = np.cumsum(self._shares(Span(0, offset))[low:high] - _HALF)
        best = int(np.argmax(gains)) if len(gains) else 0
        return low + best + 1 if len(gains) and gains[best] > 0.0 else low

    def _stretch(
        self, element: Element, shares: Shares, free: NDArray[np.bool_], low: int, high: int
    ) -> tuple[int, int]:
        first, last, gain = _best_stretch(shares, free)
        if gain > 0.0:
            return first, last
        self.is_certain = False
        if free.any():
            best = int(np.argmax(np.where(free, shares, -1.0)))
            return best, best + 1
        gap = self._border(element.span.start, low, high)
        return gap, gap


def _gain(shares: Shares, free: NDArray[np.bool_]) -> float:
    return _best_stretch(shares, free)[2]


def _best_stretch(shares: Shares, free: NDArray[np.bool_]) -> tuple[int, int, float]:
    """Start, end and gain of the stretch of free words that gains most (Kadane's algorithm)."""
    best, start, total = (0, 0, 0.0), 0, 0.0
    for index, (share, is_free) in enumerate(zip(shares.tolist(), free.tolist(), strict=True)):
        if not is_free or total <= 0.0:
            start, total = (index if is_free else index + 1), 0.0
        if is_free:
            total += share - 0.5
            if total > best[2]:
                best = (start, index + 1, total)
    return best


def _outside(gap: int, taken: Sequence[tuple[int, int]]) -> int:
    """The gap, or the nearer edge of the stretch that it is inside of."""
    for first, last in taken:
        if first < gap < last:
            return first if gap - first <= last - gap else last
    return gap


@dataclass(frozen=True)
class Mark:
    """A tag of a sentence: `index` names it, `offset` is its place; `partner` None: it has none, it is a point."""

    index: int
    offset: int
    opens: bool = False
    closes: bool = False
    partner: int | None = None


def build(marks: Sequence[Mark], length: int) -> list[Element]:
    """The elements that `marks`, in order, make in a sentence of `length` characters."""
    offsets = {mark.index: mark.offset for mark in marks}
    levels: list[list[Element]] = [[]]
    for mark in marks:
        if mark.opens and mark.partner in offsets:
            levels[-1].append(Element(Span(mark.offset, offsets[mark.partner]), mark.index, mark.partner))
            levels.append(levels[-1][-1].children)
        elif mark.closes and mark.partner in offsets:
            levels.pop()
        elif mark.opens and all(level[-1].closing is None for level in levels[:-1]):
            levels[-1].append(Element(Span(mark.offset, length), mark.index, None))
            levels.append(levels[-1][-1].children)
        elif mark.closes and len(levels) == 1:
            levels[0] = [Element(Span(0, mark.offset), None, mark.index, levels[0])]
        else:
            levels[-1].append(Element(Span(mark.offset, mark.offset), mark.index, None))
    return levels[0]
