"""Stretches that a translation must hold unchanged: variables, addresses, code, tags and what the user lists."""

import re
from collections.abc import Iterable, Iterator, Sequence

from service.text.spans import Span, merge

MAX_BRACE_CHARACTERS = 2000

# Words with a dot that are a file or a host, and no sentence that lacks a space.
_FILE_TYPES = (
    "avi|bat|bmp|cfg|conf|cpp|css|csv|dll|docx?|eml|epub|exe|gif|gz|html?|ini|iso|jar|java|jpe?g|js|json|log|md|mkv|mov|"
    "mp3|mp4|odp|ods|odt|pdf|php|png|pot?|pptx?|psd|py|rar|rb|rst|rtf|sh|sql|svg|tar|tex|tiff?|toml|ts|tsv|txt|wav|"
    "webp|xlsx?|xml|ya?ml|zip"
)
_HOST_ENDINGS = "com|org|net|edu|gov|info|dev|io|app|de|at|ch|fr|es|eu|uk"
_DOTTED = rf"\.(?:{_FILE_TYPES}|{_HOST_ENDINGS})\b"

# Every repetition that another one can follow is bounded: hostile texts must not cost quadratic time.
_PATTERNS = {
    "code": r"`[^`\n]+`",
    "math": r"\$\$[^$]{1,400}\$\$|\$(?! )[^$\n]{0,200}[\\^_={}][^$\n]{0,200}(?<! )\$(?![\d{])"
    r"|\$(?![ {]|\w+ [^\W\d_])[^$\n]{0,200}[\\^_={}][^$\n]{0,200} \$(?![\w{])"
    r"|\\\(.{1,400}?\\\)|\\\[.{1,400}?\\\]|\\begin\{(?P<math_>[a-z]+\*?)\}.{0,2000}?\\end\{(?P=math_)\}",
    "comment": r"<!--.{0,400}?-->",
    "tag": r"</?[A-Za-z][\w:.-]*(?:\s+[\w:.-]+=(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>",
    "url": r"(?:https?://|\b[a-z][a-z0-9+.-]{1,15}://|\bmailto:|\bwww\.(?=[\w-]+\.\w))[^\s<>\"`{}]*[^\s<>\"`{}.,;:!?'’”“»«)\]…]",
    "link": r"<(?:https?://|mailto:)[^\s<>]{1,2000}>|<[\w.+-]{1,64}@[\w.-]{1,255}>",
    "phone": r"(?<![\w.+])\+\d{1,3}(?:[ \u00a0./-]?\(?\d{1,5}\)?){2,7}(?!\w)|\(\d{3}\) ?\d{3}-\d{4}(?!\w)",
    "mail": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){0,6}\.\w{2,24}\b",
    "smile": r"(?<!\S)[:;]-?[()DP](?!\S)",
    "share": r"\\\\[\w.$-]{1,64}\\[\w.$\\-]{0,200}\w",
    "path": r"\b[A-Za-z]:\\[\w.\\-]*\w|(?<![\w./~])(?:(?:~|\.{1,2})/[\w.-]{1,64}|/[\w.-]{1,64}(?=/))"
    r"(?:/[\w.-]{1,64}){0,16}(?<=[\w-])",
    "dotted": rf"(?<![\w.@/\\-])[A-Za-z0-9][\w-]{{0,62}}(?:\.[\w-]{{1,63}}){{0,4}}{_DOTTED}(?![\w@-]|\.\w)",
    "handle": r"(?<![\w@#])[@#](?=\w*[^\W\d_])\w+",
    "printf": r"(?<![\d%])%(?:%|\w+%(?!%)|(?:\d+\$|\(\w+\)|<\w+>)?[-+#0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?"
    r"(?:hh?|ll?|[LzjtqI])?[diouxXeEfFgGaAcsSp@n]|L?\d{1,2}(?!\d))",
    "variable": r"\$[A-Z_][A-Z0-9_]+(?:/[\w.-]{1,64}){1,16}(?<=\w)|\$[A-Za-z_]\w+",
    "entity": r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]\w{1,30});",
    "joined": r"\b\w{1,30}(?:&(?:amp;)?(?!\w{1,30};)\w{1,30}){1,4}\b",
    "option": r"(?<![\w-])--[A-Za-z][\w-]*",
    "escape": r"\\[nrt\"'\\]",
    "shortcode": r"(?<![\w:]):[a-z][a-z0-9_+-]+:(?![\w:])",
    "identifier": r"\b[A-Za-z]\w*_[^\W_]\w*\b(?:\(\))?|(?<![\w.])[A-Za-z][\w.]{0,60}\(\)",
}
_ANY = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()), re.DOTALL)
_SIGNS = re.compile(rf"[{{}}%<>@#$&\\/`:_()]|www\.|--[A-Za-z]|\+\d|~~~|{_DOTTED}")  # no placeholder is without one
_BRACE = re.compile(r"[{}]")
_BRACE_PREFIX = re.compile(r"[$#%]?$")
_ICU = re.compile(r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal|number|date|time|list|spellout|ordinal|duration)\b")
_VARIABLE_IN_BRACES = re.compile(r"\{\s*[^\s{}]*\s*\}")
_FENCE = re.compile(r"^[^\S\n]{0,3}(`{3,}|~{3,})[^`\n]*$", re.MULTILINE)
_JSON = re.compile(r'\{\s*"[^"\n]*"\s*:')
_WORD_AT_END = re.compile(r"(?:\w+|[#@$€£§№])\Z")
_WORD_AT_START = re.compile(r"\w+")
_OUTSIDE = ("tag", "comment", "smile")
_STANDALONE = ("escape", "tag", "comment", "entity", "smile")


