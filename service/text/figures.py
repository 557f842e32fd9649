"""Figures: numbers, with their units, and ampersands. A model may reword them, within limits, but not change them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.artifact_config import Pair
from service.text.edits import Edit
from service.text.figure_names import NUMBER_WORDS, UNIT_NAMES
from service.text.numerals import Value, is_grouped, localised, values
from service.text.spans import Span

_DECIMALS = {"½": "5", "¼": "25", "¾": "75"}

_UNITS = "|".join(map(re.escape, sorted(UNIT_NAMES, key=len, reverse=True)))
_NUMBER = r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+|\d+)(?:[.,:'’]\d+)*"
_PART = "[¼-¾⅐-⅞]"  # a vulgar fraction, which models read as digits with a stroke: "2½" as "21/2"
_FIGURE = re.compile(
    rf"(?P<sign>(?<!\S)[-−](?=[$€£¥]?(?:\d|{_PART})))?(?:(?P<before>[$€£¥])\s?)?(?:(?P<number>{_NUMBER})"
    rf"(?P<more>\s?{_PART})?|(?P<part>{_PART}))(?:\s?(?P<after>{_UNITS})(?!['’]?\w))?|&amp;|(?<!&)&(?!&)"
)
_HAS_FIGURE = re.compile(rf"[\d&]|{_PART}")
_HAS_MARKED_NUMBER = re.compile(r"\d[.,]\d")
# Times of day are told in other ways, too: "7 pm" is "19 Uhr", and 9:30 is "halb zehn"; but not by other digits.
_MINUS = re.compile(r"\b(?:minus|menos|moins|negativ\w*|below|unter|sous|bajo)\b", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?!\d)")
_TIME = re.compile(r"\d{1,2}:\d{2}(?!\d)|\d{1,2}(?:\.\d{2})?(?=\s?(?:[ap]\.?m\b|Uhr|o'clock))")


@dataclass(frozen=True)
class _Figure:
    """A figure's place, its number as it stands and what that may mean, and its unit; an ampersand means nothing.

    `digits` are the number without a vulgar fraction.
    """

    span: Span
    number: str
    digits: str
    values: frozenset[Value]
    unit: str
    is_negative: bool


def lost_figures(source: str, target: str, pair: Pair) -> list[Span]:
    """The figures of `source` that `target` does not have, each read as its language writes numbers.

    A copy is as good. Numbers up to twelve may be in words, and units have their names.
    """
    if not _HAS_FIGURE.search(source):
        return []
    unused = list(_figures(target, pair.target))
    lost: list[Span] = []
    times = [Span(*match.span()) for match in _TIME.finditer(source)]
    figures = sorted(_figures(source, pair.source), key=lambda each: _is_in(each.span, times))
    num_units = Counter(figure.unit for figure in figures)
    for figure in figures:
        found = next((each for each in unused if _is_same(figure, each)), None)
        if found is not None and figure.is_negative and not found.is_negative and not _MINUS.search(target):
            found = None
        if found is not None:
            unused.remove(found)
        elif not _is_in_words(figure, target):
            lost.append(figure.span)
            continue
        if not _has_unit(figure.unit, num_units[figure.unit], target):
            lost.append(figure.span)
    lost.sort()
    if any(_CLOCK.fullmatch(each.number) and not _is_told(each.number, source) for each in unused):
        return lost
    return [span for span in lost if not _is_in(span, times)]


def _is_in(span: Span, others: Sequence[Span]) -> bool:
    return any(span.overlaps(other) for other in others)


def _is_told(time: str, source: str) -> bool:
    """Whether `source` has the time of day, by a clock of twelve or 24 hours."""
    hour, minute = map(int, re.findall(r"\d+", time))
    told = [(int(match[1]) % 12, int(match[2])) for match in _CLOCK.finditer(source)]
    told += [(int(match[0]) % 12, 0) for match in re.finditer(r"(?<![\d.,:])\d{1,2}(?![\d.,:])", source)]
    return (hour % 12, minute) in told


def find_numbers(text: str, within: Span) -> list[Span]:
    """The numbers in `text` that lie `within` the span, with their units."""
    found = _FIGURE.finditer(text, within.start, within.end)
    return [Span(*match.span()) for match in found if match["number"] or match["part"]]


def is_figure(text: str) -> bool:
    """Whether the whole `text` is a number, with or without unit."""
    match = _FIGURE.fullmatch(text)
    return match is not None and (match["number"] or match["part"]) is not None


def localise_figure(text: str, pair: Pair) -> str:
    """The figure `text` of the pair's source with its number as the target writes it."""
    match = _FIGURE.fullmatch(text)
    if match is None or not match["number"]:
        return text
    start, end = match.span("number")
    return text[:start] + localised(match["number"], pair.source, pair.target) + text[end:]


def localise(source: str, target: str, pair: Pair) -> list[Edit]:
    """What to replace in `target` where it copies numbers of `source` that mean something else in its language.

    That is so with thousands, and with decimals if they are three. Other decimals are put right beside a unit alone:
    "3.5" may also be a version or a section, which every language writes so.
    """
    if not _HAS_MARKED_NUMBER.search(target):
        return []
    numbers = [each for each in _figures(source, pair.source) if each.digits]
    copied = {each.digits for each in numbers if each.unit or is_grouped(each.digits, pair.source)}
    found = (match for match in _FIGURE.finditer(target) if match["number"] in copied)
    edits = (Edit(Span(*match.span("number")), localised(match["number"], pair.source, pair.target)) for match in found)
    return [edit for edit in edits if edit.text != edit.span.of(target)]


def _figures(text: str, language: str) -> Iterator[_Figure]:
    for match in _FIGURE.finditer(text):
        part = (match["more"] or match["part"] or "").strip()
        digits = match["number"] or ""
        if part:
            meant = _values_with(part, digits, language)
        else:
            meant = values(digits, language) if digits else frozenset[Value]()
        unit = match["before"] or match["after"] or ""
        yield _Figure(Span(*match.span()), digits + part or match[0], digits, meant, unit, bool(match["sign"]))


def _values_with(part: str, digits: str, language: str) -> frozenset[Value]:
    """What `digits`, or none, with the vulgar fraction `part` behind them mean: as it is, and as a decimal number."""
    wholes = values(digits, language) if digits else frozenset({("0",)})
    decimals = {part, _DECIMALS.get(part, part)}
    return frozenset((*whole, each) for whole in wholes for each in decimals)


def _is_same(figure: _Figure, other: _Figure) -> bool:
    return figure.number == other.number or bool(figure.values & other.values)


def _is_in_words(figure: _Figure, target: str) -> bool:
    numbers = {figure.number, *(digits for (digits, *rest) in figure.values if not rest)} & NUMBER_WORDS.keys()
    return any(re.search(rf"\b(?:{NUMBER_WORDS[each]})", target, re.IGNORECASE) for each in numbers)


def _has_unit(unit: str, count: int, target: str) -> bool:
    """Whether `target` has the unit `count` times, as it is written, or its name."""
    if not unit or re.search(rf"\b(?:{UNIT_NAMES[unit]})", target, re.IGNORECASE):
        return True
    sign = rf"(?<![^\W\d{_PART[1:-1]}]){re.escape(unit)}(?!\w)" if unit[0].isalpha() else re.escape(unit)
    return len(re.findall(sign, target)) >= count
