"""Ampersands between words: the model reads the word for it, and the sign stands where the translation has its word."""

import re
from collections.abc import Sequence

from service.artifact_config import Pair
from service.text.edits import Edit, Edited
from service.text.languages import base_of
from service.text.spans import Span

# How languages say "&", the usual word first.
_WORDS = {"en": ("and",), "de": ("und",), "es": ("y", "e"), "fr": ("et",)}
_BETWEEN_WORDS = re.compile(r"(?<=\S\s)&(?:amp;)?(?=\s\S)")


def find(source: str, pair: Pair) -> list[Span]:
    """The ampersands, "&" or "&amp;", with a space on both sides; none for a pair whose word for them is not known."""
    if "&" not in source or not (_words(pair.source) and _words(pair.target)):
        return []
    return [Span(*match.span()) for match in _BETWEEN_WORDS.finditer(source)]


def spell(signs: Sequence[Span], pair: Pair) -> list[Edit]:
    """What to replace in the source so that the model sees a word for each of the `signs`."""
    return [Edit(sign, _words(pair.source)[0]) for sign in signs]


def restore(source: Edited, signs: Sequence[Span], target: str, pair: Pair) -> list[Edit]:
    """What to replace in `target` so that the `signs`, which the `source` spells, are in it again as they were.

    Of as many words in source and target, each is the one of the same rank; of more in the target, the nearest in
    proportion. Where the target has too few, nothing is replaced.
    """
    if not signs:
        return []
    spelled = set(signs)
    words = _find(source.text, pair.source)
    ranks = [rank for rank, word in enumerate(words) if source.backward(word) in spelled]
    texts = [source.backward(words[rank]).of(source.original) for rank in ranks]
    found = _find(target, pair.target) or _find(target, pair.source)
    if len(found) == len(words):
        return [Edit(found[rank], text) for rank, text in zip(ranks, texts, strict=True)]
    if len(found) < len(ranks):
        return []
    wanted = [words[rank].start / len(source.text) * len(target) for rank in ranks]
    return [Edit(span, text) for span, text in zip(_nearest(found, wanted), texts, strict=True)]


def _nearest(found: Sequence[Span], wanted: Sequence[float]) -> list[Span]:
    """One of `found` for each of the offsets `wanted`, in their order, each the nearest of those that are left."""
    nearest: list[Span] = []
    first = 0
    for index, offset in enumerate(wanted, start=1):
        last = len(found) - (len(wanted) - index)
        chosen = min(range(first, last), key=lambda i: abs(found[i].start - offset))
        nearest.append(found[chosen])
        first = chosen + 1
    return nearest


def _find(text: str, language: str) -> list[Span]:
    words = "|".join(_words(language))
    return [Span(*match.span()) for match in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)]


def _words(language: str) -> tuple[str, ...]:
    return _WORDS.get(base_of(language), ())
