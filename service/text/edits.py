"""Replacements in a text that remember where every character went, so that offsets survive them both ways."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from service.text.spans import Span


@dataclass(frozen=True)
class Edit:
    """`span` of the old text reads `text` in the new one."""

    span: Span
    text: str

    def moved(self, distance: int) -> "Edit":
        """The same replacement `distance` characters further on."""
        return Edit(self.span.moved(distance), self.text)


class Edited:
    """A text after replacements in it, with the way of any span from old to new and back.

    A span that touches a replacement covers all of it on the other side.
    """

    def __init__(self, old: str, edits: Sequence[Edit]) -> None:
        edits = sorted(edits, key=lambda edit: edit.span)
        self._source = old
        self.text, self._old, self._new = _replace(old, edits)

    @property
    def original(self) -> str:
        """The old text."""
        return self._source

    def forward(self, span: Span) -> Span:
        """Where the old text's `span` is in the new text."""
        return _carry(span, self._old, self._new)

    def backward(self, span: Span) -> Span:
        """Where the new text's `span` was in the old text."""
        return _carry(span, self._new, self._old)

    def undoing(self, span: Span) -> list[Edit]:
        """What to replace in the new text to have the old one again, within the old text's `span`."""
        pairs = zip(self._old, self._new, strict=True)
        return [
            Edit(new, old.of(self._source)) for old, new in pairs if span.start <= old.start and old.end <= span.end
        ]


def _replace(old: str, edits: Sequence[Edit]) -> tuple[str, list[Span], list[Span]]:
    parts: list[str] = []
    new_spans: list[Span] = []
    position = length = 0
    for edit in edits:
        if edit.span.start < position:
            raise ValueError(f"edits overlap at {edit.span.start}")
        parts += [old[position : edit.span.start], edit.text]
        start = length + edit.span.start - position
        length, position = start + len(edit.text), edit.span.end
        new_spans.append(Span(start, length))
    return "".join([*parts, old[position:]]), [edit.span for edit in edits], new_spans


def _carry(span: Span, here: list[Span], there: list[Span]) -> Span:
    if not here:
        return span
    start = _carry_offset(span.start, here, there, is_end=False)
    if len(span) == 0:
        return Span(start, start)
    return Span(start, max(start, _carry_offset(span.end, here, there, is_end=True)))


def _carry_offset(offset: int, here: list[Span], there: list[Span], is_end: bool) -> int:
    index = bisect_right(here, offset, key=lambda span: span.start) - 1
    while is_end and index >= 0 and here[index].start == offset:
        index -= 1  # an end belongs to what lies before it
    if index < 0:
        return offset
    if offset < here[index].end:
        return there[index].end if is_end else there[index].start
    return there[index].end + offset - here[index].end
