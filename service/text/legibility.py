"""Whether a text is made of words at all: what a subword model must spell letter by letter, no model translates."""

import re

from service.text.characters import has_letter
from service.text.spans import Span, merge
from service.text.subword import Encoded, Subword

MAX_PIECES_PER_LETTER = 0.75  # measured by benchmarks/garbage.py: docs/text.md
MIN_LETTERS = 8  # a shorter text may be a name, or one rare word
MAX_BYTES_PER_LETTER = 0.5  # beyond the last byte of each character: another script
MAX_WORD_LETTERS = 32  # of a word that is translated; longer ones came out as other letters
MIN_SUBWORDS = 6000  # a smaller vocabulary spells ordinary words, too

_ADJACENT_LETTERS = re.compile(r"[^\W\d_]{2}")
_SINGLE_LETTER = re.compile(r"\W?[^\W\d_]\W?")
_WORD = re.compile(r"\w+")
# Letters beyond the Latin ones and the marks among them, up to the signs; and from the ideographs up to the emoji.
_OTHER = "\u0370-\u1dff\u1f00-\u1fff\u2c00-\ufdcf\ufdf0-\uffdc\U00010000-\U0001efff"
_OTHER_SCRIPT = re.compile(rf"[{_OTHER}]+(?:[\s\u200c\u200d'’-]+[{_OTHER}]+)*")
_ENDLESS_WORD = re.compile(rf"[^\W\d_]{{{MAX_WORD_LETTERS},}}")
_STUTTER = re.compile(r"(\w{1,4}?)\1{2,}\w?")


def is_legible(text: str, pieces: Encoded, subword: Subword) -> bool:
    """Whether a model that sees `text` as `pieces`, without tag and end token, can make something of it."""
    if not _ADJACENT_LETTERS.search(text) and not _SINGLE_LETTER.fullmatch(text):
        return False
    words = _WORD.findall(text.lower())
    if words and all(_STUTTER.fullmatch(word) or _ENDLESS_WORD.fullmatch(word) for word in words):
        return False
    if subword.size < MIN_SUBWORDS or not _is_spelled(text, pieces):
        return True
    lower = text.lower()  # words in capitals are spelled, too
    return not _is_spelled(lower, subword.encode(lower))


def find_illegible(text: str, subword: Subword) -> list[Span]:
    """Words in letters that the model knows by their bytes alone, and words without end; a translation keeps them."""
    endless = [Span(*match.span()) for match in _ENDLESS_WORD.finditer(text)]
    if text.isascii():
        return endless
    found = (Span(*match.span()) for match in _OTHER_SCRIPT.finditer(text))
    others = [span for span in found if has_letter(span.of(text)) and _is_in_bytes(span.of(text), subword)]
    return merge([*endless, *others])


def _is_in_bytes(text: str, subword: Subword) -> bool:
    num_bytes = sum(start == end for start, end in subword.encode(text).offsets)
    return num_bytes > MAX_BYTES_PER_LETTER * sum(map(str.isalpha, text))


def pieces_per_letter(text: str, pieces: Encoded) -> float:
    """Pieces with a letter per letter of `text`, the bytes of a character as one; 0 if it has too few to tell."""
    num_letters = sum(map(str.isalpha, text))
    num_pieces = sum(any(map(str.isalpha, text[start:end])) for start, end in pieces.offsets)
    return num_pieces / num_letters if num_letters >= MIN_LETTERS else 0.0


def _is_spelled(text: str, pieces: Encoded) -> bool:
    num_letters = sum(map(str.isalpha, text))
    if len(pieces.ids) <= MAX_PIECES_PER_LETTER * num_letters:
        return False
    num_bytes = sum(start == end for start, end in pieces.offsets)
    return num_bytes > MAX_BYTES_PER_LETTER * num_letters or pieces_per_letter(text, pieces) > MAX_PIECES_PER_LETTER
