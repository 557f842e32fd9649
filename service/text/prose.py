"""A text as it is read: without its tags, with its references decoded; and the way back from there."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from service.text.edits import Edited
from service.text.entities import Spelling
from service.text.outline import Role
from service.text.spans import Span
from service.text.tokens import Format

# What is kept reads as its number, written in noncharacters.
_NUMBER_OPENS, _NUMBER_ENDS = "\ufdd0", "\ufddb"
_NUMBER = re.compile("\ufdd0[\ufdd1-\ufdda]+\ufddb")


@dataclass(frozen=True)
class Tag:
    """A tag within a sentence: `raw`, with spaces that go with it, stands at `offset` of the prose.

    `partner` is the index of the pair's other tag. `is_before_space` says on which side of the space between its
    neighbours it stands, None if there is none. `is_wide`: it parts words itself, and the prose has a space for it.
    """

    role: Role
    raw: Span
    offset: int
    partner: int | None
    is_before_space: bool | None = None
    is_wide: bool = False


@dataclass(frozen=True)
class Prose:
    """What `raw` says. `kept` are stretches of `text` that stand for pieces of `raw`, which a translation must hold."""

    raw: str
    form: Format
    edited: Edited
    tags: tuple[Tag, ...]
    kept: tuple[Span, ...]
    originals: tuple[str, ...]
    spelling: Spelling

    @property
    def text(self) -> str:
        """What is segmented and translated."""
        return self.edited.text

    def tags_in(self, span: Span) -> list[int]:
        """Indices of the tags of the sentence at `span`: those inside, and at its edges the partners of such."""
        start = bisect_left(self.tags, span.start, key=lambda tag: tag.offset)
        first = bisect_right(self.tags, span.start, key=lambda tag: tag.offset)
        last = bisect_left(self.tags, span.end, key=lambda tag: tag.offset)
        end = bisect_right(self.tags, span.end, key=lambda tag: tag.offset)
        head = (i for i in range(start, first) if self._reaches_into(i, Role.OPEN, span))
        tail = (i for i in range(end - 1, last - 1, -1) if self._reaches_into(i, Role.CLOSE, span))
        return list(range(next(head, first), next(tail, last - 1) + 1))

    def _reaches_into(self, index: int, role: Role, span: Span) -> bool:
        tag = self.tags[index]
        return tag.role is role and tag.partner is not None and span.start < self.tags[tag.partner].offset < span.end

    def outer(self, span: Span) -> Span:
        """Where the sentence at `span` of the prose stands in the raw text, with the tags that belong to it."""
        plain = self.edited.backward(span)
        inside = [self.tags[index].raw for index in self.tags_in(span)]
        if not inside:
            return plain
        return Span(min(plain.start, inside[0].start), max(plain.end, inside[-1].end))

    def original_of(self, number: str) -> str:
        """The piece of the raw text that `number`, which the prose has in its place, stands for."""
        return self.originals[_number_from(number)]


def number_of(index: int) -> str:
    """What the prose has in place of the kept piece with this index."""
    return _NUMBER_OPENS + "".join(chr(ord(_NUMBER_OPENS) + 1 + int(digit)) for digit in str(index)) + _NUMBER_ENDS


def _number_from(number: str) -> int:
    return int("".join(str(ord(digit) - ord(_NUMBER_OPENS) - 1) for digit in number[1:-1]))


def find_numbers(text: str) -> Iterator[Span]:
    """The stretches of `text` that stand for something kept."""
    for match in _NUMBER.finditer(text):
        yield Span(*match.span())
