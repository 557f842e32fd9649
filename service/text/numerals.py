"""Numbers as languages write them: "3,500.5" in English is "3.500,5" in German, and each is misread in the other."""

import re
from dataclasses import dataclass

from service.text.languages import base_of

Value = tuple[str, ...]  # digits of the whole number, and of its fraction if it has one; or groups that are no number

DIGITS_IN_GROUP = 3


@dataclass(frozen=True)
class Notation:
    """What stands before the fraction, and what groups the thousands."""

    decimal: str
    group: str


_POINT, _COMMA = Notation(".", ","), Notation(",", ".")
_NOTATIONS = {"en": _POINT, "de": _COMMA, "es": _COMMA, "fr": Notation(",", "\u202f")}
_MARK = re.compile(r"\D")
_POINT_OR_COMMA = re.compile("[.,]")
_ADDRESS = re.compile(r"(?:(?:1?\d?\d|2[0-4]\d|25[0-5])\.){3}(?:1?\d?\d|2[0-4]\d|25[0-5])")  # of a host: 127.0.0.1


def values(number: str, language: str) -> frozenset[Value]:
    """What `number` means in `language`: one value, or two in a language whose notation is not known."""
    known = notation_of(language)
    return frozenset(_value(number, notation) for notation in ([known] if known else [_POINT, _COMMA]))


def localised(number: str, source: str, target: str) -> str:
    """The `number` of a text in the language `source` as `target` writes it; as it is if that is not known."""
    here, there = notation_of(source), notation_of(target)
    parts = None if here is None else _parts(number, here)
    if there is None or parts is None or not _POINT_OR_COMMA.search(number):
        return number
    groups, fraction = parts
    return there.decimal.join([there.group.join(groups), *([fraction] if fraction else [])])


def is_grouped(number: str, language: str) -> bool:
    """Whether points or commas group the thousands of `number`, or would do so in a language that swaps the two."""
    marks = _POINT_OR_COMMA.findall(number)
    notation = notation_of(language)
    parts = None if notation is None else _parts(number, notation)
    return parts is not None and bool(marks) and (len(parts[0]) > 1 or len(parts[1]) == DIGITS_IN_GROUP)


def notation_of(language: str) -> Notation | None:
    """How `language` (with or without region) writes numbers, if that is known."""
    return _NOTATIONS.get(base_of(language))


def _value(number: str, notation: Notation) -> Value:
    parts = _parts(number, notation)
    if parts is None:
        return tuple(re.findall(r"\d+", number))
    whole, fraction = "".join(parts[0]), parts[1].rstrip("0")
    return (whole, fraction) if fraction else (whole,)


def _parts(number: str, notation: Notation) -> tuple[list[str], str] | None:
    """The groups of the whole number, and the fraction or ""; None for what is no number, such as "1.2.3".

    Where two different marks stand, or one twice, there is one way to read it. A single mark before three digits groups
    them, unless it is the language's decimal mark; before any other number of digits it is a decimal mark.
    """
    marks, digits = _MARK.findall(number), re.findall(r"\d+", number)
    *head, last = digits
    if not marks:
        return [last], ""
    if marks[-1] in ".," and (len(marks) == 1 or marks[-1] not in marks[:-1]):
        is_decimal = len(marks) > 1 or marks[-1] == notation.decimal or not _are_groups(digits)
        if is_decimal:
            return (head, last) if len(head) == 1 or _are_groups_of_one_mark(head, marks[:-1]) else None
    return (digits, "") if _are_groups_of_one_mark(digits, marks) and not _ADDRESS.fullmatch(number) else None


def _are_groups_of_one_mark(groups: list[str], marks: list[str]) -> bool:
    return len(set(marks)) == 1 and marks[0] != ":" and _are_groups(groups)


def _are_groups(groups: list[str]) -> bool:
    first, *others = groups
    is_first = len(first) <= DIGITS_IN_GROUP and not first.startswith("0")
    return is_first and all(len(each) == DIGITS_IN_GROUP for each in others)
