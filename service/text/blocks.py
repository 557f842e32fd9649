"""Which tags end a sentence: in HTML those of some names, in XML those of elements that no words stand beside."""

from collections.abc import Callable, Sequence

from service.text.tag_rules import TagRules
from service.text.tokens import Kind, Token

# Each begins a line of its own in a browser; every other element, known or not, is part of its line.
_BLOCK_NAMES = """
    address article aside base blockquote body canvas caption center col colgroup dd details dialog dir div dl dt
    fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe legend li
    link main menu meta nav noembed noframes noscript object ol optgroup option p pre search section select source
    summary table tbody td template textarea tfoot th thead title tr track ul video audio xmp"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())


def blocks_by_name(tokens: Sequence[Token], rules: TagRules) -> Callable[[int], bool]:
    """For the index of a token of HTML: whether its element is a block."""
    blocks = (_BLOCKS | rules.splitting) - rules.non_splitting
    return lambda index: tokens[index].name in blocks


def blocks_by_content(text: str, tokens: Sequence[Token], rules: TagRules) -> Callable[[int], bool]:
    """In XML an element is part of a sentence if words stand beside it, or beside an element that it is in."""
    inline = _inline(text, tokens) if rules.detects_outline else [True] * len(tokens)

    def is_block(index: int) -> bool:
        name = tokens[index].name
        if name in rules.splitting or name in rules.non_splitting:
            return name in rules.splitting
        return bool(name) and not inline[index]

    return is_block


def _inline(text: str, tokens: Sequence[Token]) -> list[bool]:
    """For each token: whether it stands in an element that has words beside it, or is one's tag."""
    opened = [-1]
    mixed: set[int] = set()  # elements, by their opening tag, that have words of their own; -1 is the whole text
    parents: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is Kind.CLOSE:
            opened.pop()
        parents.append(opened[-1])
        if token.kind is Kind.VERBATIM or (token.kind is Kind.TEXT and not token.span.of(text).isspace()):
            mixed.add(opened[-1])
        if token.kind is Kind.OPEN:
            opened.append(index)
    inline: list[bool] = []
    for parent in parents:
        inline.append(parent in mixed or (parent >= 0 and inline[parent]))
    return inline
