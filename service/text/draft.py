"""A text taken apart for one language pair: its passages in order, and the ways out where a segment cannot go whole."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from service.artifact_config import Pair
from service.text import ampersands
from service.text.characters import has_letter
from service.text.division import best_cut
from service.text.edits import Edit, Edited
from service.text.figures import find_numbers, localise_figure
from service.text.passage import Passage, prepare, says_loudly
from service.text.placeholders import find_placeholders, find_tags
from service.text.prose import Prose
from service.text.segmentation import Split, segment, trim
from service.text.spans import Span, merge
from service.text.subword import Subword

# A word that the model sees by itself, as it is or as a mask: of other scripts it may see one mask for several words.
_READ_WORD = re.compile(r"\S*[0-9A-Za-z]\S*")
_LONGEST_WORDS = 40  # characters: of longer ones on average, it takes the whole work to know that they are too many
Check = Callable[[], None]  # is called every now and then during long work, which it ends by raising

OPENING = "([{<„“\"«‚‘'¿¡"  # "<" would begin a tag if other letters came to stand behind it


@dataclass(frozen=True)
class Draft:
    """A prose, its protected stretches, and how the pair's model reads it; `max_ids` is the longest source it takes."""

    prose: Prose
    placeholders: tuple[Span, ...]
    tags: tuple[Span, ...]
    subword: Subword
    pair: Pair
    max_ids: int

    @classmethod
    def of(cls, prose: Prose, subword: Subword, pair: Pair, max_ids: int, keep: Sequence[str] = ()) -> "Draft":
        """A draft of `prose`; each literal in `keep` is a placeholder."""
        placeholders = find_placeholders(prose.text, keep, prose.kept)
        return cls(prose, tuple(placeholders), tuple(find_tags(prose.text, placeholders)), subword, pair, max_ids)

    @property
    def text(self) -> str:
        """What the passages are passages of."""
        return self.prose.text

    def passages(self, language: str, split: Split, check: Check = lambda: None) -> list[Passage]:
        """All passages of the text, in order; what lies between them is copied."""
        is_wrapped = self.prose.form == "html"
        spans = segment(self.text, language, split, self.placeholders, self.tags, is_wrapped=is_wrapped)
        return [passage for span in spans for passage in self._whole_or_split(span, check=check)]

    def around(self, passage: Passage) -> list[Passage]:
        """The passage as several: what stands between its masks, each translated for itself.

        A number that is partly in a mask is kept whole, with its unit: "{x}5 kg".
        """
        masked = [mask.span.moved(passage.span.start) for mask in passage.masks]
        numbers = [each for each in find_numbers(self.text, passage.span) if any(map(each.overlaps, masked))]
        free = [self._words_of(each) for each in _between(merge([*masked, *numbers]), passage.span)]
        parts = [part for each in free if len(each) > 0 for part in self._whole_or_split(each, passage.is_loud)]
        return _flagged(parts, "placeholder_restored")

    def masked(self, passage: Passage, spans: Sequence[Span]) -> Passage:
        """The passage with masks for the figures at `spans` of its source, which return as the target writes them."""
        more = [span.moved(passage.span.start) for span in spans]
        protected = merge([*self._hidden_in(passage.span), *more])
        found = prepare(self.text, passage.span, self.subword, self.pair, protected, passage.is_loud)
        masks = [
            replace(each, text=localise_figure(each.text, self.pair)) if each.span in spans else each
            for each in found.masks
        ]
        return replace(found, masks=tuple(masks), is_fragment=passage.is_fragment, warnings=passage.warnings)

    def masked_anew(self, passage: Passage) -> Passage:
        """The passage with other words for its masks."""
        protected = [each.span.moved(passage.span.start) for each in passage.masks]
        words = [each.word for each in passage.masks]
        found = prepare(self.text, passage.span, self.subword, self.pair, protected, passage.is_loud, words)
        masks = [replace(new, text=old.text) for new, old in zip(found.masks, passage.masks, strict=True)]
        return replace(found, masks=tuple(masks), is_fragment=passage.is_fragment, warnings=passage.warnings)

    def fits(self, passage: Passage) -> bool:
        """Whether the model takes the passage, which masks may have made longer."""
        return len(passage.ids) <= self.max_ids

    def halves(self, passage: Passage, warning: str) -> list[Passage]:
        """The passage as two, cut where it hurts least, the first with the `warning`; none if it cannot be cut."""
        cut = best_cut(self.text, passage.span, self._placeholders_in(passage.span))
        if cut is None:
            return []
        spans = [trim(self.text, half) for half in (Span(passage.span.start, cut), Span(cut, passage.span.end))]
        if not all(has_letter(span.of(self.text)) for span in spans):
            return []
        return _flagged([self._prepare(span, passage.is_loud) for span in spans], warning)

    def _whole_or_split(self, span: Span, is_loud: bool | None = None, check: Check = lambda: None) -> list[Passage]:
        """The span as one passage if the model takes it, else in as few parts as halving gives."""
        check()
        passage = self._fitting(span, is_loud)
        if passage is not None:
            return [passage]
        if is_loud is None:
            inside = [each.moved(-span.start) for each in self._placeholders_in(span)]
            is_loud = says_loudly(span.of(self.text), inside, self.subword)
        return _flagged(self._halved(span, is_loud, check), "split")

    def _halved(self, span: Span, is_loud: bool, check: Check) -> list[Passage]:
        check()
        cut = best_cut(self.text, span, self._placeholders_in(span))
        if cut is None:
            return []
        halves = [trim(self.text, half) for half in (Span(span.start, cut), Span(cut, span.end))]
        return [part for half in halves if has_letter(half.of(self.text)) for part in self._parts(half, is_loud, check)]

    def _parts(self, span: Span, is_loud: bool, check: Check) -> list[Passage]:
        passage = self._fitting(span, is_loud)
        return self._halved(span, is_loud, check) if passage is None else [passage]

    def _fitting(self, span: Span, is_loud: bool | None) -> Passage | None:
        """The passage for `span` if the model takes it; where it has too many words, that is known before all work."""
        if self._has_more_words(span, self.max_ids):
            return None
        passage = self._prepare(span, is_loud)
        return passage if self.fits(passage) else None

    def _has_more_words(self, span: Span, limit: int) -> bool:
        """Whether the model is shown more than `limit` words, each an id or more, for the beginning of `span`."""
        if len(span) < 2 * limit or not self.subword.is_split_at_spaces:
            return False
        beginning = Span(span.start, min(span.end, span.start + _LONGEST_WORDS * limit))
        names = [Edit(each.moved(-span.start), "x") for each in self._placeholders_in(beginning)]
        words = _READ_WORD.finditer(Edited(beginning.of(self.text), names).text)
        return next(islice(words, limit, None), None) is not None

    def _prepare(self, span: Span, is_loud: bool | None) -> Passage:
        return prepare(self.text, span, self.subword, self.pair, self._hidden_in(span), is_loud)

    def _hidden_in(self, span: Span) -> list[Span]:
        """The placeholders in `span` but for `&amp;` between words, which the model reads as a word."""
        signs = {sign.moved(span.start) for sign in ampersands.find(span.of(self.text), self.pair)}
        return [each for each in self._placeholders_in(span) if each not in signs]

    def _placeholders_in(self, span: Span) -> list[Span]:
        first = bisect_right(self.placeholders, span.start, key=lambda each: each.end)
        last = bisect_left(self.placeholders, span.end, key=lambda each: each.start)
        found = list(self.placeholders[first:last])
        for edge in {0, len(found) - 1} if found else ():
            found[edge] = found[edge].within(span)
        return found

    def _words_of(self, span: Span) -> Span:
        """The span from its first letter or opening bracket on, no placeholder at an end; empty without a letter."""
        parts = [each for each in _between(self._placeholders_in(span), span) if has_letter(each.of(self.text))]
        if not parts:
            return Span(span.start, span.start)
        first, last = parts[0], parts[-1]
        opening = next(i for i in range(first.start, first.end) if self.text[i].isalnum() or self.text[i] in OPENING)
        return trim(self.text, Span(opening, last.end))


def _between(inside: Sequence[Span], span: Span) -> list[Span]:
    """What of `span` is in none of the spans `inside` it."""
    edges = [span.start, *(offset for each in inside for offset in (each.start, each.end)), span.end]
    return [Span(*edge) for edge in zip(edges[::2], edges[1::2], strict=True)]


def _flagged(parts: Sequence[Passage], warning: str) -> list[Passage]:
    """The parts of one segment as fragments; the first carries the warning for all of them."""
    warnings = [(warning, *part.warnings) if part is parts[0] else part.warnings for part in parts]
    return [replace(part, is_fragment=True, warnings=codes) for part, codes in zip(parts, warnings, strict=True)]
