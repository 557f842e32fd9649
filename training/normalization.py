"""Text as the model sees it: composed, with plain spaces and without invisible characters; typography stays.

The same rules exist twice by necessity: as a Python function for corpora, and as the table inside the SentencePiece
model, which is what the service applies. A test holds the two together.
"""

import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")  # soft hyphen, zero widths, direction marks
SPACE_CATEGORIES = frozenset(("Zs", "Zl", "Zp", "Cc"))
_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
HANGUL = range(0xAC00, 0xD7A4)  # 11,172 syllables would be most of the table; spelled in letters they stay so


def normalize_line(text: str) -> str:
    """Compose `text` (NFC), drop invisible characters, fold every run of spaces and controls to one space."""
    composed = unicodedata.normalize("NFC", text.translate(_WITHOUT_INVISIBLE))
    return " ".join(composed.translate(_spaces()).split())


@cache
def rule_table() -> str:
    """The rules as SentencePiece reads them: a line each, code points in hexadecimal, source, tab, target."""
    rules = dict(_rules())
    return "".join(f"{_hex(source)}\t{_hex(target)}\n" for source, target in sorted(rules.items()))


def _rules() -> Iterator[tuple[str, str]]:
    for code in range(1, sys.maxunicode + 1):  # U+0000 cannot be written in the table
        char = chr(code)
        if char != " " and _is_space(char):
            yield char, " "
    for char in INVISIBLE:
        yield char, ""
    for code in range(sys.maxunicode + 1):
        if code not in HANGUL:
            yield from _compositions(chr(code))


def _compositions(char: str) -> Iterator[tuple[str, str]]:
    """Every spelling of `char` with combining marks, as far as canonical composition undoes it."""
    composed = unicodedata.normalize("NFC", char)
    parts = unicodedata.decomposition(char)
    if not parts or parts.startswith("<"):
        return
    spellings = {
        char,
        unicodedata.normalize("NFD", char),
        "".join(chr(int(part, 16)) for part in parts.split()),
    } - {composed}
    yield from ((spelling, composed) for spelling in spellings)


@cache
def _spaces() -> dict[int, str]:
    return {code: " " for code in range(sys.maxunicode + 1) if _is_space(chr(code))}


def _is_space(char: str) -> bool:
    return unicodedata.category(char) in SPACE_CATEGORIES


def _hex(text: str) -> str:
    return " ".join(f"{ord(char):X}" for char in text)
