"""Marks of Markdown inside a sentence: emphasis and links, which move with their words as tags do."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from service.text.placeholders import find_placeholders
from service.text.spans import Span

MAX_CHARACTERS = 300  # between two marks, so that hostile texts cost linear time

_HAS_MARK = re.compile(r"\*\S|\S__?(?!\w)|~~\S|\]\(")
_WITHIN = rf"(?=\S)[^\n]{{1,{MAX_CHARACTERS}}}?(?<=\S)"
# The longer marks first: what they take is no part of the shorter ones.
_PATTERNS = [
    re.compile(
        rf"(?P<open>!?\[)[^\[\]\n]{{1,{MAX_CHARACTERS}}}(?P<close>\]\([^()\s]{{0,1000}}(?:\s\"[^\"\n]{{0,200}}\")?\))"
    ),
    re.compile(rf"(?<![\w*\\])(?P<open>\*{{2,3}}){_WITHIN}(?P<close>(?P=open))(?![\w*])"),
    re.compile(rf"(?<![\w~\\])(?P<open>~~){_WITHIN}(?P<close>~~)(?![\w~])"),
    re.compile(rf"(?<![\w_\\])(?P<open>__)(?!\w+__){_WITHIN}(?P<close>__)(?![\w_])"),  # not "__init__"
    re.compile(rf"(?<![\w*\\])(?P<open>\*)(?!\*){_WITHIN}(?P<close>\*)(?![\w*])"),
    re.compile(rf"(?<![\w_\\])(?P<open>_)(?!_){_WITHIN}(?P<close>_)(?![\w_])"),
]
_TAKEN = "\x00"


def find_marks(text: str) -> list[tuple[Span, Span]]:
    """The pairs of opening and closing marks in `text`, by the place of the opening one; none in code or addresses."""
    if not _HAS_MARK.search(text):
        return []
    pairs: list[tuple[Span, Span]] = []
    rest = list(text)
    links = list(_PATTERNS[0].finditer(text))
    protected = find_placeholders(text)
    for match in links:
        if not _is_inside(match.start(), protected):
            pairs.append(_take(match, rest))
    for span in protected:
        rest[span.start : span.end] = _TAKEN * len(span)
    for pattern in _PATTERNS[1:]:
        for match in pattern.finditer("".join(rest)):
            if any(map(str.isalpha, text[match.end("open") : match.start("close")])):
                pairs.append(_take(match, rest))
    return sorted(pairs)


def _take(match: re.Match[str], rest: list[str]) -> tuple[Span, Span]:
    """The two marks at `match`, which are no other marks any more."""
    opening, closing = Span(*match.span("open")), Span(*match.span("close"))
    for span in (opening, closing):
        rest[span.start : span.end] = _TAKEN * len(span)
    return opening, closing


def _is_inside(offset: int, protected: Sequence[Span]) -> bool:
    index = bisect_left(protected, offset, key=lambda each: each.end)
    return index < len(protected) and protected[index].start <= offset < protected[index].end
