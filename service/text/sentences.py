"""Where sentences begin: a kept library's answer, corrected where it was measured to be wrong (docs/decisions/0004)."""

import re

import sentencex

from service.text.characters import is_invisible

CONTEXT_CHARACTERS = 40
UNSPACED_STOPS = "。！？｡"
LOWER = "[a-zß-öø-ÿœ]"
UPPER = "[A-ZÀ-ÖØ-ÞŒ]"
GERMAN_MONTH = r"(?:Jan|Feb|März|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-z]*\b"
OPENING = f'(?:{UPPER}|[¿¡„“"«»(])'

# A boundary is dropped where the text before it and the text after it match a row of its language.
_TOGETHER: dict[str, list[tuple[str, str]]] = {
    "": [
        (r"(?<!\w)[^\W\d]\.\s+$", LOWER),  # a single letter: "5 p. m. en"
        (r"(?:[^\W\d]\.){2,}\s+$", LOWER),  # an acronym: "l'O.N.U. qui"
    ],
    "en": [
        (r"\bapprox\.\s+$", r"\d"),
        (r"\d\s?(?:lbs?|oz|ft|in|yd|min|hr?s?|sec)\.\s+$", LOWER),
    ],
    "de": [
        # An ordinal after the words that call for one: "der 2. Weltkrieg", "im 4. Stock".
        (
            r"(?i)\b(?:am|an|ab|bis|beim?|de[rmns]|die|das|im|ins?|seit|vo[mn]|zu[mr]?|jede[rmns]?)\s\d{1,3}\.\s+$",
            r"\w",
        ),
        (r"(?<!\w)\d{1,2}\.\s+$", GERMAN_MONTH),
        (r"\bFa\.\s+$", UPPER),
    ],
    "fr": [
        (rf"(?<!\w){UPPER}\.\s+$", UPPER),  # an initial, and "M. Dupont"
        (r"\b(?:Dr|Pr|Me|MM|Mgr|Mr|St|Ste)\.\s+$", UPPER),
        (r"\b(?:[Aa]rt|[Nn]o|[Cc]hap|[Pp]|[Vv]ol|[Ff]ig)\.\s+$", r"\d"),
    ],
    "es": [
        (rf"(?<!\w){UPPER}\.\s+$", UPPER),
        (r"\b(?:Dña|Dn|Sr|Sra|Srta|Avda?)\.\s+$", UPPER),
    ],
}
# A boundary is added at the end of each match.
_APART = [
    re.compile(rf"[^\s@]@[\w.-]+\w\.\s+(?={OPENING})"),  # an address ends the sentence
    re.compile(rf"\s[:;]-?[()DP]\s+(?={OPENING})"),  # so does a typed smile
    re.compile(r"(?:\A|(?<=[.!?…]\s))\([^()]*[.!?…]\)\s+(?=[A-ZÀ-ÖØ-ÞŒ])"),  # a sentence that is all in brackets
]
# The same by language.
_ELLIPSIS = r"(?:\.{3}|…)\s+"
_OPENERS = (
    "And|Are|But|Did|Do|Does|He|How|If|Is|It|Let|Maybe|Never|No|Now|Oh|Perhaps|She|So|That|The|Then|There|These|They|"
    "This|Those|Was|We|What|When|Where|Who|Why|Yes|You"
)
_APART_IN = {
    "en": [
        re.compile(rf"\w{_ELLIPSIS}(?=(?:{_OPENERS})\b)"),  # words that are capital nowhere else
        re.compile(rf"(?:\A|(?<=[.!?…]\s))(?:Ah|Hmm?|OK|Oh|Okay|Well|Yeah)\s?{_ELLIPSIS}(?={UPPER})"),
    ],
}
# In German chats nothing is capital; there, a long word and a full stop end a sentence.
_APART_IN_LOWER_CASE = re.compile(rf"{LOWER}{{5}}\.\s+(?={LOWER}{{2}})")
_RULES = {
    language: [(re.compile(before), re.compile(after)) for before, after in _TOGETHER[""] + rows]
    for language, rows in _TOGETHER.items()
}


def sentence_starts(text: str, language: str) -> list[int]:
    """Offsets, ascending, at which sentences of `text` begin; the first sentence's is left out.

    The library is asked about a copy of equal length in which every invisible character is a plain space: it
    panics on some rare ones (version 1.0.32: a letter, U+0085, a full stop).
    """
    plain = "".join(" " if is_invisible(character) else character for character in text)
    starts = {start for start in _library_starts(plain, language) if _is_boundary(plain, start, language)}
    patterns = [*_APART, *_APART_IN.get(language, [])]
    if language == "de" and plain.islower():
        patterns.append(_APART_IN_LOWER_CASE)
    for pattern in patterns:
        starts.update(match.end() for match in pattern.finditer(plain))
    return sorted(starts)


def _library_starts(plain: str, language: str) -> list[int]:
    try:
        boundaries = sentencex.get_sentence_boundaries(language, plain)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a panic in Rust becomes; it is no Exception
            raise
        return []
    return [boundary["start_index"] for boundary in boundaries if 0 < boundary["start_index"] < len(plain)]


def _is_boundary(plain: str, start: int, language: str) -> bool:
    if not plain[start - 1].isspace() and plain[start - 1] not in UNSPACED_STOPS:
        return False
    before, after = plain[max(0, start - CONTEXT_CHARACTERS) : start], plain[start : start + CONTEXT_CHARACTERS]
    rules = _RULES.get(language, _RULES[""])
    return not any(left.search(before) and right.match(after) for left, right in rules)
