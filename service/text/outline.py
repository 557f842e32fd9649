"""What the tokens of a marked-up text are to its sentences: words, borders, tags inside, things to keep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from service.text.blocks import blocks_by_content, blocks_by_name
from service.text.html_tokens import tokenize_html
from service.text.markdown import find_marks
from service.text.spans import Span
from service.text.tag_rules import TagRules
from service.text.tokens import Format, Kind, Token
from service.text.xml_tokens import tokenize_xml

_KEPT = frozenset({"code", "kbd", "math", "pre", "samp", "svg", "var"})
_LINE_END = "br"


class Role(Enum):
    """What a piece of a marked-up text is to the sentence that it stands in."""

    WORDS = auto()
    BORDER = auto()  # no sentence goes past it
    KEPT = auto()  # part of the sentence, as a word that nobody translates
    OPEN = auto()
    CLOSE = auto()
    POINT = auto()  # stands between two words: an image, a comment, a tag without its partner
    LINE_END = auto()  # a point that parts words as a space does


@dataclass(frozen=True)
class Piece:
    """A stretch of the text in its role; `partner` is the index of an opening tag's closing one and the other way."""

    role: Role
    span: Span
    partner: int | None = None


def outline(text: str, form: Format, rules: TagRules, *, lines_end: bool) -> list[Piece]:
    """All of `text` as pieces, in order. With `lines_end`, `<br>` is a border.

    Raises:
        MarkupError: XML that is not well-formed.
    """
    if form == "text":
        return _marked(text)
    if form == "html":
        tokens, rules = list(tokenize_html(text)), rules.in_lower_case()
        partners = _partners(tokens)
        is_block = blocks_by_name(tokens, rules)
    else:
        tokens = tokenize_xml(text)
        partners = _partners(tokens)
        is_block = blocks_by_content(text, tokens, rules)
    kept = _KEPT if form == "html" else frozenset()
    pieces: list[Piece] = []
    place: dict[int, int] = {}  # of a token among the pieces
    index = 0
    while index < len(tokens):
        token = tokens[index]
        last = index
        if _is_kept(token, rules, kept):
            last = _end_of_kept(tokens, index, partners, is_block)
            role = Role.BORDER if is_block(index) else Role.KEPT
        else:
            role = _role(token, index, partners, is_block, lines_end=lines_end)
        place[index] = len(pieces)
        pieces.append(Piece(role, Span(token.span.start, tokens[last].span.end), partners.get(index)))
        index = last + 1
    return [_with_partner(piece, place) for piece in pieces]


def _marked(text: str) -> list[Piece]:
    """Plain text, in which marks of Markdown open and close as tags do."""
    pairs = find_marks(text)
    marks = [(opening, Role.OPEN) for opening, _ in pairs] + [(closing, Role.CLOSE) for _, closing in pairs]
    marks.sort(key=lambda mark: mark[0])
    other = {**dict(pairs), **{closing: opening for opening, closing in pairs}}
    spans = [span for span, _ in marks]
    index_of = {span: 2 * place + 1 for place, span in enumerate(spans)}  # words stand between
    edges = [0, *(offset for span in spans for offset in (span.start, span.end)), len(text)]
    words = [Piece(Role.WORDS, Span(*edge)) for edge in zip(edges[::2], edges[1::2], strict=True)]
    tags = [Piece(role, span, index_of[other[span]]) for span, role in marks]
    return [words[0], *(piece for pair in zip(tags, words[1:], strict=True) for piece in pair)]


def _with_partner(piece: Piece, place: dict[int, int]) -> Piece:
    """The piece with its partner's place; a tag whose partner is no tag in a sentence is a point."""
    if piece.role not in (Role.OPEN, Role.CLOSE):
        return Piece(piece.role, piece.span)
    partner = None if piece.partner is None else place.get(piece.partner)
    return Piece(Role.POINT if partner is None else piece.role, piece.span, partner)


def _role(
    token: Token, index: int, partners: dict[int, int], is_block: Callable[[int], bool], *, lines_end: bool
) -> Role:
    match token.kind:
        case Kind.TEXT:
            return Role.WORDS
        case Kind.VERBATIM:
            return Role.KEPT
        case Kind.SILENT:
            return Role.BORDER if is_block(index) else Role.POINT
        case _ if is_block(index):
            return Role.BORDER
        case Kind.EMPTY if token.name == _LINE_END:
            return Role.BORDER if lines_end else Role.LINE_END
        case Kind.OPEN if index in partners:
            return Role.OPEN
        case Kind.CLOSE if index in partners:
            return Role.CLOSE
        case _:
            return Role.POINT


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """The other tag of each tag that has one: an end tag closes the last open element of its name."""
    partners: dict[int, int] = {}
    opened: list[int] = []
    num_open: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            opened.append(index)
            num_open[token.name] = num_open.get(token.name, 0) + 1
        elif token.kind is Kind.CLOSE and num_open.get(token.name, 0) > 0:
            while True:
                first = opened.pop()
                num_open[tokens[first].name] -= 1
                if tokens[first].name == token.name:
                    break
            partners[first], partners[index] = index, first
    return partners


def _is_kept(token: Token, rules: TagRules, kept: frozenset[str]) -> bool:
    if token.kind not in (Kind.OPEN, Kind.EMPTY):
        return False
    if token.name in rules.ignore:
        return True
    if token.kind is Kind.EMPTY:
        return False
    if token.name in kept:
        return True
    values = dict(token.attributes)
    translate = values.get("translate", values.get("its:translate", ""))
    return translate.lower() == "no" or "notranslate" in values.get("class", "").split()


def _end_of_kept(tokens: Sequence[Token], index: int, partners: dict[int, int], is_block: Callable[[int], bool]) -> int:
    """The last token of what `index` opens: its end tag, or where there is none the last before the next block."""
    if tokens[index].kind is Kind.EMPTY:
        return index
    if index in partners:
        return partners[index]
    tags = (i for i in range(index + 1, len(tokens)) if tokens[i].kind in (Kind.OPEN, Kind.CLOSE, Kind.EMPTY))
    return next((i for i in tags if is_block(i)), len(tokens)) - 1