def find_placeholders(text: str, keep: Sequence[str] = (), known: Sequence[Span] = ()) -> list[Span]:
    """The protected stretches of `text`, disjoint and in order; what touches one, or is glued to it, is part of it.

    Among them are the literals of `keep`, wherever they stand, and the `known` ones.
    """
    if not keep and not known and not _SIGNS.search(text):
        return []
    loose = [*_fenced(text), *_variables_in_braces(text), *_literals(text, keep), *known]
    alone: list[Span] = []
    for match in _ANY.finditer(text):
        (alone if match.lastgroup in _STANDALONE else loose).append(Span(*match.span()))
    return merge([*alone, *(_with_glued_word(text, span) for span in merge(loose))])


def find_tags(text: str, placeholders: Iterable[Span]) -> list[Span]:
    """Those of the `placeholders` that are markup or typed smiles: at a sentence's edge they stay outside of it."""
    tags = merge(Span(*match.span()) for match in _ANY.finditer(text) if match.lastgroup in _OUTSIDE)
    return sorted(set(tags) & set(placeholders))


def _with_glued_word(text: str, span: Span) -> Span:
    before = _WORD_AT_END.search(text[max(0, span.start - 64) : span.start])
    after = _WORD_AT_START.match(text, span.end)
    return Span(span.start - len(before[0]) if before else span.start, after.end() if after else span.end)


def _fenced(text: str) -> Iterator[Span]:
    """Blocks of code between lines of back-ticks or tildes; one that is not closed reaches to the end."""
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if opened is None:
            opened = match
        elif match[0].strip() == match[1] and match[1].startswith(opened[1]):
            yield Span(opened.start(), match.end())
            opened = None
    if opened is not None:
        yield Span(opened.start(), len(text))


def _literals(text: str, keep: Sequence[str]) -> Iterator[Span]:
    for literal in filter(None, map(str.strip, keep)):
        head = r"(?<!\w)" if re.match(r"\w", literal) else ""
        tail = r"(?!\w)" if re.search(r"\w\Z", literal) else ""
        for match in re.finditer(head + re.escape(literal) + tail, text):
            yield Span(*match.span())


def _variables_in_braces(text: str) -> Iterator[Span]:
    """Balanced groups that hold a variable, an ICU message or JSON; prose in braces is left to be translated."""
    opened: list[int] = []
    for match in _BRACE.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
            continue
        if not opened:
            continue
        start = opened.pop()
        group = text[start : min(match.end(), start + MAX_BRACE_CHARACTERS)]
        prefix = _BRACE_PREFIX.search(text[max(0, start - 1) : start])
        is_variable = (prefix and prefix[0]) or _VARIABLE_IN_BRACES.fullmatch(group)
        if is_variable or _ICU.match(group) or _JSON.match(group) or group.startswith(("{{", "{%")):
            yield Span(start - len(prefix[0]) if prefix else start, match.end())
