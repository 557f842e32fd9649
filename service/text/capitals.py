"""Sentences in capitals and headings in Title Case: translated in ordinary case, which is what a model has learned."""

import re
from collections.abc import Callable

from service.text.edits import Edit
from service.text.spans import Span

MIN_WORDS = 2
MIN_TITLE_WORDS = 3
MAX_SMALL_LETTERS = 4  # of the words that headings leave in lower case: "of", "the", "with"

_WORD = re.compile(r"[^\W\d_]{2,}")
_WORD_WITH_TAIL = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


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


def in_title_as_in_text(text: str, is_common: Callable[[str], bool]) -> str:
    """A heading such as "How to Cook the Perfect Egg" with the case of running text, character by character.

    Words that `is_common` says are usual in lower case get it, but for the first one: so names and German nouns stay.
    A text is a heading if all longer words are capital and at least `MIN_TITLE_WORDS` would change; else it is returned
    as it is.
    """
    spans = [match.span() for match in _WORD_WITH_TAIL.finditer(text)]
    words = [text[start:end] for start, end in spans]
    if len(words) <= MIN_TITLE_WORDS or not all(map(_may_be_in_title, words)):
        return text
    changed = [
        (start, word.lower())
        for (start, _), word in zip(spans[1:], words[1:], strict=True)
        if word[0].isupper() and not (word.isupper() and len(word) > 1) and len(word.lower()) == len(word)
    ]
    changed = [(start, lowered) for start, lowered in changed if is_common(lowered)]
    if len(changed) < MIN_TITLE_WORDS:
        return text
    characters = list(text)
    for start, lowered in changed:
        characters[start] = lowered[0]
    return "".join(characters)


def _may_be_in_title(word: str) -> bool:
    return word[0].isupper() or len(word) <= MAX_SMALL_LETTERS


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
