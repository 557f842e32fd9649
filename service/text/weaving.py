"""From a translation back to markup: its tags where the alignment says, its characters as the text writes them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from service.text.alignment import looks, words
from service.text.edits import Edit, Edited
from service.text.outline import Role
from service.text.passage import Passage, Reading
from service.text.placement import Mark, Placement, build, place
from service.text.prose import Prose, Tag, find_numbers
from service.text.spans import Span

Weights = NDArray[np.float32]  # [target words, source words], each row of sum 1


@dataclass(frozen=True)
class Woven:
    """A translation as it stands in the answer; `edited` leads from the reading's characters to the answer's."""

    edited: Edited
    is_certain: bool = True

    @property
    def text(self) -> str:
        """What stands in the answer."""
        return self.edited.text


def weave(prose: Prose, passage: Passage, reading: Reading, attention: NDArray[np.float32] | None) -> Woven:
    """The `reading` of a passage of `prose` with all that belongs there; a copy has the source's own characters."""
    if prose.form == "text" and not prose.tags:
        return Woven(Edited(reading.text, []))
    if reading.text == passage.source:
        return Woven(Edited(reading.text, _as_it_was(prose, passage.span)))
    inside = prose.tags_in(passage.span)
    edits = _with_originals(prose, reading.text)
    if not inside:
        return Woven(Edited(reading.text, edits))
    marks = [_mark(index, prose.tags[index], passage.span.start) for index in inside]
    sentence = _Sentence(passage, reading, attention, [mark.offset for mark in marks])
    placement = place(build(marks, len(passage.span)), sentence.source_words, sentence.weights)
    insertions = list(_insertions(prose, sentence, placement))
    covered = [edit.span for edit in insertions]
    edits = [edit for edit in edits if not any(edit.span.overlaps(span) for span in covered)]
    return Woven(Edited(reading.text, [*insertions, *edits]), placement.is_certain)


def _mark(index: int, tag: Tag, start: int) -> Mark:
    return Mark(index, tag.offset - start, tag.role is Role.OPEN, tag.role is Role.CLOSE, tag.partner)


def _as_it_was(prose: Prose, span: Span) -> list[Edit]:
    """What to replace in the prose at `span` to have the raw text again."""
    return [edit.moved(-span.start) for edit in prose.edited.undoing(prose.outer(span))]


def _with_originals(prose: Prose, target: str) -> list[Edit]:
    """What was kept in place of its numbers, and characters as markup writes them."""
    numbers = list(find_numbers(target))
    kept = [Edit(number, prose.original_of(number.of(target))) for number in numbers]
    return [*kept, *prose.spelling.edits(target)]


class _Sentence:
    """A passage and its reading, word by word; `offsets` are those of the tags in the source."""

    def __init__(
        self, passage: Passage, reading: Reading, attention: NDArray[np.float32] | None, offsets: Sequence[int]
    ) -> None:
        self.source, self.target = passage.source, reading.text
        self.source_words = words(passage.source, passage.units)
        self.target_words = words(reading.text, kept_in(passage, reading.text))
        self._cut_equal_words(offsets)
        self.weights = self._by_proportion()
        if attention is not None and reading.id_spans and self.source_words and self.target_words:
            spans = (self.source_words, self.target_words, passage.id_spans, reading.id_spans)
            weights = looks(*spans, attention)
            has_looked = weights.sum(axis=1) > 0.0
            self.weights[has_looked] = weights[has_looked]
        for index, word in enumerate(self.target_words):
            if not any(map(str.isalnum, word.of(self.target))):
                self.weights[index] = 0.0  # wherever a model looks for a full stop, it is no part of an element
        for here, there in self._equal_words():
            self.weights[there] = 0.0
            self.weights[there, here] = 1.0

    def _by_proportion(self) -> Weights:
        """Each target word looks at the source word that is as far from the start: the rule where nothing is known."""
        weights = np.zeros((len(self.target_words), len(self.source_words)), dtype=np.float32)
        for index in range(len(self.target_words) if self.source_words else 0):
            weights[index, index * len(self.source_words) // len(self.target_words)] = 1.0
        return weights

    def _cut_equal_words(self, offsets: Sequence[int]) -> None:
        """Cut a word that has tags inside, in both texts alike: "H<sub>2</sub>O" is still that in the translation."""
        equal = [(self.source_words[here], self.target_words[there]) for here, there in self._equal_words()]
        for word, other in equal:
            cuts = sorted({offset for offset in offsets if word.start < offset < word.end})
            if cuts:
                edges = [word.start, *cuts, word.end]
                parts = [Span(*edge) for edge in pairwise(edges)]
                here, there = self.source_words.index(word), self.target_words.index(other)
                self.source_words[here : here + 1] = parts
                self.target_words[there : there + 1] = [Span(*_shifted(part, word, other)) for part in parts]

    def _equal_words(self) -> list[tuple[int, int]]:
        """Source and target indices of words that stand once in both: names, numbers, placeholders, full stops."""
        here, there = _once(self.source_words, self.source), _once(self.target_words, self.target)
        return [(index, there[word]) for word, index in here.items() if word in there]


def _shifted(part: Span, word: Span, other: Span) -> tuple[int, int]:
    """The edges of `part` of a `word` in an equal `other` one."""
    return part.start - word.start + other.start, part.end - word.start + other.start


def _once(spans: Sequence[Span], text: str) -> dict[str, int]:
    """The words that stand once in `text`, and which of `spans` they are."""
    found: dict[str, list[int]] = {}
    for index, span in enumerate(spans):
        found.setdefault(span.of(text), []).append(index)
    return {word: indices[0] for word, indices in found.items() if len(indices) == 1}


def kept_in(passage: Passage, target: str) -> list[Span]:
    """Where the placeholders and ampersands of `passage` stand in `target`; of one within another, the longer one."""
    signs = {sign.of(passage.source) for sign in passage.signs}
    texts = sorted(signs.union(mask.text for mask in passage.masks), key=len, reverse=True)
    return [Span(*match.span()) for match in re.finditer("|".join(map(re.escape, texts)), target)] if texts else []


def _insertions(prose: Prose, sentence: _Sentence, placement: Placement) -> Iterator[Edit]:
    """The placed tags as edits of the reading, those of one gap around its space as they were in the source."""
    for gap, group in groupby(placement.tags, lambda placed: placed.gap):
        tags = [prose.tags[placed.index] for placed in group]
        yield from _in_gap(prose.raw, tags, _gap(sentence, gap))


def _gap(sentence: _Sentence, gap: int) -> Span:
    spans = sentence.target_words
    start = spans[gap - 1].end if gap > 0 else 0
    end = spans[gap].start if gap < len(spans) else len(sentence.target)
    if 0 < gap < len(spans):
        return Span(start, end)
    return Span(end, end) if gap == 0 else Span(start, start)


def _in_gap(raw: str, tags: Sequence[Tag], gap: Span) -> Iterator[Edit]:
    num_before = next((i for i, tag in enumerate(tags) if not _goes_before_space(tag)), len(tags))
    before, after = ("".join(tag.raw.of(raw) for tag in some) for some in (tags[:num_before], tags[num_before:]))
    if len(gap) == 0 or (len(gap) == 1 and any(tag.is_wide for tag in tags)):
        yield Edit(gap, before + after)
    else:
        yield from (Edit(Span(at, at), text) for at, text in ((gap.start, before), (gap.end, after)) if text)


def _goes_before_space(tag: Tag) -> bool:
    if tag.is_before_space is not None:
        return tag.is_before_space
    return tag.role is not Role.OPEN
