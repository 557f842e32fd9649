"""HTML as tokens that cover every character, cut as the HTML standard's tokenizer cuts; nothing is ever refused."""

import re
from collections.abc import Iterator
from itertools import pairwise

import turbohtml
from turbohtml import TokenType

from service.text.spans import Span
from service.text.tokens import Kind, Token

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
# What follows the tag is characters up to the end tag of the same name, and no prose.
_RAW_TEXT = {"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea"}
_LINE_END = re.compile("\n")
_NOTHING = re.compile("</>")
# Where scripts run, this element's content is characters; its readers are those for whom they do not.
_NO_SCRIPT = re.compile("(</?)noscript", re.IGNORECASE)


def tokenize_html(text: str) -> Iterator[Token]:
    """The tokens of `text`, in order and without gaps. A tag that never ends is silent, as it is in browsers."""
    position = 0
    raw: Token | None = None  # the element that is being passed over
    for token in _said(text):
        if raw is not None:
            if token.kind is Kind.CLOSE:
                raw = None
                yield Token(Kind.SILENT, Span(position, token.span.end), token.name)
                position = token.span.end
            continue
        if token.span.start > position:
            yield Token(Kind.SILENT, Span(position, token.span.start))
            position = token.span.start
        if token.kind in (Kind.OPEN, Kind.EMPTY) and token.name in _RAW_TEXT:
            raw = token
            continue
        yield token
        position = token.span.end
    if position < len(text):
        yield Token(Kind.SILENT, Span(position, len(text)), "" if raw is None else raw.name)


def _said(text: str) -> Iterator[Token]:
    """What the library finds: all but what says nothing to it, such as `</>` and a tag that the text's end cuts off.

    It reads a copy of equal length without carriage returns and references, which it would shorten.
    """
    copy = text.replace("\r\n", " \n").replace("\r", "\n").replace("&", "+")
    copy = _NO_SCRIPT.sub(r"\1no-scrip", copy)
    lines = [0, *(match.end() for match in _LINE_END.finditer(copy))]
    found = list(turbohtml.tokenize(copy, capture_source=True))
    starts = [*(lines[each.line - 1] + each.col for each in found), len(text)]
    for each, (start, end) in zip(found, pairwise(starts), strict=True):
        if each.type is not TokenType.TEXT:
            yield _markup(text, each, start)
        elif len(data := each.data or "") == end - start:
            yield Token(Kind.TEXT, Span(start, end))
        else:
            yield from (Token(Kind.TEXT, span) for span in _words(copy, Span(start, end), data))


def _words(copy: str, span: Span, data: str) -> Iterator[Span]:
    """Where the characters of `data` stand in `span`: in order, with `</>` between them and something cut off behind.

    Where `data` has `</>` itself, it is the content of an element that has no tags, such as a title.
    """
    start, num_left = span.start, len(data)
    for match in () if _NOTHING.search(data) else _NOTHING.finditer(copy, span.start, span.end):
        if match.start() - start >= num_left:
            break
        if match.start() > start:
            yield Span(start, match.start())
        num_left -= match.start() - start
        start = match.end()
    if num_left > 0:
        yield Span(start, start + num_left)


def _markup(text: str, found: turbohtml.Token, start: int) -> Token:
    span = Span(start, start + len(found.source or ""))
    if found.tag is None:
        return Token(Kind.SILENT, span)
    is_end = found.type is TokenType.END_TAG
    name_start = start + len("</" if is_end else "<")
    name = text[name_start : name_start + len(found.tag)].lower()
    if is_end:
        return Token(Kind.CLOSE, span, name)
    is_empty = found.self_closing or name in _VOID
    return Token(Kind.EMPTY if is_empty else Kind.OPEN, span, name, tuple(found.attrs or ()))
