"""Lossless segmentation: the stretches of a text to translate; whatever lies between them is copied unchanged."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from service.text.characters import has_letter, is_decoration, is_symbol
from service.text.sentences import GERMAN_MONTH, sentence_starts
from service.text.spans import Span

Split = Literal["sentences", "sentences_across_newlines", "none"]

_BREAK = r"(?:\r\n|\r(?!\n)|[\n\v\f\x1c-\x1e\x85\u2028\u2029])"
_BLANK = r"[^\S\n\r\v\f\x1c-\x1e\x85\u2028\u2029]"
# What opens a line and is no part of its sentence: bullets, quote marks, "#", "//", "/*", "1.", "2)", "(a)".
_MARKER = r"(?:[-–—*•‣◦·+>#|=~]+|/[/*]+|\(?\d{1,3}[.)]|\(?(?:[A-Za-z]|[ivx]{2,4})\))(?=\s)"
_OPENER = re.compile(rf"(?:\s*(?!\d{{1,2}}\.\s+{GERMAN_MONTH}){_MARKER})+\s+")  # "3. Mai" opens a German sentence
_CELLS = rf"\t|{_BLANK}{{3,}}|{_BLANK}+(?:\||\*+/)(?=\s|\Z)"  # a cell of Markdown or a comment ends
# Where one unit ends and the next begins, by mode: lines and cells; paragraphs, list items and cells; paragraphs.
_BORDERS = {
    "sentences": re.compile(rf"{_BREAK}|{_CELLS}"),
    "sentences_across_newlines": re.compile(
        rf"(?:{_BREAK}{_BLANK}*){{2,}}|{_BREAK}(?={_BLANK}*{_MARKER})|(?<=\S)(?:{_CELLS})(?=\S)"
    ),
    "none": re.compile(rf"(?:{_BREAK}{_BLANK}*){{2,}}"),
}
_STOPS = ".!?…"
_PARAGRAPH = re.compile("\u2029+")


def segment(
    text: str,
    language: str,
    split: Split,
    protected: Sequence[Span] = (),
    tags: Sequence[Span] = (),
    *,
    is_wrapped: bool = False,
) -> list[Span]:
    """The segments of `text`: disjoint, in order, each with a letter and without white space at its edges.

    No segment begins or ends inside a `protected` stretch. `tags` are protected stretches that, at the edge of a
    segment, are left outside of it. `is_wrapped`: as in HTML, line ends and tabs are but spaces, and only the end of a
    paragraph (U+2029) parts.
    """
    inside = _inside(protected)
    border_of = _PARAGRAPH if is_wrapped else _BORDERS[split]
    borders = [Span(*match.span()) for match in border_of.finditer(text)]
    segments: list[Span] = []
    for unit in _between(text, (border for border in borders if border.start not in inside)):
        unit = _without_opener(text, unit, inside)
        sentences = [unit] if split == "none" else _sentences(text, unit, language, inside)
        segments += (_unwrapped(text, _regrown(trim(text, sentence, tags), inside), inside) for sentence in sentences)
    if not protected:
        return [span for span in segments if has_letter(span.of(text))]
    covered = {offset for span in protected for offset in range(span.start, span.end)}
    return [span for span in segments if _has_free_letter(text, span, covered)]


def trim(text: str, span: Span, tags: Sequence[Span] = ()) -> Span:
    """The span without white space, invisible characters, symbols (and stops behind them) and tags at its edges."""
    heads = {tag.start: tag.end for tag in tags}
    tails = {tag.end: tag.start for tag in tags}
    start, end = span.start, span.end
    while start < end and (start in heads or is_decoration(text[start])):
        start = heads.get(start, start + 1)
    while start < end:
        if end in tails or is_decoration(text[end - 1]):
            end = tails.get(end, end - 1)
        elif (earlier := _before_stops(text, start, end)) < end:
            end = earlier
        else:
            break
    return Span(start, max(start, end))


def _before_stops(text: str, start: int, end: int) -> int:
    """Where the stops before `end` begin, if a symbol stands before them: "I love you ❤!!!"; else `end`."""
    index = end
    while index > start and text[index - 1] in _STOPS:
        index -= 1
    return index if index > start and is_symbol(text[index - 1]) else end


def _unwrapped(text: str, span: Span, inside: set[int]) -> Span:
    """The span without the brackets that are around all of it: "[door slams]"."""
    if len(span) < 3 or text[span.start] + text[span.end - 1] not in ("()", "[]"):
        return span
    inner = Span(span.start + 1, span.end - 1)
    is_plain = not any(bracket in inner.of(text) for bracket in "()[]")
    return trim(text, inner) if is_plain and inner.start not in inside and inner.end not in inside else span


def _regrown(span: Span, inside: set[int]) -> Span:
    """The span with all of a protected stretch that trimming has cut into."""
    start, end = span.start, span.end
    while start in inside:
        start -= 1
    while end in inside:
        end += 1
    return Span(start, end)


def _has_free_letter(text: str, span: Span, covered: set[int]) -> bool:
    return any(text[offset].isalpha() and offset not in covered for offset in range(span.start, span.end))


def _inside(protected: Iterable[Span]) -> set[int]:
    return {offset for span in protected for offset in range(span.start + 1, span.end)}


def _between(text: str, borders: Iterable[Span]) -> Iterator[Span]:
    start = 0
    for border in borders:
        yield Span(start, border.start)
        start = border.end
    yield Span(start, len(text))


def _without_opener(text: str, unit: Span, inside: set[int]) -> Span:
    opener = _OPENER.match(text, unit.start, unit.end)
    if opener is None or opener.end() in inside:
        return unit
    return Span(opener.end(), unit.end)


def _sentences(text: str, unit: Span, language: str, inside: set[int]) -> Iterator[Span]:
    starts = {unit.start + start for start in sentence_starts(unit.of(text), language)}
    starts |= set(_after_symbols(text, unit))
    start = unit.start
    for end in [*sorted(starts - inside), unit.end]:
        yield Span(start, end)
        start = end


def _after_symbols(text: str, unit: Span) -> Iterator[int]:
    """Where a capital follows an emoji and a space: people end sentences so."""
    for offset in range(unit.start + 2, unit.end):
        opens = text[offset].isupper() or text[offset] in "¿¡"
        if opens and text[offset - 1].isspace() and is_symbol(text[offset - 2]):
            yield offset
