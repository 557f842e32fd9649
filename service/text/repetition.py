"""Endless loops, the typical way in which a recurrent decoder fails."""

import re
from collections.abc import Sequence

MAX_PERIOD_WORDS = 12
MIN_REPEATS = 4
MIN_PHRASE_REPEATS = 3

_WORD = re.compile(r"\w+")
_CHARACTER_LOOP = re.compile(r"(\w{1,8}?)\1{5,}")


def has_loop(target: str, source: str) -> bool:
    """Whether `target` says something over and over that `source` does not.

    A word four times in a row or a phrase three times is a loop, unless the source repeats as often.
    """
    return _repeats(target) > max(1, _repeats(source))


def _repeats(text: str) -> int:
    """How often the most repeated word or phrase stands in a row, 1 where none does so to excess."""
    words = _WORD.findall(text.lower())
    counts = [_repeats_of(words, period) for period in range(1, min(MAX_PERIOD_WORDS, len(words) // 2) + 1)]
    return max([1, *counts, *(len(match[0]) // len(match[1]) for match in _CHARACTER_LOOP.finditer(text.lower()))])


def _repeats_of(words: Sequence[str], period: int) -> int:
    longest = run = 0
    for earlier, later in zip(words, words[period:], strict=False):
        run = run + 1 if earlier == later else 0
        longest = max(longest, run)
    repeats = longest // period + 1
    return repeats if repeats >= (MIN_REPEATS if period == 1 else MIN_PHRASE_REPEATS) else 1
