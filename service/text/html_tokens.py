"""HTML as tokens that cover every character, cut where the HTML standard's tokenizer cuts; nothing is ever refused.

No kept parser tells where in the text its tags stood: html5lib, lxml and selectolax keep no offsets, and `html.parser`
takes unclosed comments, `</>` and titles otherwise than browsers do, each version in its own way.
"""

import re
from collections.abc import Iterator

from service.text.spans import Span
from service.text.tokens import Kind, Token

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
# What follows the tag is characters up to the end tag of the same name.
_RAW_TEXT = {"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea"}
_TITLE = "title"

_VALUE = r"""=\s*+"[^"]*+"|=\s*+'[^']*+'|=\s*+[^\s"'>][^\s>]*+|=(?=\s*+>)"""
_MARKUP = re.compile(
    rf"""
    (?P<silent> <!-- (?: -?> | .*?--!?> | .*\Z ) | <!\[CDATA\[ .*?\]\]> | <(?:[!?]|/(?![A-Za-z]))[^>]*+(?:>|\Z) )
    | < (?P<slash>/?) (?P<name>[A-Za-z][^\s/>]*+) (?: (?P<attributes>(?:{_VALUE}|[^=>])*+) > | .*\Z )
    """,
    re.VERBOSE | re.DOTALL,
)
_SLASH_IN_VALUE = re.compile(r"""=\s*[^\s"'>][^\s>]*/\Z""")


def tokenize_html(text: str) -> Iterator[Token]:
    """The tokens of `text`, in order and without gaps. A tag that never ends is silent, as it is in browsers."""
    position = 0
    while (match := _MARKUP.search(text, position)) is not None:
        if match.start() > position:
            yield Token(Kind.TEXT, Span(position, match.start()))
        token = _token(match)
        if token.kind is Kind.OPEN and token.name in _RAW_TEXT:
            token = Token(Kind.SILENT, Span(token.span.start, _end_of_raw(text, token, past_tag=True)), token.name)
        yield token
        position = token.span.end
        if token.kind is Kind.OPEN and token.name == _TITLE:
            end = _end_of_raw(text, token, past_tag=False)
            if end > position:
                yield Token(Kind.TEXT, Span(position, end))
            position = end
    if position < len(text):
        yield Token(Kind.TEXT, Span(position, len(text)))


def _token(match: re.Match[str]) -> Token:
    span = Span(*match.span())
    attributes = match["attributes"]
    if match["silent"] is not None or attributes is None:
        return Token(Kind.SILENT, span)
    name = match["name"].lower()
    if match["slash"]:
        return Token(Kind.CLOSE, span, name)
    is_empty = name in _VOID or (attributes.endswith("/") and not _SLASH_IN_VALUE.search(attributes))
    return Token(Kind.EMPTY if is_empty else Kind.OPEN, span, name, attributes)


def _end_of_raw(text: str, opening: Token, *, past_tag: bool) -> int:
    """Where the characters that `opening` begins end, with or without their end tag, which the text may lack."""
    tail = r"[^>]*+(?:>|\Z)" if past_tag else ""
    found = re.compile(rf"</{opening.name}(?=[\s/>]){tail}", re.IGNORECASE).search(text, opening.span.end)
    if found is None:
        return len(text)
    return found.end() if past_tag else found.start()
