"""Figures: numbers, with their units, and ampersands. A model may reword them, within limits, but not change them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.text.spans import Span

# A unit that is written as a sign, and how its names begin: "$5" may become "5 Dollar".
_NAMES = {
    "$": "dollar|dólar",
    "€": "euro|eur",
    "£": "pound|pfund|livre|libra",
    "¥": "yen",
    "%": "per ?cent|prozent|pour cent|por ciento",
    "‰": "per mil|promille|pour mille|por mil",
    "°C": "celsius|grad|degree|degré|grado",
    "°F": "fahrenheit|grad|degree|degré|grado",
    "°": "grad|degree|degré|grado",
    "km/h": "kmh|kph|kilom|stundenkilom",
    "mph": "mile|meile|mille|milla",
    "kg": "kilo",
    "mg": "millig|milig",
    "g": "gram",
    "km": "kilom|kilóm",
    "cm": "centim|zentim|centím",
    "mm": "millim|milím",
    "m": "met|mèt|mét",
    "ml": "millil|milil",
    "l": "lit",
    "kWh": "kilowatt",
    "kW": "kilowatt|kilovat",
    "MHz": "megah",
    "GHz": "gigah",
    "kB": "kilob|kilo-o|ko",
    "KB": "kilob|kilo-o|ko",
    "MB": "megab|méga-o|mo",
    "GB": "gigab|giga-o|go",
    "TB": "terab|téra-o|to",
}
# The numbers that are as well written in words, by how these words begin: ordinals are covered, "1st" for "erste".
_WORDS = {
    "0": r"zero|null|zéro|cero|no\b|kein",
    "1": r"one|first|ein|erst|une?\b|premi|uno?\b|primer|an?\b",
    "2": r"two|second|zwei|deux|dos\b|segund",
    "3": "three|third|drei|dritt|trois|tres|tercer",
    "4": "four|vier|quatr|cuatro|cuart",
    "5": "five|fifth|fünf|cinq|cinco|quint",
    "6": r"six(?:th)?\b|sechs|seis|sext",
    "7": "seven|sieb|sept|siete|séptim",
    "8": "eight|acht|huit|ocho|octav",
    "9": "nine|ninth|neun|neuf|neuv|nueve|noven",
    "10": r"ten(?:th)?\b|zehn|dix|diez|décim",
    "11": r"eleven|elf(?:te[nrms]?)?\b|onz|once\b",
    "12": "twel|zwölf|douz|doce",
}

_UNITS = "|".join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))
_NUMBER = r"\d+(?:[.,:'’]\d+|[ \u00a0\u202f]\d{3}(?!\d))*"
_FIGURE = re.compile(
    rf"(?:(?P<before>[$€£¥])\s?)?(?P<number>{_NUMBER})(?:\s?(?P<after>{_UNITS})(?!\w))?|(?<![&\w])&(?![&\w])|(?<=\w)&(?=\w)"
)
_HAS_FIGURE = re.compile(r"[\d&]")
# Times of day are told in other ways, too: "7 pm" is "19 Uhr", and 9:30 is "halb zehn".
_TIME = re.compile(r"\d{1,2}:\d{2}(?!\d)|\d{1,2}(?:\.\d{2})?(?=\s?(?:[ap]\.?m\b|Uhr|o'clock))")


@dataclass(frozen=True)
class _Figure:
    """A figure's place, the ways to read its number, as groups of digits, and its unit; an ampersand has neither."""

    span: Span
    readings: frozenset[tuple[str, ...]]
    unit: str


def lost_figures(source: str, target: str) -> list[Span]:
    """The figures of `source` that `target` does not have.

    It may group digits and mark decimals as it likes, write numbers up to twelve in words and units by their names.
    """
    if not _HAS_FIGURE.search(source):
        return []
    unused = list(_figures(target))
    lost: list[Span] = []
    for figure in _figures(source):
        found = next((each for each in unused if _is_same(figure, each)), None)
        if found is not None:
            unused.remove(found)
        elif not _is_in_words(figure, target):
            lost.append(figure.span)
            continue
        if not _has_unit(figure, source, target):
            lost.append(figure.span)
    times = [Span(*match.span()) for match in _TIME.finditer(source)]
    return [span for span in lost if not any(span.overlaps(time) for time in times)]


def is_figure(text: str) -> bool:
    """Whether the whole `text` is a number, with or without unit."""
    match = _FIGURE.fullmatch(text)
    return match is not None and match["number"] is not None


def _figures(text: str) -> Iterator[_Figure]:
    for match in _FIGURE.finditer(text):
        readings = _readings(match["number"]) if match["number"] else frozenset[tuple[str, ...]]()
        yield _Figure(Span(*match.span()), readings, match["before"] or match["after"] or "")


def _readings(number: str) -> frozenset[tuple[str, ...]]:
    """As it stands; without the borders of thousands; without the zeros that end a fraction."""
    groups = tuple(re.findall(r"\d+", number))
    readings = {groups}
    *thousands, last = groups
    if all(len(group) == 3 for group in thousands[1:]):
        whole = "".join(thousands)
        readings |= {(whole, last)} if thousands else set()
        readings |= {(whole + last,)} if len(last) == 3 and whole.strip("0") else set()
        if thousands and len(last) < 3:
            fraction = last.rstrip("0")
            readings.add((whole, fraction) if fraction else (whole,))
    return frozenset(readings)


def _is_same(figure: _Figure, other: _Figure) -> bool:
    return bool(figure.readings & other.readings) or not (figure.readings or other.readings)


def _is_in_words(figure: _Figure, target: str) -> bool:
    words = [_WORDS[digits] for (digits, *rest) in figure.readings if digits in _WORDS and not rest]
    return any(re.search(rf"\b(?:{each})", target, re.IGNORECASE) for each in words)


def _has_unit(figure: _Figure, source: str, target: str) -> bool:
    """Whether the unit is in `target` as often as in `source`, as it is written or by its name."""
    if not figure.unit or re.search(rf"\b(?:{_NAMES[figure.unit]})", target, re.IGNORECASE):
        return True
    sign = rf"(?<![^\W\d]){re.escape(figure.unit)}(?!\w)" if figure.unit[0].isalpha() else re.escape(figure.unit)
    return len(re.findall(sign, target)) >= len(re.findall(sign, source))
