"""Sentences in capitals: translated in ordinary case, which is what a model has learned, and answered in capitals."""

import re

from service.text.edits import Edit
from service.text.spans import Span

MIN_WORDS = 2

_WORD = re.compile(r"[^\W\d_]{2,}")


def is_in_capitals(text: str) -> bool:
    """Whether all letters are capitals, in two words or more longer than a letter: "NO ENTRY", not "NASA", "A B"."""
    return text.isupper() and len(_WORD.findall(text)) >= MIN_WORDS


def in_sentence_case(text: str) -> str:
    """`text` in lower case but for its first letter, character by character, so that all offsets stay."""
    lowered = [_lower(character) for character in text]
    first = next((index for index, character in enumerate(text) if character.isalpha()), None)
    if first is not None:
        lowered[first] = text[first]
    return "".join(lowered)


def capitalise(text: str) -> list[Edit]:
    """What to replace so that `text` is in capitals; one letter can become two ("ß", "SS")."""
    return [
        Edit(Span(index, index + 1), character.upper())
        for index, character in enumerate(text)
        if character.upper() != character
    ]


def _lower(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character
